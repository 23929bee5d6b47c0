//! A machine that leaves its cluster loses the patches and extensions that were for it in that cluster.

use omni_api::kind::{ClusterMachine, ConfigPatch, ExtensionsConfiguration};
use omni_api::selector::Term;
use omni_api::{Resource, labels};

use crate::controllers::KUBERNETES_UPGRADES;
use crate::controllers::common::cluster_of;
use crate::engine::{Cleanup, Context, Error, Input, Output, take_along};
use crate::store::Query;

/// Takes a member's patches along.
#[derive(Debug)]
pub(super) struct ClusterMachineTeardown;

impl Cleanup for ClusterMachineTeardown {
    type In = ClusterMachine;
    const NAME: &'static str = "ClusterMachineController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_label::<ConfigPatch>(labels::CLUSTER_MACHINE),
            Input::by_label::<ExtensionsConfiguration>(labels::CLUSTER_MACHINE),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<ConfigPatch>(),
            Output::shared::<ExtensionsConfiguration>(),
        ]
    }

    fn clean(&self, cx: &Context<'_>, machine: &Resource<ClusterMachine>) -> Result<bool, Error> {
        let ours = Query::cluster(cluster_of(&machine.metadata)?)
            .and(Term::equal(labels::CLUSTER_MACHINE, machine.id()));
        Ok(take_along::<ExtensionsConfiguration>(cx, &ours, &[""])?
            && take_along::<ConfigPatch>(cx, &ours, &["", KUBERNETES_UPGRADES])?)
    }
}
