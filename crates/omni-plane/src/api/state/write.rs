//! Create and update.

use omni_api::{Phase, cosi};
use tonic::Status;

use super::{StateService, computed};
use crate::api::caller::Caller;
use crate::api::status::{self, Verb};
use crate::api::wire;
use crate::store::Key;

impl StateService {
    pub(super) async fn insert(
        &self,
        caller: Option<&Caller>,
        request: cosi::CreateRequest,
    ) -> Result<cosi::CreateResponse, Status> {
        let mut resource = wire::incoming(request.resource)?;
        let owner = request.options.unwrap_or_default().owner;
        self.gate.create(caller, &mut resource)?;
        if self.computes(&resource.metadata.namespace, &resource.metadata.type_name) {
            return Err(computed::unsupported("create is not supported"));
        }
        let created = self.store.create(resource, &owner);
        let created = created.map_err(|error| status::of_store(Verb::Create, &error))?;
        self.acknowledge().await?;
        Ok(cosi::CreateResponse {
            resource: Some(wire::outgoing(&created)),
        })
    }

    pub(super) async fn replace(
        &self,
        caller: Option<&Caller>,
        request: cosi::UpdateRequest,
    ) -> Result<cosi::UpdateResponse, Status> {
        let mut resource = wire::incoming(request.new_resource)?;
        let options = request.options.ok_or_else(|| {
            // Omni's server falls over here; the code is its own, the text of its fall helps nobody.
            Status::internal("the options of the update are missing: send them, empty if need be")
        })?;
        let phase = options.expected_phase.as_deref().map(str::parse::<Phase>);
        let phase = phase.transpose().map_err(|error| status::of_wire(&error))?;
        let key = Key::from(&resource);
        let existing = self.stored(&key);
        self.gate
            .update(caller, existing.as_deref(), &mut resource)?;
        let updated = self.store.update(resource, &options.owner, phase);
        let updated = updated.map_err(|error| status::of_store(Verb::Change, &error))?;
        self.acknowledge().await?;
        Ok(cosi::UpdateResponse {
            resource: Some(wire::outgoing(&updated)),
        })
    }
}
