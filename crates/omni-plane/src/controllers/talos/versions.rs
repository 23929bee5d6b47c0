//! The Talos versions to which a cluster may be upgraded, or taken back.

use omni_api::Resource;
use omni_api::kind::{Cluster, ClusterConfigVersion, TalosVersion};
use semver::Version;

use crate::engine::{Context, Error};

/// The versions that the present one leads to: supported, able to run the cluster's Kubernetes, and not below the minor with
/// which the cluster was created. Sorted.
///
/// # Errors
/// Those of the context.
pub(super) fn upgrade_versions(
    cx: &Context<'_>,
    cluster: &Resource<Cluster>,
    current: &str,
) -> Result<Option<Vec<String>>, Error> {
    let Some(created) = cx.get::<ClusterConfigVersion>(cluster.id())? else {
        return Ok(None);
    };
    let floor = Version::parse(created.spec.version.trim_start_matches('v')).ok();
    let Some(present) = cx.get::<TalosVersion>(current)? else {
        return Ok(Some(Vec::new()));
    };
    let mut versions = Vec::new();
    for candidate in &present.spec.upgradable_talos_versions {
        let known = cx.get::<TalosVersion>(candidate)?;
        let fits = known.is_some_and(|known| {
            !known.spec.unsupported
                && known
                    .spec
                    .compatible_kubernetes_versions
                    .contains(&cluster.spec.kubernetes_version)
        });
        let Ok(version) = Version::parse(candidate) else {
            continue;
        };
        let high_enough = floor
            .as_ref()
            .is_none_or(|floor| (version.major, version.minor) >= (floor.major, floor.minor));
        if fits && high_enough {
            versions.push(version);
        }
    }
    versions.sort();
    Ok(Some(
        versions
            .into_iter()
            .map(|version| version.to_string())
            .collect(),
    ))
}
