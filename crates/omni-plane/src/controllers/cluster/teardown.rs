//! A cluster that goes takes along what belongs to it: workers first, then control planes, then everything else.
//!
//! Only resources of users are taken along; those of controllers go with their own inputs. Machine classes, machine labels,
//! kernel arguments and the machines themselves stay.

use omni_api::kind::{
    Cluster, ClusterMachine, ClusterMachineConfig, ClusterMachineConfigPatches, ConfigPatch,
    ExtensionsConfiguration, KubernetesHealthCheck, KubernetesManifestGroup, MachineSet,
};
use omni_api::selector::Term;
use omni_api::{Kind, Resource, labels};

use crate::engine::{Cleanup, Context, Error, Input, Output, take_along};
use crate::store::Query;

/// Takes a cluster's resources along.
#[derive(Debug)]
pub(super) struct ClusterTeardown;

/// Owner of what users wrote.
const USER: &[&str] = &[""];

impl Cleanup for ClusterTeardown {
    type In = Cluster;
    const NAME: &'static str = "ClusterController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_label::<MachineSet>(labels::CLUSTER),
            Input::by_label::<ConfigPatch>(labels::CLUSTER),
            Input::by_label::<KubernetesManifestGroup>(labels::CLUSTER),
            Input::by_label::<ExtensionsConfiguration>(labels::CLUSTER),
            Input::by_label::<KubernetesHealthCheck>(labels::CLUSTER),
            Input::by_label::<ClusterMachine>(labels::CLUSTER),
            Input::by_label::<ClusterMachineConfigPatches>(labels::CLUSTER),
            Input::by_label::<ClusterMachineConfig>(labels::CLUSTER),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<MachineSet>(),
            Output::shared::<ConfigPatch>(),
            Output::shared::<KubernetesManifestGroup>(),
            Output::shared::<ExtensionsConfiguration>(),
            Output::shared::<KubernetesHealthCheck>(),
        ]
    }

    fn clean(&self, cx: &Context<'_>, cluster: &Resource<Cluster>) -> Result<bool, Error> {
        let ours = Query::cluster(cluster.id());
        let with_role = |role| ours.clone().and(Term::exists(role));
        Ok(
            take_along::<MachineSet>(cx, &with_role(labels::WORKER_ROLE), USER)?
                && take_along::<MachineSet>(cx, &with_role(labels::CONTROL_PLANE_ROLE), USER)?
                && take_along::<ConfigPatch>(cx, &ours, USER)?
                && take_along::<KubernetesManifestGroup>(cx, &ours, USER)?
                && take_along::<ExtensionsConfiguration>(cx, &ours, USER)?
                && take_along::<KubernetesHealthCheck>(cx, &ours, USER)?
                && none_left::<ClusterMachine>(cx, &ours)?
                && none_left::<ClusterMachineConfigPatches>(cx, &ours)?
                && none_left::<ClusterMachineConfig>(cx, &ours)?,
        )
    }
}

fn none_left<K: Kind>(cx: &Context<'_>, query: &Query) -> Result<bool, Error> {
    Ok(cx.list::<K>(query)?.is_empty())
}
