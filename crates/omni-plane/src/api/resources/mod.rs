//! `omni.resources.ResourceService`: the API that Omni's web pages speak, resources as JSON.
//!
//! It is the state service in other words: the same rights, rules and store behind it, but JSON bodies, lists that are searched, sorted
//! and cut into pages by the server, event numbers and error codes of its own. Only Omni's own resources are answered: there is no Talos and no
//! Kubernetes to ask for theirs.

mod body;
mod find;
mod graph;
mod watch;
mod window;

use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use omni_api::omni::resources as api;
use omni_api::omni::resources::resource_service_server::{ResourceService, ResourceServiceServer};
use omni_api::{Version, kind, selector};
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status};

use super::caller::{self, Caller};
use super::state::{MAX_MESSAGE, Refusal, StateService};
use crate::store::{Key, Query, StoreError};
use graph::Wiring;

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The calls that answer unsigned callers, too, when they ask for what is public.
pub(super) const OPEN: [&str; 3] = [
    "/omni.resources.ResourceService/Get",
    "/omni.resources.ResourceService/List",
    "/omni.resources.ResourceService/Create",
];

/// The resource service over the state service.
#[derive(Debug, Clone)]
pub(super) struct Resources {
    state: StateService,
    wiring: Arc<Wiring>,
}

// === impl Resources ===

impl Resources {
    pub(super) fn new(state: StateService) -> Self {
        let wiring = Arc::new(Wiring::of_the_plane());
        Self { state, wiring }
    }

    /// The service as tonic serves it: gzip both ways, 32 MiB.
    pub(super) fn into_server(self) -> ResourceServiceServer<Self> {
        ResourceServiceServer::new(self)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }

    async fn write(&self, request: Request<api::UpdateRequest>) -> Result<(), Status> {
        runtime(request.metadata())?;
        let caller = caller::of(request.extensions());
        let mut resource = body::read(request.into_inner().resource, self.state.now())?;
        if resource.metadata.version == Version::UNDEFINED {
            let key = Key::from(&resource);
            let present = self.state.one(caller.as_deref(), &key).await;
            resource.metadata.version = present.map_err(refused)?.metadata.version;
        }
        let written = self.state.update_one(caller.as_deref(), resource, "", None);
        written.await.map_err(refused).map(|_| ())
    }
}

#[tonic::async_trait]
impl ResourceService for Resources {
    type WatchStream = Answers<api::WatchResponse>;

    async fn get(
        &self,
        request: Request<api::GetRequest>,
    ) -> Result<Response<api::GetResponse>, Status> {
        let caller = caller_of(&request, &request.get_ref().r#type)?;
        runtime(request.metadata())?;
        let api::GetRequest {
            namespace,
            r#type,
            id,
        } = request.get_ref();
        let key = Key::new(namespace, r#type, id);
        let found = self.state.one(caller.as_deref(), &key).await;
        let body = body::write(&*found.map_err(refused)?)?;
        Ok(Response::new(api::GetResponse { body }))
    }

    async fn list(
        &self,
        request: Request<api::ListRequest>,
    ) -> Result<Response<api::ListResponse>, Status> {
        let caller = caller_of(&request, &request.get_ref().r#type)?;
        runtime(request.metadata())?;
        let query = selectors(request.metadata())?;
        let request = request.get_ref();
        let found = self.state.many(
            caller.as_deref(),
            &request.namespace,
            &request.r#type,
            &query,
        );
        let found = found.await?;
        let (page, total) = find::page(found, request)?;
        let items: Result<_, Status> = page.iter().map(|one| body::write(one)).collect();
        Ok(Response::new(api::ListResponse {
            items: items?,
            total,
        }))
    }

    async fn create(
        &self,
        request: Request<api::CreateRequest>,
    ) -> Result<Response<api::CreateResponse>, Status> {
        let resource = &request.get_ref().resource;
        let metadata = resource
            .as_ref()
            .and_then(|resource| resource.metadata.as_ref());
        let eula = metadata
            .filter(|metadata| metadata.r#type == <kind::EulaAcceptance as omni_api::Kind>::TYPE);
        let open = eula.map(|metadata| metadata.r#type.clone());
        let caller = caller_of(&request, open.as_deref().unwrap_or_default())?;
        runtime(request.metadata())?;
        let resource = body::read(request.into_inner().resource, self.state.now())?;
        let created = self.state.create_one(caller.as_deref(), resource, "");
        created.await.map_err(refused)?;
        Ok(Response::new(api::CreateResponse {}))
    }

    async fn update(
        &self,
        request: Request<api::UpdateRequest>,
    ) -> Result<Response<api::UpdateResponse>, Status> {
        self.write(request).await?;
        Ok(Response::new(api::UpdateResponse {}))
    }

    async fn delete(
        &self,
        request: Request<api::DeleteRequest>,
    ) -> Result<Response<api::DeleteResponse>, Status> {
        runtime(request.metadata())?;
        let caller = caller::of(request.extensions());
        let key = key(request.get_ref());
        let gone = self.state.remove_one(caller.as_deref(), &key, "");
        gone.await.map_err(refused)?;
        Ok(Response::new(api::DeleteResponse {}))
    }

    async fn teardown(
        &self,
        request: Request<api::DeleteRequest>,
    ) -> Result<Response<api::DeleteResponse>, Status> {
        runtime(request.metadata())?;
        let caller = caller::of(request.extensions());
        let key = key(request.get_ref());
        let torn_down = self.state.teardown_one(caller.as_deref(), &key, "");
        torn_down.await.map_err(refused)?;
        Ok(Response::new(api::DeleteResponse {}))
    }

    async fn watch(
        &self,
        request: Request<api::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        runtime(request.metadata())?;
        let query = selectors(request.metadata())?;
        let caller = caller::of(request.extensions());
        let followed = self.follow(caller, request.get_ref(), query).await;
        followed.map(Response::new)
    }

    async fn controllers(
        &self,
        request: Request<api::ControllersRequest>,
    ) -> Result<Response<api::ControllersResponse>, Status> {
        admin(&request)?;
        let controllers = self.wiring.controllers();
        Ok(Response::new(api::ControllersResponse { controllers }))
    }

    async fn dependency_graph(
        &self,
        request: Request<api::DependencyGraphRequest>,
    ) -> Result<Response<api::DependencyGraphResponse>, Status> {
        admin(&request)?;
        let graph = self.wiring.graph(request.get_ref(), self.state.store());
        Ok(Response::new(graph))
    }
}

/// The caller; without a signature there is none, which is enough for what is public.
fn caller_of<T>(request: &Request<T>, type_name: &str) -> Result<Option<Arc<Caller>>, Status> {
    let caller = caller::of(request.extensions());
    let public = kind::find(type_name).is_some_and(|facts| facts.read == kind::Read::Public);
    if caller.is_none() && !public {
        return Err(Status::unauthenticated("invalid signature"));
    }
    Ok(caller)
}

fn admin<T>(request: &Request<T>) -> Result<(), Status> {
    let caller = caller::of(request.extensions());
    caller::with_role(caller.as_deref(), omni_api::Role::Admin).map(|_| ())
}

fn key(request: &api::DeleteRequest) -> Key {
    Key::new(&request.namespace, &request.r#type, &request.id)
}

/// Whose resources are meant: Omni's own are the only ones.
fn runtime(metadata: &MetadataMap) -> Result<(), Status> {
    match metadata
        .get("runtime")
        .and_then(|value| value.to_str().ok())
    {
        Some("Omni") => Ok(()),
        Some(other @ ("Talos" | "Kubernetes")) => Err(Status::unimplemented(format!(
            "the embedded plane cannot do this: no {other} runs on its emulated machines, so there are no resources of it"
        ))),
        _ => Err(Status::invalid_argument("missing runtime metadata")),
    }
}

/// The label selectors of the metadata; several are alternatives.
fn selectors(metadata: &MetadataMap) -> Result<Query, Status> {
    let mut all = selector::Selector::default();
    for text in metadata.get_all("selectors") {
        let text = text.to_str().unwrap_or_default();
        let query = selector::parse(text).map_err(|error| Status::unknown(error.to_string()))?;
        all.0.push(query);
    }
    Ok(Query::from(all))
}

/// Codes of this service: whatever conflicts with what is there counts as being there already.
fn refused(refusal: Refusal) -> Status {
    let error = match refusal {
        Refusal::Denied(status) => return status,
        Refusal::Store(error) => error,
    };
    let code = match error {
        StoreError::NotFound(_) => Code::NotFound,
        StoreError::Owner { .. } => Code::PermissionDenied,
        StoreError::Phase { .. } => Code::InvalidArgument,
        StoreError::AlreadyExists(_)
        | StoreError::Version { .. }
        | StoreError::Finalizers { .. } => Code::AlreadyExists,
        StoreError::OwnerSet(_) | StoreError::Refused(_) => Code::Unknown,
        StoreError::Damaged(..) | StoreError::NotDurable(_) => Code::Internal,
    };
    Status::new(code, error.to_string())
}
