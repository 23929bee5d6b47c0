//! Mutual TLS between a core and the provider that it started.
//!
//! The core announces a certificate when it starts us; that very certificate, compared byte by
//! byte, is the only one that may connect. Chains and names are not looked at: the certificate is
//! self-signed and its own authority, and nothing it could say adds to being the one announced.
//! Our own certificate lives as long as the process and carries the name that the core verifies.

use std::sync::Arc;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::NoServerSessionStorage;
use tokio_rustls::TlsAcceptor;

pub use super::pinned::PinnedClient;

/// The name that a core looks for in our certificate, whatever the socket is.
pub const SERVER_NAME: &str = "localhost";
/// The protocol that must be agreed on; a Go client refuses a connection without it.
const ALPN: &[u8] = b"h2";

/// Our side of the encrypted connection.
pub struct ServerTls {
    certificate: CertificateDer<'static>,
    acceptor: TlsAcceptor,
}

/// Why our side of the encrypted connection could not be prepared.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No key or certificate could be made.
    #[error("cannot make the provider's certificate")]
    Certificate(#[from] rcgen::Error),
    /// The key and certificate were made, but cannot be used.
    #[error("cannot use the provider's certificate")]
    Setup(#[from] rustls::Error),
}

impl ServerTls {
    /// Makes a certificate of our own and accepts `client` and no other.
    ///
    /// # Errors
    /// [`TlsError`] where the system gives no randomness.
    pub fn pinned_to(client: CertificateDer<'static>) -> Result<Self, TlsError> {
        let (certificate, key) = own_certificate()?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_client_cert_verifier(Arc::new(PinnedClient::new(client)))
            .with_single_cert(vec![certificate.clone()], key)?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        // One core, one or two connections: a resumed session would only skip the check.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self {
            certificate,
            acceptor,
        })
    }

    /// Our certificate, for the handshake line.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// What turns an accepted socket into an encrypted connection.
    pub fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerTls").finish_non_exhaustive()
    }
}

/// A P-256 certificate, which any client knows and which costs little to make.
fn own_certificate() -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![SERVER_NAME.to_owned()])?;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    Ok((certificate.der().clone(), key.into()))
}
