//! The state service on top of the store, with a place to put faults.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures::{Stream, StreamExt as _, stream};
use omni_api::cosi;
use omni_api::cosi::state_server::State;
use omni_api::selector::Selector;
use omni_api::{AnyResource, Metadata};
use tonic::{Request, Response, Status};

use super::connections::Connections;
use super::store::{Logged, Store};

/// What goes wrong with the next call of a method.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The call is refused with this status and has no effect.
    Refuse(Status),
    /// The call takes place, then the connection breaks before the answer.
    LoseAnswer,
    /// The connection breaks before the call takes place.
    LoseRequest,
    /// The call never ends.
    Hang,
    /// The call takes place, and its answer never comes.
    Mute,
}

type Faults = Arc<Mutex<VecDeque<(&'static str, Fault)>>>;

/// The state service.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) store: Store,
    pub(crate) connections: Connections,
    faults: Faults,
}

// === impl Service ===

impl Service {
    pub(crate) fn new(store: Store, connections: Connections) -> Self {
        Self {
            store,
            connections,
            faults: Faults::default(),
        }
    }

    /// Puts a fault before the next call of a method that has none yet.
    pub(crate) fn fault(&self, method: &'static str, fault: Fault) {
        self.faults
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back((method, fault));
    }

    /// Carries out a call, or what goes wrong with it.
    async fn run<T>(
        &self,
        method: &str,
        call: impl FnOnce() -> Result<T, Status>,
    ) -> Result<Response<T>, Status> {
        let fault = {
            let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
            let index = faults.iter().position(|(of, _)| *of == method);
            index.and_then(|index| faults.remove(index))
        };
        match fault.map(|(_, fault)| fault) {
            None => call().map(Response::new),
            Some(Fault::Refuse(status)) => Err(status),
            Some(Fault::Hang) => futures::future::pending().await,
            Some(Fault::Mute) => {
                let _ = call();
                futures::future::pending().await
            }
            Some(Fault::LoseRequest) => {
                self.connections.cut();
                futures::future::pending().await
            }
            Some(Fault::LoseAnswer) => {
                let _ = call();
                self.connections.cut();
                futures::future::pending().await
            }
        }
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl State for Service {
    type ListStream = Answers<cosi::ListResponse>;
    type WatchStream = Answers<cosi::WatchResponse>;

    async fn get(
        &self,
        request: Request<cosi::GetRequest>,
    ) -> Result<Response<cosi::GetResponse>, Status> {
        let request = request.into_inner();
        let call = || self.store.get(&request.r#type, &request.id);
        let found = self.run("Get", call).await?;
        Ok(found.map(|resource| cosi::GetResponse {
            resource: Some(resource.into()),
        }))
    }

    async fn list(
        &self,
        request: Request<cosi::ListRequest>,
    ) -> Result<Response<Self::ListStream>, Status> {
        let request = request.into_inner();
        let labels = request
            .options
            .map(|options| options.label_query)
            .unwrap_or_default();
        let wanted = selector(&labels)?;
        let call = || Ok(self.store.snapshot(&request.r#type).0);
        let found = self.run("List", call).await?;
        Ok(found.map(|all| {
            let matching = all
                .into_iter()
                .filter(move |resource| wanted.matches(&resource.metadata.labels));
            let answer = |resource: AnyResource| {
                Ok(cosi::ListResponse {
                    resource: Some(resource.into()),
                })
            };
            stream::iter(matching.map(answer)).boxed()
        }))
    }

    async fn create(
        &self,
        request: Request<cosi::CreateRequest>,
    ) -> Result<Response<cosi::CreateResponse>, Status> {
        let resource = resource(request.into_inner().resource)?;
        let stored = self.run("Create", || self.store.create(resource)).await?;
        Ok(stored.map(|resource| cosi::CreateResponse {
            resource: Some(resource.into()),
        }))
    }

    async fn update(
        &self,
        request: Request<cosi::UpdateRequest>,
    ) -> Result<Response<cosi::UpdateResponse>, Status> {
        let request = request.into_inner();
        let options = request
            .options
            .ok_or_else(|| Status::internal("PANIC in server"))?;
        let phase = options
            .expected_phase
            .map(|phase| phase.parse())
            .transpose();
        let phase = phase
            .map_err(|error: omni_api::resource::WireError| Status::unknown(error.to_string()))?;
        let resource = resource(request.new_resource)?;
        let stored = self
            .run("Update", || self.store.update(resource, phase))
            .await?;
        Ok(stored.map(|resource| cosi::UpdateResponse {
            resource: Some(resource.into()),
        }))
    }

    async fn destroy(
        &self,
        request: Request<cosi::DestroyRequest>,
    ) -> Result<Response<cosi::DestroyResponse>, Status> {
        let request = request.into_inner();
        let call = || self.store.destroy(&request.r#type, &request.id);
        let done = self.run("Destroy", call).await?;
        Ok(done.map(|()| cosi::DestroyResponse {}))
    }

    async fn watch(
        &self,
        request: Request<cosi::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let request = request.into_inner();
        let watching = super::watching::open(self.store.clone(), request);
        let opened = self.run("Watch", || watching).await?;
        Ok(opened)
    }

    async fn teardown(
        &self,
        request: Request<cosi::TeardownRequest>,
    ) -> Result<Response<cosi::TeardownResponse>, Status> {
        let request = request.into_inner();
        let call = || self.store.teardown(&request.r#type, &request.id);
        let ready = self.run("Teardown", call).await?;
        Ok(ready.map(|destroy_ready| cosi::TeardownResponse { destroy_ready }))
    }

    async fn teardown_and_destroy(
        &self,
        request: Request<cosi::TeardownAndDestroyRequest>,
    ) -> Result<Response<cosi::TeardownAndDestroyResponse>, Status> {
        let request = request.into_inner();
        let call = || self.store.teardown(&request.r#type, &request.id);
        self.run("TeardownAndDestroy", call).await?;
        let mut changes = self.store.length();
        loop {
            changes.borrow_and_update();
            let resource = self.store.get(&request.r#type, &request.id)?;
            if resource.metadata.finalizers.is_empty() {
                self.store.destroy(&request.r#type, &request.id)?;
                return Ok(Response::new(cosi::TeardownAndDestroyResponse {}));
            }
            let _ = changes.changed().await;
        }
    }
}

/// A resource from the wire.
fn resource(wire: Option<cosi::Resource>) -> Result<AnyResource, Status> {
    let wire = wire.ok_or_else(|| Status::unknown("metadata is missing"))?;
    AnyResource::try_from(wire).map_err(|error| Status::unknown(error.to_string()))
}

/// Label queries by COSI's meaning.
pub(crate) fn selector(labels: &[cosi::LabelQuery]) -> Result<Selector, Status> {
    Selector::try_from(labels).map_err(|error| Status::invalid_argument(error.to_string()))
}

/// An event on the wire.
pub(crate) fn event(
    event_type: cosi::EventType,
    new: Option<AnyResource>,
    old: Option<AnyResource>,
    bookmark: Option<Vec<u8>>,
) -> cosi::Event {
    cosi::Event {
        resource: Some(new.map_or_else(tombstone, Into::into)),
        event_type: event_type.into(),
        old: old.map(Into::into),
        error: None,
        bookmark,
    }
}

/// The empty resource that goes with the end of the contents.
fn tombstone() -> cosi::Resource {
    let empty = AnyResource {
        metadata: Metadata::new("", "", ""),
        spec: Vec::new(),
        yaml: String::new(),
    };
    empty.into()
}

/// The type of a logged event as a filter sees it: `None` when it does not concern it.
pub(crate) fn filtered(
    logged: Logged,
    wanted: &Selector,
) -> Option<(cosi::EventType, AnyResource, Option<AnyResource>)> {
    use cosi::EventType as E;
    match logged {
        Logged::Created(new) => {
            wanted
                .matches(&new.metadata.labels)
                .then_some((E::Created, new, None))
        }
        Logged::Destroyed(last) => {
            wanted
                .matches(&last.metadata.labels)
                .then_some((E::Destroyed, last, None))
        }
        Logged::Updated { old, new } => {
            match (
                wanted.matches(&old.metadata.labels),
                wanted.matches(&new.metadata.labels),
            ) {
                (true, true) => Some((E::Updated, *new, Some(*old))),
                (false, true) => Some((E::Created, *new, None)),
                (true, false) => Some((E::Destroyed, *new, None)),
                (false, false) => None,
            }
        }
    }
}
