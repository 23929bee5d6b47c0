//! A machine set that goes takes along the nodes, patches and extensions that users gave it.
//!
//! Nodes that were allocated from a class go by the hand that allocated them.

use omni_api::kind::{ConfigPatch, ExtensionsConfiguration, MachineSet, MachineSetNode};
use omni_api::selector::Term;
use omni_api::{Resource, labels};

use crate::controllers::common::cluster_of;
use crate::engine::{Cleanup, Context, Error, Input, Output, take_along};
use crate::store::Query;

/// Takes a machine set's resources along.
#[derive(Debug)]
pub(super) struct MachineSetTeardown;

const USER: &[&str] = &[""];

impl Cleanup for MachineSetTeardown {
    type In = MachineSet;
    const NAME: &'static str = "MachineSetController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_label::<MachineSetNode>(labels::MACHINE_SET),
            Input::by_label::<ExtensionsConfiguration>(labels::MACHINE_SET),
            Input::by_label::<ConfigPatch>(labels::MACHINE_SET),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<MachineSetNode>(),
            Output::shared::<ExtensionsConfiguration>(),
            Output::shared::<ConfigPatch>(),
        ]
    }

    fn clean(&self, cx: &Context<'_>, set: &Resource<MachineSet>) -> Result<bool, Error> {
        let ours = Query::machine_set(set.id());
        let chosen = Term::exists(labels::MANAGED_BY_MACHINE_SET_NODE_CONTROLLER).inverted();
        let patches = ours
            .clone()
            .and(Term::equal(labels::CLUSTER, cluster_of(&set.metadata)?));
        Ok(
            take_along::<MachineSetNode>(cx, &ours.clone().and(chosen), USER)?
                && take_along::<ExtensionsConfiguration>(cx, &ours, USER)?
                && take_along::<ConfigPatch>(cx, &patches, USER)?,
        )
    }
}
