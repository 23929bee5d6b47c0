//! TLS towards the server: whom we trust, and what a failed handshake means.
//!
//! Roots come from the platform's own verifier (as Go's clients have it: the system's store on Linux, with `SSL_CERT_FILE`;
//! the system's verifier elsewhere, so that roots rolled out by a company's device management count). An own authority is
//! trusted besides. The configuration is made at the first connection: reading the roots costs milliseconds that a plugin
//! which only prints its schema need not pay.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{CertificateProblem, TransportKind};

/// Whom we trust.
#[derive(Debug, Clone, Default)]
pub struct TlsOptions {
    trust: Trust,
}

/// Which certificates of a server are trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Trust {
    /// Those that the platform trusts.
    #[default]
    Platform,
    /// Those that the platform trusts, and those of these authorities.
    Also(Vec<CertificateDer<'static>>),
    /// Any. The connection is encrypted, but nobody knows to whom.
    Anyone,
}

/// Why an own authority cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file cannot be read.
    #[error("the file {path} with the authority's certificate cannot be read")]
    Read {
        /// The path.
        path: String,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// The text holds no certificate.
    #[error("the authority's certificate is no PEM text with a certificate in it")]
    NoCertificate,
    /// A block of the text is broken.
    #[error("the authority's certificate cannot be read ({0})")]
    Pem(String),
}

/// A configuration that is made when it is first needed.
#[derive(Clone)]
pub(super) struct Lazy {
    options: TlsOptions,
    made: Arc<OnceLock<Result<TlsConnector, TransportKind>>>,
}

/// Trusts anyone; checks only that the handshake is signed by the certificate shown.
#[derive(Debug)]
struct TrustAnyone(WebPkiSupportedAlgorithms);

// === impl TlsOptions ===

impl TlsOptions {
    /// What the platform trusts.
    pub fn platform() -> Self {
        Self::default()
    }

    /// Trusts an own authority besides: a PEM text, or the path of a file with one.
    ///
    /// # Errors
    /// [`TlsError`] when there is no certificate in it.
    pub fn with_authority(text_or_path: &str) -> Result<Self, TlsError> {
        let text = if text_or_path.contains("-----BEGIN") {
            text_or_path.to_owned()
        } else {
            read(Path::new(text_or_path))?
        };
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
        let found = found.map_err(|error| TlsError::Pem(error.to_string()))?;
        if found.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        Ok(Self {
            trust: Trust::Also(found),
        })
    }

    /// Trusts anyone. The caller must warn about it.
    pub fn insecure() -> Self {
        Self {
            trust: Trust::Anyone,
        }
    }

    /// Whom these options trust.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    fn config(&self) -> Result<ClientConfig, rustls::Error> {
        let provider = Arc::new(ring::default_provider());
        let verifier = self.verifier(&provider)?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }

    fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, rustls::Error> {
        let algorithms = provider.signature_verification_algorithms;
        Ok(match &self.trust {
            Trust::Platform => Arc::new(Verifier::new(provider.clone())?),
            Trust::Also(roots) => {
                let roots = roots.iter().cloned();
                Arc::new(Verifier::new_with_extra_roots(roots, provider.clone())?)
            }
            Trust::Anyone => Arc::new(TrustAnyone(algorithms)),
        })
    }
}

/// Reads a PEM file.
fn read(path: &Path) -> Result<String, TlsError> {
    fs::read_to_string(path).map_err(|source| TlsError::Read {
        path: path.display().to_string(),
        source,
    })
}

// === impl Lazy ===

impl Lazy {
    /// Nothing is made yet.
    pub(super) fn new(options: TlsOptions) -> Self {
        Self {
            options,
            made: Arc::default(),
        }
    }

    /// Speaks TLS on a connection.
    pub(super) async fn handshake(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, TransportKind> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| TransportKind::Handshake(format!("{host:?} is no server name")))?;
        let connector = self.made.get_or_init(|| self.make()).clone()?;
        connector
            .connect(name, stream)
            .await
            .map_err(|error| meaning(&error))
    }

    fn make(&self) -> Result<TlsConnector, TransportKind> {
        let config = self.options.config();
        config
            .map(|config| TlsConnector::from(Arc::new(config)))
            .map_err(|error| TransportKind::Handshake(error.to_string()))
    }
}

/// What a failed handshake means.
fn meaning(error: &io::Error) -> TransportKind {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::InvalidCertificate(problem)) => {
            TransportKind::Untrusted(CertificateProblem::from(problem))
        }
        Some(rustls::Error::InvalidMessage(_)) => TransportKind::PlainHttp,
        Some(other) => TransportKind::Handshake(other.to_string()),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            TransportKind::Handshake("the server hung up; does it speak TLS there?".to_owned())
        }
        None => TransportKind::Handshake(error.to_string()),
    }
}

// === impl TrustAnyone ===

impl ServerCertVerifier for TrustAnyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
