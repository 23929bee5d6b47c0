//! The connections that a server may answer: accepted, and under TLS also proven to be the core's.
//!
//! Each TLS handshake runs in a task of its own, so that a client which connects and says nothing
//! holds up nobody. A refused client is logged and dropped; the stream goes on. Dropping the
//! stream closes the socket and ends the handshakes under way.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::connection::Connection;
use super::host::Host;
use super::listener::Listener;

/// How many proven connections may wait for the server. A core opens one.
const BACKLOG: usize = 8;
/// Rest after a failed accept: the usual cause is a lack of open files, which passes.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// A stream of connections, fed by a task that ends with it.
pub(super) struct Incoming {
    connections: mpsc::Receiver<Connection>,
    _accepting: JoinSet<()>,
}

/// What each connection passes.
#[derive(Clone)]
struct Door {
    tls: Option<TlsAcceptor>,
    host: Host,
}

impl Incoming {
    /// Begins to accept; must be called inside a tokio runtime.
    pub(super) fn start(listener: Listener, tls: Option<TlsAcceptor>, host: Host) -> Self {
        let (sender, connections) = mpsc::channel(BACKLOG);
        let mut accepting = JoinSet::new();
        accepting.spawn(accept_all(listener, Door { tls, host }, sender));
        Self {
            connections,
            _accepting: accepting,
        }
    }
}

impl Stream for Incoming {
    type Item = io::Result<Connection>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.connections.poll_recv(cx).map(|next| next.map(Ok))
    }
}

async fn accept_all(listener: Listener, door: Door, connections: mpsc::Sender<Connection>) {
    let mut handshakes = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(raw) => {
                    handshakes.spawn(admit(raw, door.clone(), connections.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            },
            Some(_) = handshakes.join_next() => {}
        }
    }
}

/// Hands the connection to the server once the other side is known to be the core.
async fn admit(raw: Connection, door: Door, connections: mpsc::Sender<Connection>) {
    let proven = match door.tls {
        None => raw,
        Some(tls) => match tls.accept(raw).await {
            Ok(encrypted) => Connection::new(encrypted),
            Err(error) => {
                tracing::warn!(%error, "refused a connection that is not the core's");
                return;
            }
        },
    };
    // The receiver is gone when the server stops; then the connection is dropped with it.
    let _ = connections.send(door.host.counted(proven)).await;
}
