//! A provider of which a test writes only the calls that it needs.
//!
//! [`Stub`] is the provider's interface with an answer to every call: that it is not implemented.
//! [`Stubbed`] makes a provider of it that can be served.

use futures::stream::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use crate::proto;
use crate::proto::provider_server::Provider;

/// The events of a call that answers with a stream.
pub type Events<T> = BoxStream<'static, Result<T, Status>>;

/// A [`Stub`] as a provider.
#[derive(Debug, Clone)]
pub struct Stubbed<S>(pub S);

/// Writes the interface with its default answers, and the provider made of it.
macro_rules! stub {
    ($($call:ident: $request:ty => $response:ty;)*) => {
        /// A provider that refuses each call which is not overridden.
        #[tonic::async_trait]
        pub trait Stub: Send + Sync + 'static {
            $(
                /// The call of that name in the protocol.
                ///
                /// # Errors
                /// A status instead of an answer; by default that the call is not implemented.
                async fn $call(&self, _request: $request) -> Result<$response, Status> {
                    Err(Status::unimplemented(stringify!($call)))
                }
            )*
        }

        #[tonic::async_trait]
        impl<S: Stub> Provider for Stubbed<S> {
            type ListResourceStream = Events<proto::list_resource::Event>;
            type InvokeActionStream = Events<proto::invoke_action::Event>;
            type ReadStateBytesStream = Events<proto::read_state_bytes::Response>;

            $(
                async fn $call(
                    &self,
                    request: Request<$request>,
                ) -> Result<Response<$response>, Status> {
                    self.0.$call(request.into_inner()).await.map(Response::new)
                }
            )*
        }
    };
}

stub! {
    get_provider_schema: proto::get_provider_schema::Request
        => proto::get_provider_schema::Response;
    configure_provider: proto::configure_provider::Request => proto::configure_provider::Response;
    apply_resource_change: proto::apply_resource_change::Request
        => proto::apply_resource_change::Response;
    stop_provider: proto::stop_provider::Request => proto::stop_provider::Response;
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
    list_resource: proto::list_resource::Request => Events<proto::list_resource::Event>;
    validate_list_resource_config: proto::validate_list_resource_config::Request
        => proto::validate_list_resource_config::Response;
    get_functions: proto::get_functions::Request => proto::get_functions::Response;
    call_function: proto::call_function::Request => proto::call_function::Response;
    validate_state_store_config: proto::validate_state_store::Request
        => proto::validate_state_store::Response;
    configure_state_store: proto::configure_state_store::Request
        => proto::configure_state_store::Response;
    read_state_bytes: proto::read_state_bytes::Request => Events<proto::read_state_bytes::Response>;
    write_state_bytes: Streaming<proto::write_state_bytes::RequestChunk>
        => proto::write_state_bytes::Response;
    lock_state: proto::lock_state::Request => proto::lock_state::Response;
    unlock_state: proto::unlock_state::Request => proto::unlock_state::Response;
    get_states: proto::get_states::Request => proto::get_states::Response;
    delete_state: proto::delete_state::Request => proto::delete_state::Response;
    plan_action: proto::plan_action::Request => proto::plan_action::Response;
    invoke_action: proto::invoke_action::Request => Events<proto::invoke_action::Event>;
    validate_action_config: proto::validate_action_config::Request
        => proto::validate_action_config::Response;
}
