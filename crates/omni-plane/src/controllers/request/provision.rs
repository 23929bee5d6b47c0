//! A machine set whose class provisions its machines has a set of requests for them.
//!
//! It asks for as many machines as the set wants, and for no fewer than the set still has: requests are given up only after
//! their machines have left.

use std::sync::Arc;

use omni_api::kind::{Cluster, MachineClass, MachineRequestSet, MachineSet, MachineSetStatus};
use omni_api::{Metadata, Resource};

use crate::Store;
use crate::controllers::allocation_of;
use crate::controllers::common::{cluster_of, those_of_cluster};
use crate::engine::{Context, Error, Input, Transform, Verdict};
use crate::store::Query;

/// Asks for machines.
#[derive(Debug)]
pub(super) struct MachineProvision;

impl Transform for MachineProvision {
    type In = MachineSet;
    type Out = MachineRequestSet;
    const NAME: &'static str = "MachineProvisionController";
    const SHARED: bool = true;

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<Cluster>(those_of_cluster::<MachineSet>),
            Input::by_id::<MachineSetStatus>(),
            Input::mapped::<MachineClass>(sets_of_class),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        set: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let Some(allocation) = allocation_of(&set.spec) else {
            return Ok(Verdict::Remove);
        };
        let cluster = cx.get::<Cluster>(cluster_of(&set.metadata)?)?;
        let class = cx.get::<MachineClass>(&allocation.name)?;
        let (Some(cluster), Some(class)) = (cluster, class) else {
            return Ok(Verdict::SKIP);
        };
        let Some(provision) = &class.spec.auto_provision else {
            return Ok(Verdict::Remove);
        };
        let status = cx.get::<MachineSetStatus>(set.id())?;
        let present = status
            .and_then(|status| status.spec.machines)
            .unwrap_or_default()
            .total;
        let spec = &mut output.spec;
        spec.provider_id.clone_from(&provision.provider_id);
        spec.kernel_args.clone_from(&provision.kernel_args);
        spec.meta_values.clone_from(&provision.meta_values);
        spec.provider_data.clone_from(&provision.provider_data);
        spec.grpc_tunnel = provision.grpc_tunnel;
        spec.talos_version.clone_from(&cluster.spec.talos_version);
        spec.machine_count =
            i32::try_from(allocation.machine_count.max(present)).unwrap_or(i32::MAX);
        Ok(Verdict::DONE)
    }
}

fn sets_of_class(store: &Store, class: &Metadata) -> Vec<Arc<str>> {
    let sets = store.peek_all::<MachineSet>(&Query::all());
    let ours = sets.iter().filter(|set| {
        allocation_of(&set.spec).is_some_and(|allocation| *allocation.name == *class.id)
    });
    ours.map(|set| set.metadata.id.clone()).collect()
}
