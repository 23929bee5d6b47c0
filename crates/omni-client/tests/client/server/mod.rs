//! A small honest server in this process: COSI's rules over a map, signatures checked, connections that can be cut.

mod connections;
mod management;
mod media;
mod service;
mod signatures;
mod store;
mod watching;

use std::path::PathBuf;

use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use omni_api::cosi::state_server::StateServer;
use omni_api::management::management_service_server::ManagementServiceServer;
use omni_client::{Client, ClientBuilder, Endpoint, GeneratedKey, Jitter, RetryPolicy};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio_stream::wrappers::UnixListenerStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tonic::codec::CompressionEncoding;
use tonic::transport::Server;

pub(crate) use connections::Connections;
pub(crate) use media::Age;
pub(crate) use service::{Fault, Service};
pub(crate) use signatures::CheckSignatures;
pub(crate) use store::Store;

/// A running server on a socket of its own.
pub(crate) struct TestServer {
    pub(crate) store: Store,
    pub(crate) service: Service,
    pub(crate) key: GeneratedKey,
    managing: management::Managing,
    folder: TempDir,
    running: Option<(CancellationToken, AbortOnDropHandle<()>)>,
}

// === impl TestServer ===

impl TestServer {
    /// Starts a server with an empty store and one registered key.
    pub(crate) fn start() -> Self {
        let name = "automation".parse().expect("a name");
        let key = GeneratedKey::new(&name, SignedDuration::from_hours(1), Timestamp::now());
        let (store, connections) = (Store::new(), Connections::new());
        let mut server = Self {
            service: Service::new(store.clone(), connections.clone()),
            store,
            key: key.expect("a key"),
            managing: management::Managing::new(connections),
            folder: tempfile::tempdir().expect("a folder"),
            running: None,
        };
        server.resume();
        server
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    /// Listens (again) on the socket.
    pub(crate) fn resume(&mut self) {
        let _ = std::fs::remove_file(self.socket());
        let listener = UnixListener::bind(self.socket()).expect("a socket");
        let connections = self.service.connections.clone();
        let incoming =
            UnixListenerStream::new(listener).map(move |io| io.map(|io| connections.admit(io)));
        let service = StateServer::new(self.service.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip);
        let check = CheckSignatures {
            fingerprint: self.key.key.fingerprint().to_owned(),
            public: self.key.public.clone(),
        };
        let managing = ManagementServiceServer::new(self.managing.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip);
        let router = Server::builder()
            .layer(check)
            .add_service(service)
            .add_service(managing);
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let task = tokio::spawn(async move {
            let _ = router.serve_with_incoming_shutdown(incoming, stopped).await;
        });
        self.running = Some((stop, AbortOnDropHandle::new(task)));
    }

    /// Is gone: no listener, all connections cut.
    pub(crate) fn halt(&mut self) {
        self.running = None;
        let _ = std::fs::remove_file(self.socket());
        self.service.connections.cut();
    }

    /// The next change of accounts takes place and its answer is lost.
    pub(crate) fn lose_next_account_answer(&self) {
        self.managing.lose_next_answer();
    }

    /// From now on the server is an Omni of this age.
    pub(crate) fn become_of(&self, age: Age) {
        self.managing.become_of(age);
    }

    /// A description of a client of this server, with little patience.
    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder(Endpoint::unix(&self.socket()))
            .key(self.key.key.clone())
            .jitter(Jitter::seeded(1))
            .retry(quick())
    }

    /// A client of this server.
    pub(crate) fn client(&self) -> Client {
        self.builder().build().expect("a client")
    }
}

/// Waits that suit tests: short, and long enough in sum for a server that comes back.
pub(crate) fn quick() -> RetryPolicy {
    RetryPolicy {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(20),
        within: Duration::from_secs(20),
        within_first_contact: Duration::from_millis(100),
        conflicts: 5,
    }
}
