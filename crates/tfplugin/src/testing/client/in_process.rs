//! A provider in the same process, over memory.

use std::io;

use futures::StreamExt as _;
use hyper_util::rt::TokioIo;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Endpoint, Uri};
use tower::service_fn;

use super::error::PluginError;
use super::plugin::{Backing, Plugin};
use crate::proto::provider_server;
use crate::wire::connection::Connection;
use crate::wire::serve::answer;

/// How many bytes may be under way in each direction.
const BUFFER: usize = 64 << 10;

impl Plugin {
    /// Serves `provider` in a task of this process, with the same server as a binary has. The
    /// server ends with the returned value.
    ///
    /// # Errors
    /// [`PluginError::Connect`] where the first exchange fails.
    pub async fn in_process<P: provider_server::Provider>(
        provider: P,
    ) -> Result<Self, PluginError> {
        let (ours, theirs) = tokio::io::duplex(BUFFER);
        let stop = CancellationToken::new();
        // After its one connection the server waits for no other: the token ends it.
        let only = futures::stream::iter([Ok::<_, io::Error>(Connection::new(theirs))]);
        let connections = only.chain(futures::stream::pending());
        tokio::spawn(answer(provider, connections, stop.clone()));
        let mut ours = Some(ours);
        let connector = service_fn(move |_: Uri| {
            let taken = ours.take().ok_or(io::ErrorKind::ConnectionReset);
            async move { taken.map(TokioIo::new).map_err(io::Error::from) }
        });
        let endpoint = Endpoint::from_static("http://localhost");
        let channel = endpoint.connect_with_connector(connector).await?;
        Ok(Self::over(channel, Backing::Task(stop.drop_guard())))
    }
}
