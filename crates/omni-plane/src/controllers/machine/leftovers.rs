//! A machine that goes takes along what users gave it: its node, and its settings by the machine's id.

use omni_api::Resource;
use omni_api::kind::{
    InfraMachineBmcConfig, InfraMachineConfig, KernelArgs, Machine, MachineInstallDiskConfig,
    MachineSetNode,
};

use crate::engine::{Cleanup, Context, Error, Input, Output};

/// Takes a machine's settings along.
#[derive(Debug)]
pub(super) struct MachineLeftovers;

impl Cleanup for MachineLeftovers {
    type In = Machine;
    const NAME: &'static str = "MachineCleanupController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<MachineSetNode>(),
            Input::by_id::<InfraMachineConfig>(),
            Input::by_id::<InfraMachineBmcConfig>(),
            Input::by_id::<KernelArgs>(),
            Input::by_id::<MachineInstallDiskConfig>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<MachineSetNode>(),
            Output::shared::<InfraMachineConfig>(),
            Output::shared::<InfraMachineBmcConfig>(),
            Output::shared::<KernelArgs>(),
            Output::shared::<MachineInstallDiskConfig>(),
        ]
    }

    fn clean(&self, cx: &Context<'_>, machine: &Resource<Machine>) -> Result<bool, Error> {
        let id = machine.id();
        Ok(cx.remove_for::<MachineSetNode>("", id)?
            && cx.remove_for::<InfraMachineConfig>("", id)?
            && cx.remove_for::<InfraMachineBmcConfig>("", id)?
            && cx.remove_for::<KernelArgs>("", id)?
            && cx.remove_for::<MachineInstallDiskConfig>("", id)?)
    }
}
