//! A provider for the tests of the wire: it manages nothing and answers what a test set up.
//!
//! It answers the schema, the configuration, one kind of apply that a test can hold back, and
//! StopProvider; every other call is refused as unimplemented.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::stream::BoxStream;
use prost::bytes::Bytes;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

use crate::proto;
use crate::proto::provider_server::Provider;

/// What the probe answers and what it saw; clones share it.
#[derive(Debug, Clone)]
pub struct Probe {
    schema: Arc<proto::get_provider_schema::Response>,
    seen: Arc<Seen>,
    release: Arc<Semaphore>,
}

/// What reached the probe.
#[derive(Debug)]
struct Seen {
    applies: Semaphore,
    configured_bytes: AtomicUsize,
}

impl Default for Probe {
    fn default() -> Self {
        Self::with_description(String::new())
    }
}

impl Probe {
    /// A probe whose provider schema carries this description.
    pub fn with_description(description: String) -> Self {
        let block = proto::schema::Block {
            description,
            ..Default::default()
        };
        let schema = proto::get_provider_schema::Response {
            provider: Some(proto::Schema {
                version: 0,
                block: Some(block),
            }),
            ..Default::default()
        };
        Self {
            schema: Arc::new(schema),
            seen: Arc::new(Seen {
                applies: Semaphore::new(0),
                configured_bytes: AtomicUsize::new(0),
            }),
            release: Arc::new(Semaphore::new(0)),
        }
    }

    /// Waits until this many more applies have arrived.
    pub async fn applies_arrived(&self, count: u32) {
        // The semaphore is never closed, so an error cannot happen and would mean the same.
        if let Ok(permits) = self.seen.applies.acquire_many(count).await {
            permits.forget();
        }
    }

    /// Lets this many applies answer that are held back or will come.
    pub fn release_applies(&self, count: usize) {
        self.release.add_permits(count);
    }

    /// How many bytes the last configuration had.
    pub fn configured_bytes(&self) -> usize {
        self.seen.configured_bytes.load(Ordering::SeqCst)
    }

    async fn hold_apply(
        &self,
        request: proto::apply_resource_change::Request,
    ) -> proto::apply_resource_change::Response {
        self.seen.applies.add_permits(1);
        if let Ok(permit) = self.release.acquire().await {
            permit.forget();
        }
        proto::apply_resource_change::Response {
            new_state: request.planned_state,
            ..Default::default()
        }
    }

    fn configure(&self, request: proto::configure_provider::Request) {
        let bytes = request
            .config
            .map_or_else(Bytes::new, |value| value.msgpack);
        self.seen
            .configured_bytes
            .store(bytes.len(), Ordering::SeqCst);
    }
}

/// Writes the implementation, with a refusal for each call that is named here.
macro_rules! probe {
    ($($call:ident: $request:ty => $response:ty;)*) => {
        #[tonic::async_trait]
        impl Provider for Probe {
            type ListResourceStream = BoxStream<'static, Result<proto::list_resource::Event, Status>>;
            type InvokeActionStream = BoxStream<'static, Result<proto::invoke_action::Event, Status>>;
            type ReadStateBytesStream =
                BoxStream<'static, Result<proto::read_state_bytes::Response, Status>>;

            async fn get_provider_schema(
                &self,
                _: Request<proto::get_provider_schema::Request>,
            ) -> Result<Response<proto::get_provider_schema::Response>, Status> {
                Ok(Response::new((*self.schema).clone()))
            }

            async fn configure_provider(
                &self,
                request: Request<proto::configure_provider::Request>,
            ) -> Result<Response<proto::configure_provider::Response>, Status> {
                self.configure(request.into_inner());
                Ok(Response::new(Default::default()))
            }

            async fn apply_resource_change(
                &self,
                request: Request<proto::apply_resource_change::Request>,
            ) -> Result<Response<proto::apply_resource_change::Response>, Status> {
                Ok(Response::new(self.hold_apply(request.into_inner()).await))
            }

            async fn stop_provider(
                &self,
                _: Request<proto::stop_provider::Request>,
            ) -> Result<Response<proto::stop_provider::Response>, Status> {
                Ok(Response::new(Default::default()))
            }

            $(
                async fn $call(&self, _: Request<$request>) -> Result<Response<$response>, Status> {
                    Err(Status::unimplemented("the probe does not answer this call"))
                }
            )*
        }
    };
}

probe! {
    get_metadata: proto::get_metadata::Request => proto::get_metadata::Response;
    get_resource_identity_schemas: proto::get_resource_identity_schemas::Request
        => proto::get_resource_identity_schemas::Response;
    validate_provider_config: proto::validate_provider_config::Request
        => proto::validate_provider_config::Response;
    validate_resource_config: proto::validate_resource_config::Request
        => proto::validate_resource_config::Response;
    validate_data_resource_config: proto::validate_data_resource_config::Request
        => proto::validate_data_resource_config::Response;
    upgrade_resource_state: proto::upgrade_resource_state::Request
        => proto::upgrade_resource_state::Response;
    upgrade_resource_identity: proto::upgrade_resource_identity::Request
        => proto::upgrade_resource_identity::Response;
    read_resource: proto::read_resource::Request => proto::read_resource::Response;
    plan_resource_change: proto::plan_resource_change::Request
        => proto::plan_resource_change::Response;
    import_resource_state: proto::import_resource_state::Request
        => proto::import_resource_state::Response;
    move_resource_state: proto::move_resource_state::Request
        => proto::move_resource_state::Response;
    read_data_source: proto::read_data_source::Request => proto::read_data_source::Response;
    generate_resource_config: proto::generate_resource_config::Request
        => proto::generate_resource_config::Response;
    validate_ephemeral_resource_config: proto::validate_ephemeral_resource_config::Request
        => proto::validate_ephemeral_resource_config::Response;
    open_ephemeral_resource: proto::open_ephemeral_resource::Request
        => proto::open_ephemeral_resource::Response;
    renew_ephemeral_resource: proto::renew_ephemeral_resource::Request
        => proto::renew_ephemeral_resource::Response;
    close_ephemeral_resource: proto::close_ephemeral_resource::Request
        => proto::close_ephemeral_resource::Response;
    list_resource: proto::list_resource::Request => Self::ListResourceStream;
    validate_list_resource_config: proto::validate_list_resource_config::Request
        => proto::validate_list_resource_config::Response;
    get_functions: proto::get_functions::Request => proto::get_functions::Response;
    call_function: proto::call_function::Request => proto::call_function::Response;
    validate_state_store_config: proto::validate_state_store::Request
        => proto::validate_state_store::Response;
    configure_state_store: proto::configure_state_store::Request
        => proto::configure_state_store::Response;
    read_state_bytes: proto::read_state_bytes::Request => Self::ReadStateBytesStream;
    write_state_bytes: tonic::Streaming<proto::write_state_bytes::RequestChunk>
        => proto::write_state_bytes::Response;
    lock_state: proto::lock_state::Request => proto::lock_state::Response;
    unlock_state: proto::unlock_state::Request => proto::unlock_state::Response;
    get_states: proto::get_states::Request => proto::get_states::Response;
    delete_state: proto::delete_state::Request => proto::delete_state::Response;
    plan_action: proto::plan_action::Request => proto::plan_action::Response;
    invoke_action: proto::invoke_action::Request => Self::InvokeActionStream;
    validate_action_config: proto::validate_action_config::Request
        => proto::validate_action_config::Response;
}
