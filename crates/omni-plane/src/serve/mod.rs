//! Serving the plane on a socket.
//!
//! A Unix socket for the process that started the plane, TCP on loopback for other clients; never another address, as nothing here is encrypted.
//! Serving ends when its token is cancelled: watches end, calls in flight finish. [`Connections`] counts who is connected, for the rule
//! that an idle plane ends by itself.

mod connections;
mod listen;
mod socket_file;

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

/// Serves `routes` on the listener until `stop` is cancelled and the calls in flight are done.
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
    Server::builder()
        .max_concurrent_streams(None)
        .http2_max_header_list_size(HEADERS)
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, stop.cancelled_owned())
        .await?;
    Ok(())
}

/// The signed payload repeats the headers of a call, node lists among them.
const HEADERS: u32 = 1 << 20;
