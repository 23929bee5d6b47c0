//! What Omni's pages show of a machine: its link, its status and what it reports, in one.
//!
//! It is there as long as the link is, which it does not hold as Omni's does, and tells when the machine leaves. There is no tunnel whose bytes
//! could be counted: the counter is never set.

use omni_api::kind::{Link, MachineStatus, MachineStatusLink, MachineStatusSnapshot};
use omni_api::specs::MachineStatusLinkSpec;

use crate::engine::{Context, Controller, Error, Input, Next, Output};

/// Joins what is known of machines.
#[derive(Debug)]
pub(super) struct MachineStatusLinks;

impl Controller for MachineStatusLinks {
    fn name(&self) -> &'static str {
        "MachineStatusLinkController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<Link>(),
            Input::by_id::<MachineStatus>(),
            Input::by_id::<MachineStatusSnapshot>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<MachineStatusLink>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        match cx.get::<Link>(id)? {
            None => drop(cx.remove::<MachineStatusLink>(id)?),
            Some(link) if link.metadata.tearing_down() => {
                if cx.get::<MachineStatusLink>(id)?.is_some() {
                    cx.put::<MachineStatusLink>(id, |shown| {
                        shown.metadata.labels.clone_from(&link.metadata.labels);
                        shown.spec.tearing_down = true;
                    })?;
                }
            }
            Some(_) => show(cx, id)?,
        }
        Ok(Next::Done)
    }
}

fn show(cx: &Context<'_>, id: &str) -> Result<(), Error> {
    let Some(status) = cx.running::<MachineStatus>(id)? else {
        return Ok(());
    };
    let snapshot = cx.get::<MachineStatusSnapshot>(id)?;
    let created = status.metadata.created.map_or(0, |created| created.seconds);
    cx.put::<MachineStatusLink>(id, |shown| {
        shown.metadata.labels.clone_from(&status.metadata.labels);
        shown.spec = MachineStatusLinkSpec {
            message_status: Some(status.spec.clone()),
            machine_created_at: created,
            snapshot: snapshot.as_ref().map(|snapshot| snapshot.spec.clone()),
            siderolink_counter: shown.spec.siderolink_counter.take(),
            ..MachineStatusLinkSpec::default()
        };
    })?;
    Ok(())
}
