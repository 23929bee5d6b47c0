//! The server: the provider and the services beside it, until the core ends it.
//!
//! [`serve`] is the whole life of a plugin process. Its parts, [`Server`] and [`answer`], are for
//! those who announce themselves in another way. A server that is told to stop accepts nothing
//! new, lets the calls under way answer, and returns; its socket is then gone. [`serve`] bounds
//! that wait.

use std::io::{self, Write as _};
use std::time::Duration;

use futures::Stream;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;

use super::connection::Connection;
use super::handshake::{CoreRequest, PROTOCOL_VERSION};
use super::host::Host;
use super::incoming::Incoming;
use super::listener::{Address, ListenError, Listener};
use super::services::{Broker, Controller, Stdio};
use super::signals::Signals;
use super::tls::{ServerTls, TlsError};
use crate::proto::plugin::grpc_broker_server::GrpcBrokerServer;
use crate::proto::plugin::grpc_controller_server::GrpcControllerServer;
use crate::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use crate::proto::provider_server::{Provider, ProviderServer};

/// The largest message in either direction, in bytes: what providers written in Go accept.
pub const MESSAGE_LIMIT: usize = 256 << 20;
/// How long calls under way may still answer after the core's order. A core kills after 2 s.
const DRAIN_AFTER_SHUTDOWN: Duration = Duration::from_millis(1500);
/// The same after a signal: nobody waits for us then, and an answer carries state.
const DRAIN_AFTER_ORDER: Duration = Duration::from_secs(10);
/// The service whose health a plugin host asks for.
const HEALTH_SERVICE: &str = "plugin";

/// A socket that a core can be told about, not yet served.
#[derive(Debug)]
pub struct Server {
    listener: Listener,
    tls: Option<ServerTls>,
    host: Host,
}

/// Why a provider could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// No socket.
    #[error("cannot open the socket for Terraform")]
    Listen(#[from] ListenError),
    /// No encryption.
    #[error("cannot prepare the encrypted connection to Terraform")]
    Tls(#[from] TlsError),
    /// The handshake line could not be written: the core is gone.
    #[error("cannot write the handshake line to standard output")]
    Announce(#[source] io::Error),
    /// The signals of the process could not be taken over.
    #[error("cannot take over the signals of the process")]
    Signals(#[source] io::Error),
    /// The server ended by itself.
    #[error("the connection to Terraform broke")]
    Transport(#[from] tonic::transport::Error),
}

/// Serves a provider to the core that started this process, until it says so, SIGTERM comes, or
/// the core is gone.
///
/// `stop` is cancelled when the end begins; a provider that holds a clone can shorten its calls.
/// Cancelling it from outside ends the server too. Must be called inside a tokio runtime.
///
/// # Errors
/// [`ServeError`] where the core cannot be given a connection.
pub async fn serve<P: Provider>(
    provider: P,
    request: &CoreRequest,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let signals = Signals::take_over().map_err(ServeError::Signals)?;
    let server = Server::bind(request)?;
    announce(&server.handshake_line(request)).map_err(ServeError::Announce)?;
    if !request.offers_our_version() {
        tracing::error!(ours = PROTOCOL_VERSION, offered = ?request.protocol_versions,
            "the core does not speak our protocol version");
    }
    let host = server.host.clone();
    let answering = server.run(provider, stop.clone());
    let order = async {
        tokio::select! {
            () = signals.order_to_end() => tracing::info!("ended by SIGTERM"),
            () = host.gone() => tracing::info!("ended, since the core is gone"),
        }
    };
    until_told(answering, stop, order).await
}

/// Runs a server until it ends, is stopped, or `order` arrives; then bounds its last calls.
pub(super) async fn until_told(
    served: impl Future<Output = Result<(), ServeError>>,
    stop: CancellationToken,
    order: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let mut served = std::pin::pin!(served);
    let drain = tokio::select! {
        result = &mut served => return result,
        () = stop.cancelled() => DRAIN_AFTER_SHUTDOWN,
        () = order => {
            stop.cancel();
            DRAIN_AFTER_ORDER
        }
    };
    let drained = tokio::time::timeout(drain, served).await;
    drained.unwrap_or_else(|_| {
        tracing::warn!("calls under way did not end in time, their answers are lost");
        Ok(())
    })
}

impl Server {
    /// Opens the socket and makes our certificate where the core announced one of its own.
    ///
    /// # Errors
    /// [`ServeError::Listen`] or [`ServeError::Tls`]. Must be called inside a tokio runtime.
    pub fn bind(request: &CoreRequest) -> Result<Self, ServeError> {
        let tls = request.client_certificate.clone();
        Ok(Self {
            listener: Listener::bind(request)?,
            tls: tls.map(ServerTls::pinned_to).transpose()?,
            host: Host::awaited(),
        })
    }

    /// Where the core must connect to.
    pub fn address(&self) -> &Address {
        self.listener.address()
    }

    /// The line by which the core that made `request` finds us.
    pub fn handshake_line(&self, request: &CoreRequest) -> String {
        let own = self.tls.as_ref().map(ServerTls::certificate);
        request.handshake_line(self.address(), own)
    }

    /// Answers calls until `stop` is cancelled, as [`answer`] does.
    ///
    /// # Errors
    /// [`ServeError::Transport`] where the server ends by itself.
    pub async fn run<P: Provider>(
        mut self,
        provider: P,
        stop: CancellationToken,
    ) -> Result<(), ServeError> {
        // The listener goes into a task, which may outlive a runtime that is shut down in a hurry.
        let _removed_at_the_end = self.listener.take_place();
        let tls = self.tls.map(|tls| tls.acceptor().clone());
        answer(
            provider,
            Incoming::start(self.listener, tls, self.host),
            stop,
        )
        .await
    }
}

/// Answers calls on the given connections until `stop` is cancelled, by the core's order or from
/// outside. Then waits for the calls under way, however long they take.
///
/// # Errors
/// [`ServeError::Transport`] where the server ends by itself.
pub async fn answer<P: Provider>(
    provider: P,
    connections: impl Stream<Item = io::Result<Connection>>,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let (mut health, health_service) = tonic_health::server::health_reporter();
    health
        .set_service_status(HEALTH_SERVICE, ServingStatus::Serving)
        .await;
    let provider = ProviderServer::new(provider)
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT);
    let services = tonic::transport::Server::builder()
        .add_service(provider)
        .add_service(GrpcControllerServer::new(Controller::new(stop.clone())))
        .add_service(GrpcStdioServer::new(Stdio::new(stop.clone())))
        .add_service(GrpcBrokerServer::new(Broker::new(stop.clone())))
        .add_service(health_service);
    let told = async {
        stop.cancelled().await;
        // Who watches our health would otherwise keep the connection open.
        health.clear_service_status(HEALTH_SERVICE).await;
        health.clear_service_status("").await;
    };
    services
        .serve_with_incoming_shutdown(connections, told)
        .await?;
    Ok(())
}

/// Writes the one line that the core waits for.
fn announce(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}
