//! What Omni tells a fixed provider about each of its machines.
//!
//! Keeps true: [`kind::InfraMachine`] says whether the machine is accepted, which power state is wanted, which cluster it serves, and, when
//! it has left one, that it is to be wiped. It counts the machine's boots from its disk, by which a provider knows that Talos is installed.
//! It works for real providers just as well.

use omni_api::specs::InfraMachineSpec;
use omni_api::specs::infra_machine_config_spec::{AcceptanceStatus, MachinePowerState as Wanted};
use omni_api::specs::infra_machine_spec::MachinePowerState;
use omni_api::{Resource, kind, labels};

use super::place::{self, Place};
use crate::controllers::common::{flag, those_of_cluster};
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::machines::Observed;

/// Tells fixed providers about their machines.
#[derive(Debug, Clone, Copy, Default)]
pub struct InfraMachines;

impl Controller for InfraMachines {
    fn name(&self) -> &'static str {
        "InfraMachineController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::Link>(),
            Input::by_id::<kind::InfraMachineConfig>(),
            Input::by_id::<kind::ClusterMachine>(),
            Input::mapped::<kind::Cluster>(those_of_cluster::<kind::InfraMachine>),
            Input::by_id::<kind::MachineExtensions>(),
            Input::by_id::<kind::NodeUniqueToken>(),
            Input::by_id::<Observed>(),
            Input::quiet::<kind::InfraProviderStatus>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::InfraMachine>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let link = cx.get::<kind::Link>(id)?;
        let Some(link) = link.filter(|link| !link.metadata.tearing_down()) else {
            if place::left(cx, id)? && cx.remove::<kind::InfraMachine>(id)? {
                cx.release::<kind::Link>(id)?;
            }
            return Ok(Next::Done);
        };
        let Some(provider) = link.metadata.label(labels::INFRA_PROVIDER_ID) else {
            return Ok(Next::Done);
        };
        let status = cx.get::<kind::InfraProviderStatus>(provider)?;
        let is_static = |status: &Resource<kind::InfraProviderStatus>| {
            status
                .metadata
                .label(labels::IS_STATIC_INFRA_PROVIDER)
                .is_some()
        };
        if !status.is_some_and(|status| is_static(&status)) {
            return Ok(Next::Done);
        }
        cx.hold::<kind::Link>(id)?;
        tell(cx, id, provider)?;
        Ok(Next::Done)
    }
}

fn tell(cx: &Context<'_>, id: &str, provider: &str) -> Result<(), Error> {
    let config = cx.get::<kind::InfraMachineConfig>(id)?;
    let observed = cx.get::<Observed>(id)?;
    let token = cx.get::<kind::NodeUniqueToken>(id)?;
    let place = Place::of(cx, id)?;
    cx.put::<kind::InfraMachine>(id, |machine| {
        wish(machine, config.as_deref(), observed.is_some());
        if let Some(observed) = &observed {
            machine.spec.install_event_id = observed.spec.disk_boots.into();
        }
        let marks = &mut machine.metadata.labels;
        marks.insert(labels::INFRA_PROVIDER_ID.to_owned(), provider.to_owned());
        if let Some(token) = &token {
            machine.spec.node_unique_token.clone_from(&token.spec.token);
        }
        place.apply(machine, cx.now());
    })?;
    place.settle(cx, id)
}

/// What the machine's user wants of it. Who takes the configuration away takes no decision back.
fn wish(
    machine: &mut Resource<kind::InfraMachine>,
    config: Option<&Resource<kind::InfraMachineConfig>>,
    known: bool,
) {
    let spec = &mut machine.spec;
    let mut power = MachinePowerState::PowerStateOff;
    if let Some(config) = config.map(|config| &config.spec) {
        *spec = InfraMachineSpec {
            acceptance_status: config.acceptance_status,
            extra_kernel_args: config.extra_kernel_args.clone(),
            requested_reboot_id: config.requested_reboot_id.clone(),
            cordoned: config.cordoned,
            power_off_request_id: config.power_off_request_id.clone(),
            ..spec.clone()
        };
        if config.power_state() == Wanted::PowerStateOn {
            power = MachinePowerState::PowerStateOn;
        }
    } else {
        spec.extra_kernel_args.clear();
        spec.power_off_request_id.clear();
    }
    // Whatever is wished: a machine has to run until Omni knows what it is made of.
    if !known {
        power = MachinePowerState::PowerStateOn;
    }
    spec.set_preferred_power_state(power);
    let waits =
        config.is_none_or(|config| config.spec.acceptance_status() == AcceptanceStatus::Pending);
    flag(&mut machine.metadata, labels::MACHINE_PENDING_ACCEPT, waits);
}
