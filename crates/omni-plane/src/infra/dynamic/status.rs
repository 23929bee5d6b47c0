//! What clients see of a request: its status, in the words of Omni's own provider library.

use omni_api::specs::machine_request_status_spec::Stage;
use omni_api::{Resource, kind, labels};

use crate::engine::{Context, Error, Next};
use crate::infra::provider::mark;

use super::provision::{Request, machine_id};

/// The one step of provisioning, as clients see it.
const STEP: &str = "createMachine";

/// The provider has begun; once it works on its step, the status names that.
pub(super) fn announce(
    cx: &Context<'_>,
    owner: &str,
    request: &Request,
    works: bool,
) -> Result<(), Error> {
    cx.put_for::<kind::MachineRequestStatus>(owner, request.id(), |resource| {
        copy_marks(request, resource);
        resource.spec.set_stage(Stage::Provisioning);
        if works {
            resource.spec.status = format!("Running Step: \"{STEP}\" (1/1)");
            let metadata = &mut resource.metadata;
            let infra_id = labels::MACHINE_INFRA_ID.to_owned();
            metadata.labels.insert(infra_id, machine_id(request));
            let step = labels::INFRA_CURRENT_STEP.to_owned();
            metadata.annotations.insert(step, STEP.to_owned());
        }
    })?;
    Ok(())
}

/// The machine is there; once it has joined, the status names it.
pub(super) fn complete(
    cx: &Context<'_>,
    owner: &str,
    request: &Request,
    machine: &str,
) -> Result<(), Error> {
    let joined = cx.get::<kind::Link>(machine)?.is_some();
    cx.put_for::<kind::MachineRequestStatus>(owner, request.id(), |status| {
        copy_marks(request, status);
        status.metadata.labels.remove(labels::MACHINE_INFRA_ID);
        status
            .metadata
            .annotations
            .remove(labels::INFRA_CURRENT_STEP);
        status.spec.set_stage(Stage::Provisioned);
        "Provision Complete".clone_into(&mut status.spec.status);
        if joined {
            machine.clone_into(&mut status.spec.id);
        }
    })?;
    Ok(())
}

pub(super) fn fail(
    cx: &Context<'_>,
    owner: &str,
    request: &Request,
    reason: &str,
) -> Result<Next, Error> {
    cx.put_for::<kind::MachineRequestStatus>(owner, request.id(), |status| {
        copy_marks(request, status);
        status.spec.set_stage(Stage::Failed);
        reason.clone_into(&mut status.spec.error);
    })?;
    Ok(Next::Done)
}

fn copy_marks(request: &Request, status: &mut Resource<kind::MachineRequestStatus>) {
    let provider = request
        .metadata
        .label(labels::INFRA_PROVIDER_ID)
        .unwrap_or_default();
    mark(&mut status.metadata.labels, provider);
    if let Some(set) = request.metadata.label(labels::MACHINE_REQUEST_SET) {
        let key = labels::MACHINE_REQUEST_SET.to_owned();
        status.metadata.labels.insert(key, set.to_owned());
    }
}
