//! What a fixed provider does with its machines.
//!
//! Keeps true: an accepted machine is wiped when Omni says so, runs when it is needed and is off otherwise, and its
//! [`kind::InfraMachineStatus`] says so. A machine that is not accepted is left alone.

use omni_api::specs::infra_machine_config_spec::AcceptanceStatus;
use omni_api::specs::infra_machine_spec::MachinePowerState as Wanted;
use omni_api::specs::infra_machine_status_spec::MachinePowerState;
use omni_api::specs::{InfraMachineSpec, InfraMachineStatusSpec};
use omni_api::{kind, labels};

use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::infra::machine::{MachineState, MachineStateSpec, Stage, Timings, keep, kept, reached};
use crate::infra::provider::{Play, mark};

/// Drives bare-metal machines.
#[derive(Debug, Clone, Copy, Default)]
pub struct BareMetal {
    timings: Timings,
}

/// The wipe that the provider does by itself, before anybody uses the machine.
const FIRST_WIPE: &str = "first";

/// Who writes the status of a machine: the name that Omni's bare-metal provider would have.
fn owner(provider: &str) -> String {
    format!("{provider}.InfraMachineStatusController")
}

// === impl BareMetal ===

impl BareMetal {
    /// Wiping that takes as long as this.
    pub const fn new(timings: Timings) -> Self {
        Self { timings }
    }

    /// Wipes where that is asked for, and a machine that was never wiped; whether a wipe is going on.
    fn wipe(
        &self,
        cx: &Context<'_>,
        told: &InfraMachineSpec,
        machine: &mut MachineStateSpec,
    ) -> bool {
        let asked = !told.wipe_id.is_empty() && told.wipe_id != machine.wiped;
        if !(asked || machine.wiped.is_empty()) || machine.member.is_some() {
            return false;
        }
        if machine.wiping_until == 0 {
            machine.wiping_until = keep(cx.now() + self.timings.wipe);
        }
        let over = reached(machine.wiping_until, cx.now());
        if over {
            machine.wiping_until = 0;
            machine.installed = false;
            let wipe = Some(&*told.wipe_id).filter(|wipe| !wipe.is_empty());
            wipe.unwrap_or(FIRST_WIPE).clone_into(&mut machine.wiped);
        }
        !over
    }

    fn drive(
        &self,
        cx: &Context<'_>,
        id: &str,
        provider: &str,
        told: &InfraMachineSpec,
    ) -> Result<Next, Error> {
        let Some(machine) = cx.get::<MachineState>(id)? else {
            return Ok(Next::Done);
        };
        let mut state = machine.spec.clone();
        let wiping = self.wipe(cx, told, &mut state);
        let needed = wiping
            || !told.cluster_talos_version.is_empty()
            || told.preferred_power_state() == Wanted::PowerStateOn;
        state.switched_off = !needed;
        state.shut_down = !told.power_off_request_id.is_empty();
        cx.put_for_user::<MachineState>(id, |resource| resource.spec = state.clone())?;
        report(cx, id, provider, told, &state, wiping)?;
        Ok(if wiping {
            Next::After(kept(state.wiping_until).since(cx.now()))
        } else {
            Next::Done
        })
    }
}

impl Controller for BareMetal {
    fn name(&self) -> &'static str {
        "EmulatedBareMetalController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::InfraMachine>(),
            Input::by_id::<MachineState>(),
            Input::quiet::<Play>(),
            Input::quiet::<kind::NodeUniqueToken>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<MachineState>(),
            Output::shared::<kind::InfraMachineStatus>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let told = cx.get::<kind::InfraMachine>(id)?;
        let Some(told) = told.filter(|told| !told.metadata.tearing_down()) else {
            let status = cx.get::<kind::InfraMachineStatus>(id)?;
            if let Some(status) = status {
                cx.remove_for::<kind::InfraMachineStatus>(&status.metadata.owner, id)?;
            }
            return Ok(Next::Done);
        };
        let provider = told
            .metadata
            .label(labels::INFRA_PROVIDER_ID)
            .unwrap_or_default();
        let play = cx.running::<Play>(provider)?;
        let played = play.is_some_and(|play| play.spec.fixed && !play.spec.aside);
        if !played || told.spec.acceptance_status() != AcceptanceStatus::Accepted {
            return Ok(Next::Done);
        }
        self.drive(cx, id, provider, &told.spec)
    }
}

fn report(
    cx: &Context<'_>,
    id: &str,
    provider: &str,
    told: &InfraMachineSpec,
    machine: &MachineStateSpec,
    wiping: bool,
) -> Result<(), Error> {
    let off = machine.stage() == Stage::Off;
    let token = cx.get::<kind::NodeUniqueToken>(id)?;
    let token = token
        .map(|token| token.spec.token.clone())
        .unwrap_or_default();
    cx.put_for::<kind::InfraMachineStatus>(&owner(provider), id, |status| {
        mark(&mut status.metadata.labels, provider);
        let before = status.spec.clone();
        let rebooted = before.last_reboot_id != told.requested_reboot_id;
        status.spec = InfraMachineStatusSpec {
            ready_to_use: !wiping && !machine.wiped.is_empty(),
            installed: machine.installed,
            last_reboot_id: told.requested_reboot_id.clone(),
            last_reboot_timestamp: if rebooted {
                Some(cx.now().into())
            } else {
                before.last_reboot_timestamp
            },
            last_power_off_id: if off {
                told.power_off_request_id.clone()
            } else {
                before.last_power_off_id
            },
            wiped_node_unique_token: if wiping {
                token.clone()
            } else {
                before.wiped_node_unique_token
            },
            ..InfraMachineStatusSpec::default()
        };
        status.spec.set_power_state(if off {
            MachinePowerState::PowerStateOff
        } else {
            MachinePowerState::PowerStateOn
        });
    })?;
    Ok(())
}
