//! What Omni tells a fixed provider about each of its machines.
//!
//! Keeps true: [`kind::InfraMachine`] says whether the machine is accepted, which power state is wanted, which cluster it serves, and, when
//! it has left one, that it is to be wiped. It works for real providers just as well.

use omni_api::specs::InfraMachineSpec;
use omni_api::specs::infra_machine_config_spec::{AcceptanceStatus, MachinePowerState as Wanted};
use omni_api::specs::infra_machine_spec::MachinePowerState;
use omni_api::{Resource, kind, labels};
use sha2::{Digest as _, Sha256};

use crate::controllers::common::{PLACE, copy_labels, flag};
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::infra::machine::keep;
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
            Input::by_id::<kind::ClusterMachineTalosVersion>(),
            Input::by_id::<kind::MachineExtensions>(),
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
            if cx.remove::<kind::InfraMachine>(id)? {
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
    let config = config.map(|config| config.spec.clone()).unwrap_or_default();
    let member = cx.running::<kind::ClusterMachine>(id)?;
    let version = cx.running::<kind::ClusterMachineTalosVersion>(id)?;
    let version = version.filter(|_| member.is_some());
    let extensions = cx.get::<kind::MachineExtensions>(id)?;
    let known = cx.get::<Observed>(id)?.is_some();
    let fresh_wipe = wipe_id(id, keep(cx.now()));
    cx.put::<kind::InfraMachine>(id, |machine| {
        let accepted = config.acceptance_status() == AcceptanceStatus::Accepted;
        let waits = config.acceptance_status() == AcceptanceStatus::Pending;
        let marks = &mut machine.metadata;
        for key in PLACE {
            marks.labels.remove(key);
        }
        marks
            .labels
            .insert(labels::INFRA_PROVIDER_ID.to_owned(), provider.to_owned());
        flag(marks, labels::MACHINE_PENDING_ACCEPT, waits);
        if let Some(member) = &member {
            copy_labels(&member.metadata, marks, &PLACE);
        }
        let before = machine.spec.clone();
        let spec = &mut machine.spec;
        *spec = InfraMachineSpec {
            acceptance_status: config.acceptance_status,
            extra_kernel_args: config.extra_kernel_args.clone(),
            requested_reboot_id: config.requested_reboot_id.clone(),
            cordoned: config.cordoned,
            // A machine that serves no cluster is its provider's to switch on.
            power_off_request_id: member
                .as_ref()
                .map(|_| config.power_off_request_id.clone())
                .unwrap_or_default(),
            ..before.clone()
        };
        spec.set_preferred_power_state(match config.power_state() {
            // Whatever is wished: a machine has to run until Omni knows what it is made of.
            _ if !known => MachinePowerState::PowerStateOn,
            Wanted::PowerStateOn => MachinePowerState::PowerStateOn,
            Wanted::PowerStateDefault | Wanted::PowerStateOff => MachinePowerState::PowerStateOff,
        });
        spec.cluster_talos_version = version
            .as_ref()
            .map(|version| version.spec.talos_version.clone())
            .unwrap_or_default();
        spec.extensions = extensions
            .as_ref()
            .filter(|_| version.is_some())
            .map(|wanted| wanted.spec.extensions.clone())
            .unwrap_or_default();
        let left =
            !before.cluster_talos_version.is_empty() && spec.cluster_talos_version.is_empty();
        if accepted && (left || spec.wipe_id.is_empty()) {
            spec.wipe_id.clone_from(&fresh_wipe);
        }
    })?;
    Ok(())
}

/// New whenever it is asked for at another moment.
fn wipe_id(machine: &str, now: u64) -> String {
    let digest = Sha256::digest(format!("wipe/{machine}/{now}"));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}
