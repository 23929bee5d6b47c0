//! From an endpoint to a byte stream: name, socket, TLS — each failure with its own name.

mod dial;
mod error;
mod findings;
mod proxy;
mod sniff;
mod tls;

use std::future::Future;
#[cfg(unix)]
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::rt::TokioIo;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout_at};

use crate::endpoint::{Address, Endpoint};

pub use error::{CertificateProblem, TransportError, TransportKind};
pub(crate) use findings::Findings;
pub use proxy::Proxy;
pub use tls::{TlsError, TlsOptions, Trust};

use sniff::{Io, Sniff};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// Makes connections to one endpoint.
#[derive(Clone)]
pub(crate) struct Connector {
    endpoint: Arc<Endpoint>,
    tls: tls::Lazy,
    proxy: Proxy,
    findings: Findings,
}

// === impl Connector ===

impl Connector {
    /// A connector that reports what it finds on the wire to `findings`.
    pub(crate) fn new(
        endpoint: Endpoint,
        tls: TlsOptions,
        proxy: Proxy,
        findings: Findings,
    ) -> Self {
        Self {
            endpoint: Arc::new(endpoint),
            tls: tls::Lazy::new(tls),
            proxy,
            findings,
        }
    }

    async fn connect(self) -> Result<Sniff, TransportError> {
        let kind = match self.endpoint.address() {
            #[cfg(unix)]
            Address::Unix(path) => self.unix(path).await,
            #[cfg(not(unix))]
            Address::Unix(_) => Err(TransportKind::Unreachable(
                "this system has no Unix sockets".to_owned(),
            )),
            Address::Tcp { host, port, tls } => self.tcp(host, *port, *tls).await,
        };
        kind.map_err(|kind| TransportError {
            endpoint: self.endpoint.to_string(),
            kind,
        })
    }

    #[cfg(unix)]
    async fn unix(&self, path: &Path) -> Result<Sniff, TransportKind> {
        let stream = UnixStream::connect(path)
            .await
            .map_err(|error| dial::meaning(&error))?;
        Ok(Sniff::new(Io::Unix(stream), self.findings.clone(), false))
    }

    async fn tcp(&self, host: &str, port: u16, tls: bool) -> Result<Sniff, TransportKind> {
        let end = Instant::now() + CONNECT;
        let late = |_| TransportKind::ConnectTimeout(CONNECT);
        let stream = timeout_at(end, self.proxy.dial(host, port))
            .await
            .map_err(late)??;
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
