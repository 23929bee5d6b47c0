//! A gRPC channel to a provider's socket.

use std::io;
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use super::error::PluginError;
use crate::wire::connection::Connection;
use crate::wire::listener::Address;
use crate::wire::tls::SERVER_NAME;

/// Connects to a provider, encrypted where `tls` is given.
///
/// # Errors
/// [`PluginError::Connect`] where nobody listens or the provider refuses us.
pub async fn connect(
    address: &Address,
    tls: Option<Arc<ClientConfig>>,
) -> Result<Channel, PluginError> {
    let address = address.clone();
    let connector = service_fn(move |_: Uri| {
        let (address, tls) = (address.clone(), tls.clone());
        async move { dial(&address, tls).await.map(TokioIo::new) }
    });
    // The name in the address is never resolved, the connector knows where to go.
    let endpoint = Endpoint::from_static("http://localhost");
    Ok(endpoint.connect_with_connector(connector).await?)
}

async fn dial(address: &Address, tls: Option<Arc<ClientConfig>>) -> io::Result<Connection> {
    let raw = match address {
        #[cfg(unix)]
        Address::Unix(path) => Connection::new(tokio::net::UnixStream::connect(path).await?),
        #[cfg(not(unix))]
        Address::Unix(_) => return Err(io::ErrorKind::Unsupported.into()),
        Address::Tcp(address) => Connection::new(TcpStream::connect(address).await?),
    };
    let Some(tls) = tls else {
        return Ok(raw);
    };
    let name = ServerName::try_from(SERVER_NAME).map_err(io::Error::other)?;
    let encrypted = TlsConnector::from(tls).connect(name, raw).await?;
    Ok(Connection::new(encrypted))
}
