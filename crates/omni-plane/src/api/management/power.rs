//! Switching machines off and on.
//!
//! A machine of a static provider is switched off by a request in its [`kind::InfraMachineConfig`], and switched on by taking the request
//! back. Any other machine is told to shut down, and stays off: nobody is there to press its button.

use omni_api::specs::infra_machine_config_spec::AcceptanceStatus;
use omni_api::{Resource, Role, Version, kind, labels, management as api};
use tonic::{Request, Status};
use uuid::Uuid;

use super::{Management, refused};
use crate::audit::AuditLog;
use crate::infra::machine::MachineState;
use crate::store::Key;

const SHUTDOWN: &str = "machine.MachineService/Shutdown";

impl Management {
    pub(super) async fn power_off(
        &self,
        request: Request<api::MachinePowerOffRequest>,
    ) -> Result<api::MachinePowerOffResponse, Status> {
        let id = &request.get_ref().machine_id;
        required(id)?;
        let (caller, cluster) = self.on_machine(&request, id, Role::Operator)?;
        if self.of_static_provider(id)? {
            let request = Uuid::new_v4().to_string();
            self.request_power(id, "set machine power-off request", &request)?;
        } else {
            self.store
                .peek::<MachineState>(id)
                .ok_or_else(|| unreachable(id))?;
            let off = self.store.put::<MachineState>("", id, |machine| {
                machine.spec.shut_down = true;
            });
            off.map_err(|error| refused(&error))?;
        }
        AuditLog::new(self.store.clone())
            .talos_access(&caller.author(), SHUTDOWN, &cluster, id)
            .map_err(|error| refused(&error))?;
        self.acknowledge().await?;
        Ok(api::MachinePowerOffResponse {})
    }

    pub(super) async fn power_on(
        &self,
        request: Request<api::MachinePowerOnRequest>,
    ) -> Result<api::MachinePowerOnResponse, Status> {
        let id = &request.get_ref().machine_id;
        required(id)?;
        self.on_machine(&request, id, Role::Operator)?;
        if !self.of_static_provider(id)? {
            return Err(Status::failed_precondition(
                "machine is not managed by a static infra provider, power on the machine manually",
            ));
        }
        self.request_power(id, "clear machine power-off request", "")?;
        self.acknowledge().await?;
        Ok(api::MachinePowerOnResponse {})
    }

    fn of_static_provider(&self, id: &str) -> Result<bool, Status> {
        let link = self.store.peek::<kind::Link>(id);
        let link = link.ok_or_else(|| Status::not_found("machine not found"))?;
        let Some(provider) = link.metadata.label(labels::INFRA_PROVIDER_ID) else {
            return Ok(false);
        };
        let status = self.store.peek::<kind::InfraProviderStatus>(provider);
        let status = status
            .ok_or_else(|| Status::failed_precondition("failed to get infra provider status"))?;
        let mark = labels::IS_STATIC_INFRA_PROVIDER;
        Ok(status.metadata.label(mark).is_some())
    }

    /// Puts a request, or none, into the configuration of an accepted machine.
    fn request_power(&self, id: &str, what: &str, request: &str) -> Result<(), Status> {
        let config = self.store.peek::<kind::InfraMachineConfig>(id);
        let config = config.ok_or_else(|| {
            let text = format!("infra machine config not found, cannot {what}");
            Status::failed_precondition(text)
        })?;
        if config.spec.acceptance_status() != AcceptanceStatus::Accepted {
            return Err(Status::unknown(format!(
                "failed to update infra machine config: infra machine config is not accepted yet, cannot {what}"
            )));
        }
        let change = |config: &mut Resource<kind::InfraMachineConfig>| {
            request.clone_into(&mut config.spec.power_off_request_id);
        };
        let written = self.store.put::<kind::InfraMachineConfig>("", id, change);
        written.map(|_| ()).map_err(|error| refused(&error))
    }
}

pub(super) fn required(id: &str) -> Result<(), Status> {
    if id.is_empty() {
        return Err(Status::invalid_argument("machine id is required"));
    }
    Ok(())
}

/// A link without an emulated machine behind it: there is nobody to tell.
fn unreachable(id: &str) -> Status {
    let key = Key::of::<kind::Machine>(id).at(Version::UNDEFINED);
    Status::unknown(format!(
        "failed to get talos client: resource {key} doesn't exist"
    ))
}
