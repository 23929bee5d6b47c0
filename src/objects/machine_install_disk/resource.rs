//! The verbs of `omni_machine_install_disk`.

use omni_api::specs::MachineInstallDiskConfigSpec;
use omni_api::{Resource as OmniResource, kind};
use omni_client::Client;
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::disks::Disks;
use super::{MachineInstallDisk, convert, review};
use crate::objects::shared::machine;
use crate::objects::shared::verbs::{self, Name};
use crate::session::{Session, defer, explain};
use crate::values::MachineId;

/// The resource `omni_machine_install_disk`.
#[derive(Debug, Default)]
pub struct MachineInstallDiskResource;

// === impl MachineInstallDiskResource ===

impl Resource for MachineInstallDiskResource {
    type Session = Session;
    type Model = MachineInstallDisk;

    fn validate(&self, config: &MachineInstallDisk, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<MachineInstallDisk>,
    ) -> Result<(), Diagnostics> {
        if verbs::is_leaving(cx) {
            change.planned.message = Attr::Unknown;
            change.replace(Path::of("message"));
        }
        let choice = |object: &MachineInstallDisk| {
            (
                object.machine_id.clone(),
                object.disk.clone(),
                object.disk_selector.clone(),
            )
        };
        let same = change
            .prior
            .as_ref()
            .is_some_and(|prior| choice(prior) == choice(&change.planned));
        let (false, Some(id)) = (same, change.planned.machine_id.as_known()) else {
            return Ok(());
        };
        let Some(client) = cx.session().client_if_known().await? else {
            return Ok(());
        };
        cx.report(check(client, &id.canonical(), &change.planned).await?)
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<MachineInstallDisk>,
    ) -> Result<MachineInstallDisk, Failure<MachineInstallDisk>> {
        let client = cx.session().client().await?;
        let id = canonical(&plan.planned);
        let mut resource = OmniResource::new(&id, MachineInstallDiskConfigSpec::default());
        convert::write(&plan.config, &mut resource);
        let resource = verbs::create(client, name(&id), &resource).await?;
        let mut state = plan.planned;
        convert::read(&resource, &mut state);
        convert::read_status(None, &mut state);
        cx.keep(&state);
        cx.session().remember_account(cx).await;
        Ok(state)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        mut state: MachineInstallDisk,
    ) -> Result<Option<MachineInstallDisk>, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(Some(state));
        }
        let client = cx.session().client().await?;
        cx.session().check_account(cx, client).await?;
        let id = canonical(&state);
        let failed = |error| {
            explain::failed(
                &format!("read the install disk of the machine {id:?}"),
                &error,
            )
        };
        let cache = client.cache();
        let found = cache
            .get::<kind::MachineInstallDiskConfig>(&id, None)
            .await
            .map_err(failed)?;
        let Some(resource) = found else {
            return Ok(None);
        };
        verbs::note_phase(cx, name(&id), &resource.metadata);
        let status = cache
            .get::<kind::MachineInstallDiskStatus>(&id, None)
            .await
            .map_err(failed)?;
        convert::read(&resource, &mut state);
        convert::read_status(status.as_ref(), &mut state);
        Ok(Some(state))
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: MachineInstallDisk,
        plan: Plan<MachineInstallDisk>,
    ) -> Result<MachineInstallDisk, Failure<MachineInstallDisk>> {
        let client = cx.session().client().await?;
        let id = canonical(&prior);
        let write = |resource: &mut OmniResource<_>| convert::write(&plan.config, resource);
        let resource = verbs::update(client, name(&id), write).await?;
        let mut state = plan.planned.clone();
        convert::read(&resource, &mut state);
        Ok(state)
    }

    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: MachineInstallDisk,
    ) -> Result<(), Failure<MachineInstallDisk>> {
        let client = cx.session().client().await?;
        let id = canonical(&state);
        let blocked = || async { "Something in Omni still holds it.".to_owned() };
        let deleted =
            verbs::delete::<kind::MachineInstallDiskConfig, _>(cx, client, name(&id), blocked);
        Ok(deleted.await?)
    }
}

/// Checks that the machine is there, and the choice against its disks.
async fn check(
    client: &Client,
    id: &str,
    planned: &MachineInstallDisk,
) -> Result<Diagnostics, Diagnostic> {
    let failed = |error| explain::failed(&format!("look at the machine {id:?}"), &error);
    let state = client.state();
    let disks = Disks {
        machine: state.find(id).await.map_err(failed)?,
        status: state.find(id).await.map_err(failed)?,
    };
    let infra = state.find(id).await.map_err(failed)?;
    if let Some(problem) = machine::missing(id, disks.machine.as_ref(), infra.as_ref()) {
        return Err(problem);
    }
    Ok(review::choice(planned, &disks))
}

fn canonical(object: &MachineInstallDisk) -> String {
    let id = object.machine_id.as_known();
    id.map(MachineId::canonical).unwrap_or_default()
}

fn name(id: &str) -> Name<'_> {
    Name {
        resource: "omni_machine_install_disk",
        noun: "install disk of the machine",
        id,
    }
}
