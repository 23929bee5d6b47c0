//! From an endpoint to a byte stream: name, socket, TLS — each failure with its own name.

mod error;
mod findings;
mod sniff;
mod tls;

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::time::{Instant, timeout_at};

use crate::endpoint::{Address, Endpoint};

pub use error::{CertificateProblem, TransportError, TransportKind};
pub(crate) use findings::Findings;
pub use tls::{TlsError, TlsOptions, Trust};

use sniff::{Io, Sniff};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// Makes connections to one endpoint.
#[derive(Clone)]
pub(crate) struct Connector {
    endpoint: Arc<Endpoint>,
    tls: tls::Lazy,
    findings: Findings,
}

// === impl Connector ===

impl Connector {
    /// A connector that reports what it finds on the wire to `findings`.
    pub(crate) fn new(endpoint: Endpoint, tls: TlsOptions, findings: Findings) -> Self {
        Self {
            endpoint: Arc::new(endpoint),
            tls: tls::Lazy::new(tls),
            findings,
        }
    }

    async fn connect(self) -> Result<Sniff, TransportError> {
        let kind = match self.endpoint.address() {
            Address::Unix(path) => self.unix(path).await,
            Address::Tcp { host, port, tls } => self.tcp(host, *port, *tls).await,
        };
        kind.map_err(|kind| TransportError {
            endpoint: self.endpoint.to_string(),
            kind,
        })
    }

    async fn unix(&self, path: &Path) -> Result<Sniff, TransportKind> {
        let stream = UnixStream::connect(path)
            .await
            .map_err(|error| socket(&error))?;
        Ok(Sniff::new(Io::Unix(stream), self.findings.clone(), false))
    }

    async fn tcp(&self, host: &str, port: u16, tls: bool) -> Result<Sniff, TransportKind> {
        let end = Instant::now() + CONNECT;
        let late = |_| TransportKind::ConnectTimeout(CONNECT);
        let stream = timeout_at(end, dial(host, port)).await.map_err(late)??;
        // Requests are small and wait for their answers; Nagle's delay would add to each.
        let _ = stream.set_nodelay(true);
        if !tls {
            return Ok(Sniff::new(Io::Tcp(stream), self.findings.clone(), true));
        }
        let handshake = self.tls.handshake(host, stream);
        let stream = timeout_at(end, handshake).await.map_err(late)??;
        Ok(Sniff::new(
            Io::Tls(Box::new(stream)),
            self.findings.clone(),
            false,
        ))
    }
}

impl tower::Service<Uri> for Connector {
    type Response = TokioIo<Sniff>;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move { connector.connect().await.map(TokioIo::new) })
    }
}

/// Resolves the name and tries its addresses in the resolver's order.
async fn dial(host: &str, port: u16) -> Result<TcpStream, TransportKind> {
    let dns = |reason: String| TransportKind::Dns {
        host: host.to_owned(),
        reason,
    };
    let addresses = lookup_host((host, port))
        .await
        .map_err(|error| dns(error.to_string()))?;
    let mut last = dns("it has no address".to_owned());
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = socket(&error),
        }
    }
    Err(last)
}

/// What the system's refusal means.
fn socket(error: &io::Error) -> TransportKind {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => TransportKind::Refused,
        io::ErrorKind::NotFound => TransportKind::NoSocket,
        _ => TransportKind::Unreachable(error.to_string()),
    }
}
