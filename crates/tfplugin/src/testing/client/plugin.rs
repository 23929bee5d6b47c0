//! A provider that is connected and answers.

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use futures::stream;
use tokio::task::JoinSet;
use tokio_util::sync::DropGuard;
use tonic::transport::Channel;

use super::certificate::ClientIdentity;
use super::channel::connect;
use super::child::{Child, Launch};
use super::error::PluginError;
use crate::proto::plugin::Empty;
use crate::proto::plugin::grpc_broker_client::GrpcBrokerClient;
use crate::proto::plugin::grpc_controller_client::GrpcControllerClient;
use crate::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use crate::proto::provider_client::ProviderClient;

/// How long a core waits for the end of a provider before it kills it.
const PATIENCE: Duration = Duration::from_secs(2);

/// The typed client of a provider.
pub type Provider = ProviderClient<Channel>;

/// A connection to a provider, with its process where it has one of its own.
#[derive(Debug)]
pub struct Plugin {
    channel: Channel,
    streams: JoinSet<()>,
    backing: Backing,
}

/// What runs the provider; dropping it ends the provider.
#[derive(Debug)]
pub(super) enum Backing {
    /// A process of its own.
    Process(Box<Child>),
    /// A task of this process.
    Task(#[expect(dead_code, reason = "dropped to stop the server")] DropGuard),
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to standard output after the handshake line; must be nothing.
    pub stdout: Vec<String>,
    /// What it wrote to standard error.
    pub stderr: Vec<String>,
}

impl Plugin {
    /// Starts a binary with mutual TLS, as a core does by default.
    ///
    /// # Errors
    /// [`PluginError`] where the handshake or the connection fails.
    pub async fn start(launch: &Launch) -> Result<Self, PluginError> {
        let identity = ClientIdentity::generate()?;
        let mut child = launch.start(Some(&identity))?;
        let line = child.handshake().await?;
        let tls = line
            .certificate
            .map(|server| identity.client_config(server).map(Arc::new))
            .transpose()?;
        let channel = connect(&line.address, tls).await?;
        Ok(Self::over(channel, Backing::Process(Box::new(child))))
    }

    /// Uses a connection that exists, and opens the streams that a core opens at once.
    pub(super) fn over(channel: Channel, backing: Backing) -> Self {
        let mut streams = JoinSet::new();
        streams.spawn(keep_broker(GrpcBrokerClient::new(channel.clone())));
        streams.spawn(keep_stdio(GrpcStdioClient::new(channel.clone())));
        Self {
            channel,
            streams,
            backing,
        }
    }

    /// The client of the provider. As in a core, only the size of the schema is limited there.
    pub fn provider(&self) -> Provider {
        ProviderClient::new(self.channel.clone())
            .max_decoding_message_size(usize::MAX)
            .max_encoding_message_size(usize::MAX)
    }

    /// The connection, for the services beside the provider.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The process, where the provider has one of its own.
    pub fn child(&self) -> Option<&Child> {
        match &self.backing {
            Backing::Process(child) => Some(child),
            Backing::Task(_) => None,
        }
    }

    /// Orders the end as a core does, and waits for it where there is a process.
    ///
    /// # Errors
    /// [`PluginError::Call`] where the order is not answered, [`PluginError::StillRunning`] where
    /// a core would have to kill.
    pub async fn shut_down(mut self) -> Result<Option<Ended>, PluginError> {
        let mut controller = GrpcControllerClient::new(self.channel.clone());
        controller.shutdown(Empty {}).await?;
        self.streams.shutdown().await;
        drop(self.channel);
        let Backing::Process(mut child) = self.backing else {
            return Ok(None);
        };
        let (status, stdout) = child.ended(PATIENCE).await?;
        Ok(Some(Ended {
            status,
            stdout,
            stderr: child.stderr(),
        }))
    }
}

async fn keep_broker(mut broker: GrpcBrokerClient<Channel>) {
    if let Ok(answers) = broker.start_stream(stream::pending()).await {
        let mut answers = answers.into_inner();
        while let Ok(Some(_)) = answers.message().await {}
    }
}

async fn keep_stdio(mut stdio: GrpcStdioClient<Channel>) {
    if let Ok(answers) = stdio.stream_stdio(()).await {
        let mut answers = answers.into_inner();
        while let Ok(Some(_)) = answers.message().await {}
    }
}
