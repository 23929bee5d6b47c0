//! What is told about an endpoint that cannot be talked to.

use std::net::SocketAddr;
use std::sync::Arc;

use omni_api::cosi::state_server::StateServer;
use omni_api::kind;
use omni_client::connect::CertificateProblem;
use omni_client::{Client, Endpoint, Error, TlsOptions, TransportKind};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_util::task::AbortOnDropHandle;
use tonic::transport::Server;

use crate::server::{Connections, Service, Store, quick};

/// An authority and a server's certificate made by it.
struct Authority {
    pem: String,
    config: Arc<ServerConfig>,
}

impl Authority {
    /// Certifies a server of this name, valid until this year.
    fn certify(name: &str, until: i32) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key"))
            .expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = params.signed_by(&key, &issuer).expect("a certificate");
        let private = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .expect("a certificate");
        config.alpn_protocols = vec![b"h2".to_vec()];
        Self {
            pem: issuer.pem(),
            config: Arc::new(config),
        }
    }
}

/// Serves the state service on a port, with TLS or without.
async fn serve(tls: Option<Arc<ServerConfig>>) -> (SocketAddr, AbortOnDropHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let connections = Connections::new();
    let service = StateServer::new(Service::new(Store::new(), connections.clone()))
        .accept_compressed(tonic::codec::CompressionEncoding::Gzip);
    let task = tokio::spawn(async move {
        let router = Server::builder().add_service(service);
        let tcp = tokio_stream::wrappers::TcpListenerStream::new(listener);
        match tls {
            None => {
                let incoming = tcp.map(move |io| io.map(|io| connections.admit(io)));
                let _ = router.serve_with_incoming(incoming).await;
            }
            Some(config) => {
                let acceptor = TlsAcceptor::from(config);
                let incoming = tcp
                    .then(move |io| {
                        let acceptor = acceptor.clone();
                        async move { acceptor.accept(io?).await }
                    })
                    .filter(|io| futures::future::ready(io.is_ok()))
                    .map(move |io| io.map(|io| connections.admit(io)));
                let _ = router.serve_with_incoming(incoming).await;
            }
        }
    });
    (address, AbortOnDropHandle::new(task))
}

use futures::StreamExt as _;

/// What a first call to this endpoint tells.
async fn first_call(endpoint: &str, tls: TlsOptions) -> Error {
    let endpoint: Endpoint = endpoint.parse().expect("an endpoint");
    let client = Client::builder(endpoint)
        .tls(tls)
        .retry(quick())
        .build()
        .expect("a client");
    client
        .state()
        .get::<kind::Cluster>("none")
        .await
        .expect_err("there is none")
}

async fn reason(endpoint: &str, tls: TlsOptions) -> TransportKind {
    let error = first_call(endpoint, tls).await;
    assert!(
        error.to_string().contains(endpoint),
        "names the endpoint: {error}"
    );
    error
        .transport()
        .unwrap_or_else(|| panic!("{error:?}"))
        .clone()
}

#[tokio::test]
async fn a_server_is_reached_over_tls_by_its_own_authority_and_without_checks_only_on_demand() {
    let authority = Authority::certify("localhost", 2099);
    let (address, _server) = serve(Some(authority.config.clone())).await;
    let endpoint = format!("https://localhost:{}", address.port());
    let own = TlsOptions::with_authority(&authority.pem).expect("an authority");
    assert!(first_call(&endpoint, own).await.is_not_found());
    assert!(
        first_call(&endpoint, TlsOptions::insecure())
            .await
            .is_not_found()
    );

    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), &authority.pem).expect("written");
    let path = file.path().display().to_string();
    let from_file = TlsOptions::with_authority(&path).expect("an authority");
    assert!(first_call(&endpoint, from_file).await.is_not_found());
}

#[tokio::test]
async fn a_foreign_an_expired_and_a_misnamed_certificate_are_told_apart() {
    let rows = [
        ("localhost", 2099, false, CertificateProblem::UnknownIssuer),
        ("localhost", 2021, true, CertificateProblem::Expired),
        ("elsewhere", 2099, true, CertificateProblem::WrongName),
    ];
    for (name, until, trusted, problem) in rows {
        let authority = Authority::certify(name, until);
        let (address, _server) = serve(Some(authority.config)).await;
        let trust = Authority::certify("other", 2099).pem;
        let pem = if trusted { &authority.pem } else { &trust };
        let tls = TlsOptions::with_authority(pem).expect("an authority");
        let reason = reason(&format!("https://localhost:{}", address.port()), tls).await;
        assert_eq!(reason, TransportKind::Untrusted(problem));
    }
}

#[tokio::test]
async fn plain_text_and_tls_mixed_up_are_told_apart() {
    let (plain, _server) = serve(None).await;
    let spoke_tls = reason(&format!("https://{plain}"), TlsOptions::insecure()).await;
    assert_eq!(spoke_tls, TransportKind::PlainHttp);
    assert!(
        first_call(&format!("http://{plain}"), TlsOptions::platform())
            .await
            .is_not_found()
    );

    let authority = Authority::certify("localhost", 2099);
    let (secure, _server) = serve(Some(authority.config)).await;
    let spoke_plain = reason(&format!("http://{secure}"), TlsOptions::platform()).await;
    assert_eq!(spoke_plain, TransportKind::TlsExpected);
}

#[tokio::test]
async fn a_web_server_is_no_grpc_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        while let Ok((mut io, _)) = listener.accept().await {
            let mut request = [0; 24];
            let _ = io.read_exact(&mut request).await;
            let _ = io
                .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
                .await;
        }
    });
    let _server = AbortOnDropHandle::new(server);
    let reason = reason(&format!("http://{address}"), TlsOptions::platform()).await;
    assert!(matches!(reason, TransportKind::NotGrpc(_)), "{reason:?}");
}

#[tokio::test]
async fn nobody_there_is_told_by_what_is_missing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let refused = reason(&format!("http://{address}"), TlsOptions::platform()).await;
    assert_eq!(refused, TransportKind::Refused);

    let folder = tempfile::tempdir().expect("a folder");
    let socket = format!("unix://{}/none", folder.path().display());
    assert_eq!(
        reason(&socket, TlsOptions::platform()).await,
        TransportKind::NoSocket
    );

    let unknown = reason("https://omni.invalid", TlsOptions::platform()).await;
    assert!(
        matches!(unknown, TransportKind::Dns { ref host, .. } if host == "omni.invalid"),
        "{unknown:?}"
    );
}

#[test]
fn an_authority_that_is_none_is_refused_with_its_reason() {
    use omni_client::connect::TlsError;
    let error = |text: &str| TlsOptions::with_authority(text).expect_err("no authority");
    assert!(matches!(error("/no/such/file"), TlsError::Read { .. }));
    let empty = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert!(matches!(error(empty), TlsError::NoCertificate));
    let broken = "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n";
    assert!(matches!(error(broken), TlsError::Pem(_)));
}

#[tokio::test]
async fn a_proxy_tunnels_and_one_that_refuses_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let proxy = listener.local_addr().expect("an address");
    let (server, _server) = serve(None).await;
    let task = tokio::spawn(async move {
        // The name of the first target is known to the proxy alone; it refuses all others.
        while let Ok((mut client, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(client.read_u8().await.expect("a byte"));
            }
            let text = String::from_utf8(request).expect("text");
            assert!(
                text.to_lowercase()
                    .contains("proxy-authorization: basic dtpw"),
                "{text}"
            );
            if !text.starts_with("CONNECT omni.test:80 ") {
                let _ = client.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await;
                continue;
            }
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            let mut target = tokio::net::TcpStream::connect(server)
                .await
                .expect("the server");
            let _ = tokio::io::copy_bidirectional(&mut client, &mut target).await;
        }
    });
    let _proxy = AbortOnDropHandle::new(task);
    let call = async |endpoint: &str| {
        let proxy = omni_client::Proxy::new(&format!("http://u:p@{proxy}"), "");
        let endpoint: Endpoint = endpoint.parse().expect("an endpoint");
        let client = Client::builder(endpoint)
            .proxy(proxy)
            .retry(quick())
            .build()
            .expect("a client");
        client
            .state()
            .get::<kind::Cluster>("none")
            .await
            .expect_err("there is none")
    };
    assert!(call("http://omni.test").await.is_not_found());
    let refused = call("http://other.test").await;
    let told = refused.to_string();
    assert!(
        matches!(refused.transport(), Some(TransportKind::Proxy { .. })),
        "{told}"
    );
    assert!(
        told.contains(&proxy.to_string()) && !told.contains("u:p"),
        "{told}"
    );
}
