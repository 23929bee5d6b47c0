//! COSI's state service: every resource is read and written through it.
//!
//! Semantics, codes and texts are those of COSI's own server, as `cosi-probe.json` records them. One file per group of verbs.

mod computed;
mod destroy;
mod external;
mod outside;
mod read;
mod refusal;
mod watch;
mod write;

pub(super) use refusal::Refusal;
pub(super) use watch::Seen;

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use omni_api::cosi::state_server::{State, StateServer};
use omni_api::{AnyResource, cosi};
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

use super::caller;
use super::gate::Gate;
use super::management::Endpoints;
use crate::Store;
use crate::backups::Depot;
use crate::store::Key;

/// The largest message in either direction, as in Omni.
pub const MAX_MESSAGE: usize = 32 << 20;

pub(super) type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The state service over a store.
#[derive(Debug, Clone)]
pub struct StateService {
    store: Store,
    gate: Gate,
    endpoints: Endpoints,
    stop: CancellationToken,
    depot: Depot,
}

/// A state service as tonic serves it: gzip both ways, 32 MiB.
pub(super) fn server<S: State>(service: S) -> StateServer<S> {
    StateServer::new(service)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE)
}

impl StateService {
    /// The bare service of COSI: no access rules, no validation. For tests of the protocol itself.
    pub fn bare(store: Store, stop: CancellationToken) -> Self {
        let (gate, endpoints) = (Gate::Open, Endpoints::default());
        Self {
            store,
            gate,
            endpoints,
            stop,
            depot: Depot::memory(),
        }
    }

    /// The service with Omni's rules. Watches end when `stop` is cancelled.
    pub fn new(store: Store, endpoints: Endpoints, stop: CancellationToken) -> Self {
        let gate = Gate::Omni(store.clone());
        Self {
            store,
            gate,
            endpoints,
            stop,
            depot: Depot::memory(),
        }
    }

    /// The same service, with the backups that are kept there.
    #[must_use]
    pub fn with_backups(mut self, depot: Depot) -> Self {
        self.depot = depot;
        self
    }

    /// The service as tonic serves it.
    pub fn into_server(self) -> StateServer<Self> {
        server(self)
    }

    /// Whether resources of this kind are computed, not stored. COSI's own service computes nothing.
    fn computes(&self, namespace: &str, type_name: &str) -> bool {
        matches!(self.gate, Gate::Omni(_)) && computed::computes(namespace, type_name)
    }

    /// The time that the plane stamps on what is written now.
    pub(super) fn now(&self) -> prost_types::Timestamp {
        self.store.clock().now()
    }

    /// What it reads and writes.
    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// Resolves when streams are to end.
    pub(super) fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        self.stop.clone().cancelled_owned()
    }

    fn stored(&self, key: &Key) -> Option<Arc<AnyResource>> {
        self.store.get(&key.namespace, &key.type_name, &key.id)
    }

    /// Waits until what was written survives a crash.
    async fn acknowledge(&self) -> Result<(), Status> {
        let committed = self.store.committed().await;
        committed.map_err(|error| Status::internal(error.to_string()))
    }
}

#[tonic::async_trait]
impl State for StateService {
    type ListStream = Answers<cosi::ListResponse>;
    type WatchStream = Answers<cosi::WatchResponse>;

    async fn get(
        &self,
        request: Request<cosi::GetRequest>,
    ) -> Result<Response<cosi::GetResponse>, Status> {
        let caller = caller::of(request.extensions());
        let read = self.read(caller.as_deref(), &request.into_inner()).await;
        read.map(Response::new)
    }

    async fn list(
        &self,
        request: Request<cosi::ListRequest>,
    ) -> Result<Response<Self::ListStream>, Status> {
        let caller = caller::of(request.extensions());
        let read = self
            .read_kind(caller.as_deref(), &request.into_inner())
            .await;
        read.map(Response::new)
    }

    async fn create(
        &self,
        request: Request<cosi::CreateRequest>,
    ) -> Result<Response<cosi::CreateResponse>, Status> {
        let caller = caller::of(request.extensions());
        let created = self.insert(caller.as_deref(), request.into_inner()).await;
        created.map(Response::new)
    }

    async fn update(
        &self,
        request: Request<cosi::UpdateRequest>,
    ) -> Result<Response<cosi::UpdateResponse>, Status> {
        let caller = caller::of(request.extensions());
        let updated = self.replace(caller.as_deref(), request.into_inner()).await;
        updated.map(Response::new)
    }

    async fn destroy(
        &self,
        request: Request<cosi::DestroyRequest>,
    ) -> Result<Response<cosi::DestroyResponse>, Status> {
        let caller = caller::of(request.extensions());
        let cosi::DestroyRequest {
            namespace,
            r#type,
            id,
            options,
        } = request.into_inner();
        let key = Key::new(&namespace, &r#type, &id);
        let owner = options.unwrap_or_default().owner;
        self.remove(caller.as_deref(), &key, &owner).await?;
        Ok(Response::new(cosi::DestroyResponse {}))
    }

    async fn watch(
        &self,
        request: Request<cosi::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let caller = caller::of(request.extensions());
        let followed = self.follow(caller, &request.into_inner()).await;
        followed.map(Response::new)
    }

    async fn teardown(
        &self,
        request: Request<cosi::TeardownRequest>,
    ) -> Result<Response<cosi::TeardownResponse>, Status> {
        let caller = caller::of(request.extensions());
        let cosi::TeardownRequest {
            namespace,
            r#type,
            id,
            options,
        } = request.into_inner();
        let key = Key::new(&namespace, &r#type, &id);
        let owner = options.unwrap_or_default().owner;
        let destroy_ready = self.tear_down(caller.as_deref(), &key, &owner).await?;
        Ok(Response::new(cosi::TeardownResponse { destroy_ready }))
    }

    async fn teardown_and_destroy(
        &self,
        request: Request<cosi::TeardownAndDestroyRequest>,
    ) -> Result<Response<cosi::TeardownAndDestroyResponse>, Status> {
        let caller = caller::of(request.extensions());
        let cosi::TeardownAndDestroyRequest {
            namespace,
            r#type,
            id,
            options,
        } = request.into_inner();
        let key = Key::new(&namespace, &r#type, &id);
        let owner = options.unwrap_or_default().owner;
        self.tear_down_and_remove(caller.as_deref(), &key, &owner)
            .await?;
        Ok(Response::new(cosi::TeardownAndDestroyResponse {}))
    }
}
