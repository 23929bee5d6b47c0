//! What can go wrong between the core for tests and a provider.

use std::time::Duration;

/// Why a provider could not be started, reached or ended.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// The certificate of the core could not be made.
    #[error("cannot make the core's certificate: {0}")]
    Certificate(x509_cert::builder::Error),
    /// The program could not be started, or its pipes broke.
    #[error("cannot run the provider")]
    Process(#[from] std::io::Error),
    /// The program ended before it wrote the handshake line.
    #[error("the provider ended without a handshake line, it wrote: {stderr}")]
    NoLine {
        /// What it wrote to standard error.
        stderr: String,
    },
    /// The first line on standard output is not a handshake line.
    #[error("not a handshake line, {reason}: {line:?}")]
    BadLine {
        /// What is wrong with it.
        reason: &'static str,
        /// The line.
        line: String,
    },
    /// The configuration of the encrypted connection is not possible.
    #[error("cannot prepare the encrypted connection")]
    Tls(#[from] rustls::Error),
    /// No connection: refused, or not encrypted as agreed.
    #[error("cannot connect to the provider")]
    Connect(#[from] tonic::transport::Error),
    /// A call failed.
    #[error("a call failed")]
    Call(#[from] Box<tonic::Status>),
    /// The provider did not end in time after the order to.
    #[error("the provider did not end within {0:?}")]
    StillRunning(Duration),
}

impl From<x509_cert::builder::Error> for PluginError {
    fn from(error: x509_cert::builder::Error) -> Self {
        Self::Certificate(error)
    }
}

impl From<x509_cert::der::Error> for PluginError {
    fn from(error: x509_cert::der::Error) -> Self {
        Self::Certificate(error.into())
    }
}

impl From<tonic::Status> for PluginError {
    fn from(status: tonic::Status) -> Self {
        Self::Call(Box::new(status))
    }
}
