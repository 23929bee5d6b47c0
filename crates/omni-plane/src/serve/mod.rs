//! Serving the plane on a socket.
//!
//! A Unix socket for the process that started the plane, TCP on loopback for other clients; never another address, as nothing here is encrypted.
//! Serving ends when its token is cancelled: watches end, calls in flight have a moment to finish. [`Connections`] counts who is connected, for the rule
//! that an idle plane ends by itself.

mod connections;
mod listen;
mod socket_file;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;

pub use connections::Connections;
pub use listen::{Address, Listener};
pub(crate) use socket_file::SocketFile;

/// Why the plane cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is not on this computer only.
    #[error("{0} is not a loopback address, and the plane speaks without encryption")]
    NotLoopback(std::net::SocketAddr),
    /// Somebody serves there already.
    #[error("{0} is in use")]
    InUse(Address),
    /// The socket cannot be bound.
    #[error("cannot listen on {address}")]
    Bind {
        /// Where.
        address: Address,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The server broke.
    #[error("serving failed")]
    Serve(#[from] tonic::transport::Error),
}

/// Serves `routes` on the listener until `stop` is cancelled and the calls in flight are done, or have had five seconds.
///
/// # Errors
/// [`ServeError::Serve`] when the transport breaks.
pub async fn serve(
    listener: Listener,
    routes: Routes,
    connections: Connections,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let incoming = listener.incoming(connections);
    let serving = Server::builder()
        // For those who ask for the REST gateway, and are told that there is none.
        .accept_http1(true)
        .max_concurrent_streams(None)
        .http2_max_header_list_size(HEADERS)
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, stop.clone().cancelled_owned());
    tokio::select! {
        served = serving => Ok(served?),
        () = too_long(&stop) => Ok(()),
    }
}

/// Resolves when calls have had their time to finish after the order to end.
async fn too_long(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(FINISH).await;
    tracing::warn!("calls are still in flight, serving ends without them");
}

/// How long calls in flight may take to finish after the order to end. One that waits for something may take for ever.
const FINISH: Duration = Duration::from_secs(5);

/// The signed payload repeats the headers of a call, node lists among them.
const HEADERS: u32 = 1 << 20;
