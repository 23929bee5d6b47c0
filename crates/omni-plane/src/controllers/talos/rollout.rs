//! How many machines of each set may change their image now.
//!
//! Each set allows its own number at a time, less every machine of the whole cluster that is not ready; a change that is taken back goes on
//! all the same. Workers wait until no control plane is outdated.

use std::collections::BTreeMap;

use omni_api::kind::MachineSet;

use crate::controllers::common::is_control_plane;
use crate::controllers::parallelism;
use crate::engine::{Context, Error};
use crate::store::Query;

/// The quotas by machine set, as so many machines of the cluster are not ready; sets that may not are left out.
///
/// # Errors
/// Those of the context.
pub(super) fn quotas(
    cx: &Context<'_>,
    cluster: &str,
    control_planes_first: bool,
    unready: usize,
) -> Result<BTreeMap<String, i32>, Error> {
    let ours = Query::cluster(cluster);
    let mut quotas = BTreeMap::new();
    for set in cx.list::<MachineSet>(&ours)? {
        let spec = &set.spec;
        let most = parallelism(
            spec.upgrade_strategy(),
            spec.upgrade_strategy_config.as_ref(),
        );
        let quota = most.unwrap_or(1).saturating_sub(unready);
        let turn = is_control_plane(&set.metadata) || !control_planes_first;
        if turn && quota > 0 {
            quotas.insert(
                set.id().to_owned(),
                i32::try_from(quota).unwrap_or(i32::MAX),
            );
        }
    }
    Ok(quotas)
}
