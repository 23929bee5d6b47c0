//! What can go wrong below gRPC, by meaning.

use std::fmt;
use std::time::Duration;

/// The endpoint could not be talked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot talk to {endpoint}: {kind}")]
pub struct TransportError {
    /// The endpoint as the user wrote it.
    pub endpoint: String,
    /// What went wrong.
    pub kind: TransportKind,
}

/// What went wrong below gRPC.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportKind {
    /// The name does not resolve.
    #[error("the name {host:?} does not resolve ({reason})")]
    Dns {
        /// The name.
        host: String,
        /// The resolver's words.
        reason: String,
    },
    /// Nothing listens there.
    #[error("the connection was refused: nothing listens there")]
    Refused,
    /// The Unix socket does not exist.
    #[error("there is no socket at that path")]
    NoSocket,
    /// The network or the system said no.
    #[error("no connection ({0})")]
    Unreachable(String),
    /// The connection did not come about in time.
    #[error("no connection within {0:?}")]
    ConnectTimeout(Duration),
    /// The proxy on the way did not let us through.
    #[error("the proxy {proxy} did not let us through ({reason})")]
    Proxy {
        /// Host and port of the proxy.
        proxy: String,
        /// What it said, or why it could not be reached.
        reason: String,
    },
    /// The server's certificate is not trusted.
    #[error("the server's certificate is not trusted: {0}")]
    Untrusted(CertificateProblem),
    /// We speak TLS and the server does not.
    #[error("the server does not speak TLS there; is it http:// instead of https://?")]
    PlainHttp,
    /// We speak plain text and the server wants TLS.
    #[error("the server wants TLS there; is it https:// instead of http://?")]
    TlsExpected,
    /// The TLS handshake failed otherwise.
    #[error("the TLS handshake failed ({0})")]
    Handshake(String),
    /// Something answers, but it is no gRPC server.
    #[error("what answers there is no gRPC server ({0})")]
    NotGrpc(String),
    /// The connection broke after the request had been sent: it may have been carried out.
    #[error("the connection broke ({0})")]
    Broken(String),
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateProblem {
    /// No root that we trust has signed it.
    UnknownIssuer,
    /// Its time is over, or the clock of this machine is wrong.
    Expired,
    /// Its time has not come, or the clock of this machine is wrong.
    NotYetValid,
    /// It is for other names.
    WrongName,
    /// Another reason, in the verifier's words.
    Other(String),
}

// === impl TransportKind ===

impl TransportKind {
    /// Whether the request certainly did not reach the server, so that a write may be sent again.
    pub fn before_request(&self) -> bool {
        !matches!(self, Self::Broken(_) | Self::NotGrpc(_))
    }

    /// Whether it may be over by itself soon: a server that restarts, a network that stumbles.
    pub fn passing(&self) -> bool {
        matches!(
            self,
            Self::Dns { .. }
                | Self::Refused
                | Self::NoSocket
                | Self::Unreachable(_)
                | Self::ConnectTimeout(_)
                | Self::Proxy { .. }
                | Self::Broken(_)
        )
    }
}

// === impl CertificateProblem ===

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => "no trusted authority has signed it",
            Self::Expired => "it has expired",
            Self::NotYetValid => "it is not valid yet",
            Self::WrongName => "it is for other names",
            Self::Other(words) => words,
        })
    }
}

impl From<&rustls::CertificateError> for CertificateProblem {
    fn from(error: &rustls::CertificateError) -> Self {
        use rustls::CertificateError as E;
        match error {
            // An authority of the same name with another key, as after it was made anew, fails by its signature.
            E::UnknownIssuer | E::BadSignature => Self::UnknownIssuer,
            E::Expired | E::ExpiredContext { .. } => Self::Expired,
            E::NotValidYet | E::NotValidYetContext { .. } => Self::NotYetValid,
            E::NotValidForName | E::NotValidForNameContext { .. } => Self::WrongName,
            other => Self::Other(other.to_string()),
        }
    }
}
