//! Create and update.

use std::sync::Arc;

use omni_api::{AnyResource, Phase, cosi};
use tonic::Status;

use super::{Refusal, StateService, computed};
use crate::api::caller::{self, Caller};
use crate::api::gate::Gate;
use crate::api::status::{self, Verb};
use crate::api::wire;
use crate::store::{Key, StoreError};

impl StateService {
    pub(super) async fn insert(
        &self,
        caller: Option<&Caller>,
        request: cosi::CreateRequest,
    ) -> Result<cosi::CreateResponse, Status> {
        let resource = wire::incoming(request.resource)?;
        let owner = request.options.unwrap_or_default().owner;
        let created = self.create_one(caller, resource, &owner).await;
        let created = created.map_err(|refusal| self.not_created(refusal))?;
        Ok(cosi::CreateResponse {
            resource: Some(wire::outgoing(self.gate.release(), &created)),
        })
    }

    /// Creates a resource; answers what is stored, as soon as it survives a crash.
    pub(in crate::api) async fn create_one(
        &self,
        caller: Option<&Caller>,
        mut resource: AnyResource,
        owner: &str,
    ) -> Result<Arc<AnyResource>, Refusal> {
        self.gate.create(caller, &mut resource)?;
        self.ask_outside(None, &resource).await?;
        if self.computes(&resource.metadata.namespace, &resource.metadata.type_name) {
            return Err(computed::unsupported("create is not supported").into());
        }
        let created = caller::hands(&self.store, caller).create(resource, owner)?;
        self.acknowledge().await?;
        Ok(created)
    }

    /// Omni's own store says before COSI's text what it was about to do.
    fn not_created(&self, refusal: Refusal) -> Status {
        // Recordings 17 and 18. The store in memory, with which the probe was made, does not.
        let exists = matches!(refusal, Refusal::Store(StoreError::AlreadyExists(_)));
        let status = refusal.of(Verb::Create);
        if exists && matches!(self.gate, Gate::Omni(_)) {
            let text = format!("failed to create: {}", status.message());
            return Status::new(status.code(), text);
        }
        status
    }

    pub(super) async fn replace(
        &self,
        caller: Option<&Caller>,
        request: cosi::UpdateRequest,
    ) -> Result<cosi::UpdateResponse, Status> {
        let resource = wire::incoming(request.new_resource)?;
        let options = request.options.ok_or_else(|| {
            // Omni's server falls over here; the code is its own, the text of its fall helps nobody.
            Status::internal("the options of the update are missing: send them, empty if need be")
        })?;
        let phase = options.expected_phase.as_deref().map(str::parse::<Phase>);
        let phase = phase.transpose().map_err(|error| status::of_wire(&error))?;
        let updated = self.update_one(caller, resource, &options.owner, phase);
        let updated = updated.await.map_err(|refusal| refusal.of(Verb::Change))?;
        Ok(cosi::UpdateResponse {
            resource: Some(wire::outgoing(self.gate.release(), &updated)),
        })
    }

    /// Replaces a resource; answers what is stored, as soon as it survives a crash.
    pub(in crate::api) async fn update_one(
        &self,
        caller: Option<&Caller>,
        mut resource: AnyResource,
        owner: &str,
        phase: Option<Phase>,
    ) -> Result<Arc<AnyResource>, Refusal> {
        let key = Key::from(&resource);
        let existing = self.stored(&key);
        self.gate
            .update(caller, existing.as_deref(), &mut resource)?;
        self.ask_outside(existing.as_deref(), &resource).await?;
        let store = caller::hands(&self.store, caller);
        let updated = store.update(resource, owner, phase)?;
        self.acknowledge().await?;
        Ok(updated)
    }
}
