//! The services beside the provider that a plugin host expects on the same connection.
//!
//! [`Controller`] ends the process, [`Stdio`] and [`Broker`] are streams that a host opens at once
//! and keeps. All hold the same token: once it is cancelled the streams end, so that they do not
//! keep the connection open. Nothing is ever sent on them: our standard streams are not
//! redirected, and a provider opens no further connections.

use std::pin::Pin;

use futures::{Stream, StreamExt as _, stream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use crate::proto::plugin::grpc_broker_server::GrpcBroker;
use crate::proto::plugin::grpc_controller_server::GrpcController;
use crate::proto::plugin::grpc_stdio_server::GrpcStdio;
use crate::proto::plugin::{ConnInfo, Empty, StdioData};

/// A stream of answers that a host keeps open.
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Ends the server when the host says so.
#[derive(Debug, Clone)]
pub struct Controller {
    stop: CancellationToken,
}

/// The host's view of our standard streams: open and silent.
#[derive(Debug, Clone)]
pub struct Stdio {
    stop: CancellationToken,
}

/// Takes what the host offers and offers nothing.
#[derive(Debug, Clone)]
pub struct Broker {
    stop: CancellationToken,
}

impl Controller {
    /// Cancels `stop` on the host's order.
    pub fn new(stop: CancellationToken) -> Self {
        Self { stop }
    }
}

impl Stdio {
    /// Keeps the stream open until `stop` is cancelled.
    pub fn new(stop: CancellationToken) -> Self {
        Self { stop }
    }
}

impl Broker {
    /// Keeps the stream open until `stop` is cancelled or the host closes its half.
    pub fn new(stop: CancellationToken) -> Self {
        Self { stop }
    }
}

#[tonic::async_trait]
impl GrpcController for Controller {
    /// The answer is still delivered: a graceful stop waits for the calls under way, this one too.
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("the core ends this provider");
        self.stop.cancel();
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    type StreamStdioStream = Answers<StdioData>;

    async fn stream_stdio(
        &self,
        _: Request<()>,
    ) -> Result<Response<Self::StreamStdioStream>, Status> {
        let open = stream::pending().take_until(self.stop.clone().cancelled_owned());
        Ok(Response::new(open.boxed()))
    }
}

#[tonic::async_trait]
impl GrpcBroker for Broker {
    type StartStreamStream = Answers<ConnInfo>;

    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        let silent = request
            .into_inner()
            .take_while(|offered| std::future::ready(offered.is_ok()))
            .filter_map(|_| std::future::ready(None))
            .take_until(self.stop.clone().cancelled_owned());
        Ok(Response::new(silent.boxed()))
    }
}
