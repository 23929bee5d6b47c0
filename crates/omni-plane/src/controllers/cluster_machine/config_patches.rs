//! The patches that apply to a machine, in the order of their application.
//!
//! Cluster, machine set, cluster machine, machine; within a level by id. Patches on their way out and disabled ones are left out. A patch
//! that names a machine set goes to every machine of it, whatever else it names.

use std::sync::Arc;

use omni_api::kind::{ClusterMachine, ConfigPatch};
use omni_api::selector::Term;
use omni_api::{Kind as _, Metadata, Resource, kind, labels};

use crate::Store;
use crate::controllers::common::{cluster_of, copy_all_labels, ids, machine_set_of};
use crate::engine::{Context, Error, Input, Transform, Verdict};
use crate::store::Query;

/// Collects patches.
#[derive(Debug)]
pub(super) struct ClusterMachineConfigPatches;

impl Transform for ClusterMachineConfigPatches {
    type In = ClusterMachine;
    type Out = kind::ClusterMachineConfigPatches;
    const NAME: &'static str = "ClusterMachineConfigPatchesController";

    fn inputs(&self) -> Vec<Input> {
        vec![Input::mapped::<ConfigPatch>(targets)]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        machine: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        copy_all_labels(&machine.metadata, &mut output.metadata);
        output.spec.patches = collect(cx, machine)?;
        Ok(Verdict::DONE)
    }
}

fn collect(cx: &Context<'_>, machine: &Resource<ClusterMachine>) -> Result<Vec<String>, Error> {
    let (cluster, set) = (
        cluster_of(&machine.metadata)?,
        machine_set_of(&machine.metadata)?,
    );
    let levels = [
        Query::cluster(cluster)
            .and(Term::exists(labels::MACHINE_SET).inverted())
            .and(Term::exists(labels::CLUSTER_MACHINE).inverted()),
        Query::cluster(cluster).and(Term::equal(labels::MACHINE_SET, set)),
        Query::cluster(cluster)
            .and(Term::equal(labels::CLUSTER_MACHINE, machine.id()))
            .and(Term::exists(labels::MACHINE_SET).inverted()),
        Query::label(labels::MACHINE, machine.id()).and(Term::exists(labels::CLUSTER).inverted()),
    ];
    let mut patches = Vec::new();
    for level in &levels {
        let found = cx.list::<ConfigPatch>(level)?;
        let live = found.iter().filter(|patch| applies(&patch.metadata));
        patches.extend(live.map(|patch| patch.spec.data.clone()));
    }
    Ok(patches)
}

fn applies(patch: &Metadata) -> bool {
    !patch.tearing_down() && patch.label(labels::DISABLED).is_none()
}

/// The cluster machines that a patch is for.
fn targets(store: &Store, patch: &Metadata) -> Vec<Arc<str>> {
    let named = |id: &str| {
        let machine = store.get(ClusterMachine::NAMESPACE, ClusterMachine::TYPE, id);
        machine
            .map(|machine| machine.metadata.id.clone())
            .into_iter()
            .collect()
    };
    let Some(cluster) = patch.label(labels::CLUSTER) else {
        return patch.label(labels::MACHINE).map(named).unwrap_or_default();
    };
    if let Some(set) = patch.label(labels::MACHINE_SET) {
        return ids::<ClusterMachine>(store, &Query::machine_set(set));
    }
    match patch.label(labels::CLUSTER_MACHINE) {
        Some(id) => named(id),
        None => ids::<ClusterMachine>(store, &Query::cluster(cluster)),
    }
}
