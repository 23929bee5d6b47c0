//! Which machines can be taken: free, and in nobody's set.
//!
//! An internal kind with the labels of [`MachineStatusLabels`]; it lives as long as the process. A set that takes a machine removes it at once, so that
//! the next set does not even look at what the one before it has taken.

use omni_api::kind::{Facts, Kind, MachineSetNode, MachineStatusLabels};

use super::candidates::is_free;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::internal;

/// A machine that can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FreeMachine {}

impl Kind for FreeMachine {
    type Spec = ();
    const FACTS: &'static Facts =
        &internal::ephemeral("FreeMachines.plane.internal", internal::EMPTY);
}

/// Keeps true which machines can be taken.
#[derive(Debug)]
pub(super) struct FreeMachines;

const NAME: &str = "FreeMachineController";

/// A set has taken the machine.
///
/// # Errors
/// Those of the context.
pub(super) fn taken(cx: &Context<'_>, id: &str) -> Result<(), Error> {
    cx.remove_for::<FreeMachine>(NAME, id)?;
    Ok(())
}

// === impl FreeMachines ===

impl Controller for FreeMachines {
    fn name(&self) -> &'static str {
        NAME
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<MachineStatusLabels>(),
            Input::by_id::<MachineSetNode>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<FreeMachine>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let machine = cx.running::<MachineStatusLabels>(id)?;
        let free = machine.filter(|machine| is_free(&machine.metadata));
        match free {
            Some(machine) if cx.get::<MachineSetNode>(id)?.is_none() => {
                let marks = &machine.metadata.labels;
                cx.put::<FreeMachine>(id, |free| free.metadata.labels.clone_from(marks))?;
            }
            _ if cx.get::<FreeMachine>(id)?.is_some() => taken(cx, id)?,
            _ => {}
        }
        Ok(Next::Done)
    }
}
