//! Who may connect: the core that announced its certificate, and nobody else.
#![cfg(unix)]

use std::sync::Arc;

use rustls::ClientConfig;
use tempfile::TempDir;
use tfplugin::proto::get_provider_schema;
use tfplugin::proto::provider_client::ProviderClient;
use tfplugin::testing::client::{ClientIdentity, HandshakeLine, PluginError, connect};
use tfplugin::testing::probe::Probe;
use tfplugin::testing::stub::Stubbed;
use tfplugin::wire::handshake::CoreRequest;
use tfplugin::wire::serve::Server;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A server that is pinned to `core`, and what it says about itself.
struct Pinned {
    core: ClientIdentity,
    line: HandshakeLine,
    _stop: DropGuard,
    _dir: TempDir,
}

impl Pinned {
    fn start() -> Self {
        let core = ClientIdentity::generate().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let request = CoreRequest {
            client_certificate: Some(core.certificate().clone()),
            socket_dir: Some(dir.path().to_owned()),
            ..CoreRequest::default()
        };
        let server = Server::bind(&request).unwrap();
        let line = HandshakeLine::parse(&server.handshake_line(&request)).unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(server.run(Stubbed(Probe::default()), stop.clone()));
        Self {
            core,
            line,
            _stop: stop.drop_guard(),
            _dir: dir,
        }
    }

    async fn call(&self, tls: Option<ClientConfig>) -> Result<(), PluginError> {
        let channel = connect(&self.line.address, tls.map(Arc::new)).await?;
        ProviderClient::new(channel)
            .get_provider_schema(get_provider_schema::Request {})
            .await?;
        Ok(())
    }

    fn certificate(&self) -> rustls::pki_types::CertificateDer<'static> {
        self.line.certificate.clone().unwrap()
    }
}

#[tokio::test]
async fn the_core_that_announced_its_certificate_is_answered() {
    let server = Pinned::start();
    let tls = server.core.client_config(server.certificate()).unwrap();
    server.call(Some(tls)).await.unwrap();
}

#[tokio::test]
async fn a_foreign_certificate_is_refused() {
    let server = Pinned::start();
    let stranger = ClientIdentity::generate().unwrap();
    let tls = stranger.client_config(server.certificate()).unwrap();
    assert!(server.call(Some(tls)).await.is_err());
    let tls = server.core.client_config(server.certificate()).unwrap();
    server.call(Some(tls)).await.unwrap();
}

#[tokio::test]
async fn the_announced_certificate_without_its_key_is_refused() {
    let server = Pinned::start();
    let thief = ClientIdentity::generate()
        .unwrap()
        .showing(server.core.certificate().clone());
    let tls = thief.client_config(server.certificate()).unwrap();
    assert!(server.call(Some(tls)).await.is_err());
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    let server = Pinned::start();
    let tls = ClientIdentity::anonymous_config(server.certificate()).unwrap();
    assert!(server.call(Some(tls)).await.is_err());
}

#[tokio::test]
async fn a_connection_that_is_not_encrypted_is_refused() {
    let server = Pinned::start();
    assert!(server.call(None).await.is_err());
}

#[tokio::test]
async fn a_client_that_does_not_offer_http2_is_refused() {
    let server = Pinned::start();
    let mut tls = server.core.client_config(server.certificate()).unwrap();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    assert!(server.call(Some(tls)).await.is_err());
}

#[tokio::test]
async fn a_client_that_says_nothing_holds_up_nobody() {
    let server = Pinned::start();
    let tfplugin::wire::listener::Address::Unix(path) = &server.line.address else {
        panic!("a Unix socket was asked for");
    };
    let _silent = tokio::net::UnixStream::connect(path).await.unwrap();
    let tls = server.core.client_config(server.certificate()).unwrap();
    server.call(Some(tls)).await.unwrap();
}
