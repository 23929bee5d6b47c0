//! Every call of the protocol, each handed to the part of the server that answers it.
//!
//! A call that waits becomes a task of its own: where core gives up on it, the work still comes to its end and only the
//! waiting in it is cut short.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use futures::stream::BoxStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming, async_trait};

use super::Service;
use super::panics::guarded_now;
use super::shared::Shared;
use crate::objects::Provider;
use crate::proto::tfplugin6 as pb;
use crate::proto::tfplugin6::provider_server;

/// What a call answers.
type Answer<T> = Result<Response<T>, Status>;

impl<P: Provider> Service<P> {
    /// Runs a call to its end, whatever becomes of the connection.
    async fn run<Q, A, F>(
        &self,
        request: Request<Q>,
        call: fn(Arc<Shared<P>>, CancellationToken, Q) -> F,
    ) -> Answer<A>
    where
        A: Send + 'static,
        F: Future<Output = A> + Send + 'static,
    {
        let cancel = self.shared.calls.token();
        let given_up = cancel.clone().drop_guard();
        let answer = to_its_end(call(Arc::clone(&self.shared), cancel, request.into_inner())).await;
        given_up.disarm();
        answer.map(Response::new)
    }
}

/// The answer of a call: from memory, or as a task of its own once it waits. A panic of it is a status.
async fn to_its_end<A: Send + 'static>(
    call: impl Future<Output = A> + Send + 'static,
) -> Result<A, Status> {
    let mut work = Box::pin(call);
    // Most calls are answered without a wait: a task for each would cost more than their work.
    let first = poll_fn(|context| Poll::Ready(guarded_now(|| work.as_mut().poll(context)))).await;
    let answer = match first {
        Ok(Poll::Ready(answer)) => Ok(answer),
        Ok(Poll::Pending) => tokio::spawn(work).await.map_err(|error| error.to_string()),
        Err(panicked) => Err(panicked.to_string()),
    };
    answer.map_err(|why| Status::internal(format!("the call did not end: {why}")))
}

fn no_state_stores<T>() -> Answer<T> {
    Err(Status::unimplemented(
        "this provider does not offer state stores",
    ))
}

#[async_trait]
impl<P: Provider> provider_server::Provider for Service<P> {
    type ListResourceStream = BoxStream<'static, Result<pb::list_resource::Event, Status>>;
    type InvokeActionStream = BoxStream<'static, Result<pb::invoke_action::Event, Status>>;
    type ReadStateBytesStream = BoxStream<'static, Result<pb::read_state_bytes::Response, Status>>;

    async fn get_metadata(
        &self,
        _: Request<pb::get_metadata::Request>,
    ) -> Answer<pb::get_metadata::Response> {
        Ok(Response::new(self.shared.metadata()))
    }

    async fn get_provider_schema(
        &self,
        _: Request<pb::get_provider_schema::Request>,
    ) -> Answer<pb::get_provider_schema::Response> {
        Ok(Response::new(self.shared.provider_schema()))
    }

    async fn get_functions(
        &self,
        _: Request<pb::get_functions::Request>,
    ) -> Answer<pb::get_functions::Response> {
        Ok(Response::new(self.shared.function_list()))
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<pb::get_resource_identity_schemas::Request>,
    ) -> Answer<pb::get_resource_identity_schemas::Response> {
        Ok(Response::new(self.shared.identity_schemas()))
    }

    async fn validate_provider_config(
        &self,
        request: Request<pb::validate_provider_config::Request>,
    ) -> Answer<pb::validate_provider_config::Response> {
        Ok(Response::new(
            self.shared.validate_provider(&request.into_inner()),
        ))
    }

    async fn validate_resource_config(
        &self,
        request: Request<pb::validate_resource_config::Request>,
    ) -> Answer<pb::validate_resource_config::Response> {
        Ok(Response::new(
            self.shared.validate_resource(&request.into_inner()),
        ))
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<pb::validate_data_resource_config::Request>,
    ) -> Answer<pb::validate_data_resource_config::Response> {
        Ok(Response::new(
            self.shared.validate_data_source(&request.into_inner()),
        ))
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<pb::validate_ephemeral_resource_config::Request>,
    ) -> Answer<pb::validate_ephemeral_resource_config::Response> {
        Ok(Response::new(
            self.shared.validate_ephemeral(&request.into_inner()),
        ))
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<pb::validate_list_resource_config::Request>,
    ) -> Answer<pb::validate_list_resource_config::Response> {
        Ok(Response::new(
            self.shared.validate_list(&request.into_inner()),
        ))
    }

    async fn validate_action_config(
        &self,
        request: Request<pb::validate_action_config::Request>,
    ) -> Answer<pb::validate_action_config::Response> {
        Ok(Response::new(
            self.shared.validate_action(&request.into_inner()),
        ))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<pb::upgrade_resource_state::Request>,
    ) -> Answer<pb::upgrade_resource_state::Response> {
        Ok(Response::new(
            self.shared.upgrade_state(&request.into_inner()),
        ))
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<pb::upgrade_resource_identity::Request>,
    ) -> Answer<pb::upgrade_resource_identity::Response> {
        Ok(Response::new(
            self.shared.upgrade_identity(&request.into_inner()),
        ))
    }

    async fn move_resource_state(
        &self,
        request: Request<pb::move_resource_state::Request>,
    ) -> Answer<pb::move_resource_state::Response> {
        Ok(Response::new(self.shared.move_state(&request.into_inner())))
    }

    async fn generate_resource_config(
        &self,
        request: Request<pb::generate_resource_config::Request>,
    ) -> Answer<pb::generate_resource_config::Response> {
        Ok(Response::new(self.shared.generate(&request.into_inner())))
    }

    async fn call_function(
        &self,
        request: Request<pb::call_function::Request>,
    ) -> Answer<pb::call_function::Response> {
        Ok(Response::new(
            self.shared.call_function(&request.into_inner()),
        ))
    }

    async fn configure_provider(
        &self,
        request: Request<pb::configure_provider::Request>,
    ) -> Answer<pb::configure_provider::Response> {
        self.run(request, |shared, cancel, q| async move {
            shared.configure(cancel, q).await
        })
        .await
    }

    async fn read_resource(
        &self,
        request: Request<pb::read_resource::Request>,
    ) -> Answer<pb::read_resource::Response> {
        self.run(request, |shared, cancel, q| async move {
            shared.read(cancel, q).await
        })
        .await
    }

    async fn plan_resource_change(
        &self,
        request: Request<pb::plan_resource_change::Request>,
    ) -> Answer<pb::plan_resource_change::Response> {
        self.run(request, |shared, cancel, q| async move {
            shared.plan(cancel, q).await
        })
        .await
    }

    async fn apply_resource_change(
        &self,
        request: Request<pb::apply_resource_change::Request>,
    ) -> Answer<pb::apply_resource_change::Response> {
        self.run(request, |shared, cancel, q| async move {
            shared.apply(cancel, q).await
        })
        .await
    }

    async fn import_resource_state(
        &self,
        request: Request<pb::import_resource_state::Request>,
    ) -> Answer<pb::import_resource_state::Response> {
        self.run(request, |shared, cancel, q| async move {
            shared.import(cancel, q).await
        })
        .await
    }

    async fn read_data_source(
        &self,
        request: Request<pb::read_data_source::Request>,
    ) -> Answer<pb::read_data_source::Response> {
        self.run(request, |shared, cancel, q| async move {
            shared.read_data(cancel, q).await
        })
        .await
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<pb::open_ephemeral_resource::Request>,
    ) -> Answer<pb::open_ephemeral_resource::Response> {
        self.run(request, |shared, cancel, q| async move {
            shared.open(cancel, q).await
        })
        .await
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<pb::renew_ephemeral_resource::Request>,
    ) -> Answer<pb::renew_ephemeral_resource::Response> {
        self.run(request, |shared, cancel, q| async move {
            shared.renew(cancel, q).await
        })
        .await
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<pb::close_ephemeral_resource::Request>,
    ) -> Answer<pb::close_ephemeral_resource::Response> {
        self.run(request, |shared, cancel, q| async move {
            shared.close(cancel, q).await
        })
        .await
    }

    async fn plan_action(
        &self,
        request: Request<pb::plan_action::Request>,
    ) -> Answer<pb::plan_action::Response> {
        self.run(request, |shared, cancel, q| async move {
            shared.plan_action(cancel, q).await
        })
        .await
    }

    async fn list_resource(
        &self,
        request: Request<pb::list_resource::Request>,
    ) -> Answer<Self::ListResourceStream> {
        Ok(Response::new(
            Arc::clone(&self.shared).start_list(request.into_inner()),
        ))
    }

    async fn invoke_action(
        &self,
        request: Request<pb::invoke_action::Request>,
    ) -> Answer<Self::InvokeActionStream> {
        Ok(Response::new(
            Arc::clone(&self.shared).start_action(request.into_inner()),
        ))
    }

    async fn stop_provider(
        &self,
        _: Request<pb::stop_provider::Request>,
    ) -> Answer<pb::stop_provider::Response> {
        self.shared.calls.stop();
        Ok(Response::new(pb::stop_provider::Response::default()))
    }

    async fn validate_state_store_config(
        &self,
        _: Request<pb::validate_state_store::Request>,
    ) -> Answer<pb::validate_state_store::Response> {
        no_state_stores()
    }

    async fn configure_state_store(
        &self,
        _: Request<pb::configure_state_store::Request>,
    ) -> Answer<pb::configure_state_store::Response> {
        no_state_stores()
    }

    async fn read_state_bytes(
        &self,
        _: Request<pb::read_state_bytes::Request>,
    ) -> Answer<Self::ReadStateBytesStream> {
        no_state_stores()
    }

    async fn write_state_bytes(
        &self,
        _: Request<Streaming<pb::write_state_bytes::RequestChunk>>,
    ) -> Answer<pb::write_state_bytes::Response> {
        no_state_stores()
    }

    async fn lock_state(
        &self,
        _: Request<pb::lock_state::Request>,
    ) -> Answer<pb::lock_state::Response> {
        no_state_stores()
    }

    async fn unlock_state(
        &self,
        _: Request<pb::unlock_state::Request>,
    ) -> Answer<pb::unlock_state::Response> {
        no_state_stores()
    }

    async fn get_states(
        &self,
        _: Request<pb::get_states::Request>,
    ) -> Answer<pb::get_states::Response> {
        no_state_stores()
    }

    async fn delete_state(
        &self,
        _: Request<pb::delete_state::Request>,
    ) -> Answer<pb::delete_state::Response> {
        no_state_stores()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_panics_is_answered_whether_it_waited_before_or_not() {
        for waits in [false, true] {
            let answer = to_its_end(async move {
                if waits {
                    tokio::task::yield_now().await;
                }
                assert!(std::hint::black_box(false), "the sky fell");
            });
            let status = answer.await.unwrap_err();
            assert_eq!(status.code(), tonic::Code::Internal);
            let text = status.message();
            assert!(text.contains("the call did not end"), "{text}");
            assert!(text.contains("the sky fell"), "{text}");
        }
    }
}
