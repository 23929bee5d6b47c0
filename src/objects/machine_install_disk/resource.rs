//! The verbs of `omni_machine_install_disk`.

use omni_api::specs::MachineInstallDiskConfigSpec;
use omni_api::{Resource as OmniResource, kind};
use omni_client::{Client, Error};
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Diagnostic, Diagnostics};

use super::disks::Disks;
use super::{MachineInstallDisk, convert, review};
use crate::objects::shared::machine;
use crate::objects::shared::mirror::{self, Mirror};
use crate::objects::shared::server;
use crate::objects::shared::verbs;
use crate::session::{Session, explain};
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
        verbs::replace_leaving(cx, change, "message", |planned| &mut planned.message);
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
        if let Some(lack) = server::lacks_kind::<kind::MachineInstallDiskConfig>(client).await? {
            return Err(review::not_here(&lack, &change.planned).into());
        }
        cx.report(check(client, &id.canonical(), &change.planned).await?)
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<MachineInstallDisk>,
    ) -> Result<MachineInstallDisk, Failure<MachineInstallDisk>> {
        let id = canonical(&plan.planned);
        let mut resource = OmniResource::new(&id, MachineInstallDiskConfigSpec::default());
        convert::write(&plan.config, &mut resource);
        let mut state = plan.planned;
        convert::read_status(None, &mut state);
        Ok(mirror::create(cx, state, &resource).await?)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        state: MachineInstallDisk,
    ) -> Result<Option<MachineInstallDisk>, Diagnostics> {
        mirror::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: MachineInstallDisk,
        plan: Plan<MachineInstallDisk>,
    ) -> Result<MachineInstallDisk, Failure<MachineInstallDisk>> {
        let write = |resource: &mut _| convert::write(&plan.config, resource);
        Ok(mirror::update(cx, &prior, plan.planned.clone(), write).await?)
    }

    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: MachineInstallDisk,
    ) -> Result<(), Failure<MachineInstallDisk>> {
        Ok(mirror::delete(cx, &state, "Something in Omni still holds it.").await?)
    }
}

// === impl Mirror for MachineInstallDisk ===

impl Mirror for MachineInstallDisk {
    type Kind = kind::MachineInstallDiskConfig;

    const RESOURCE: &'static str = "omni_machine_install_disk";
    const NOUN: &'static str = "install disk of the machine";

    fn id(&self) -> String {
        canonical(self)
    }

    fn fill(&mut self, resource: &OmniResource<kind::MachineInstallDiskConfig>) {
        convert::read(resource, self);
    }

    async fn fill_status(
        &mut self,
        client: &Client,
        resource: &OmniResource<kind::MachineInstallDiskConfig>,
    ) -> Result<(), Error> {
        let cache = client.cache();
        let status = cache.get(resource.id(), None).await?;
        convert::read_status(status.as_ref(), self);
        Ok(())
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
