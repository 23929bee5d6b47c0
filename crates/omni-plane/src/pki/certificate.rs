//! Certificates.

use x509_parser::prelude::FromDer as _;

/// A text that is no certificate. `Display` is Talos's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CertificateError {
    /// There is no block in it.
    #[error("failed to parse PEM block")]
    NoBlock,
    /// What is in the block is no certificate.
    #[error("failed to parse certificate: x509: malformed certificate")]
    Malformed,
}

/// The bytes of the first certificate of a text.
///
/// # Errors
/// [`CertificateError`].
pub(crate) fn certificate(text: &[u8]) -> Result<Vec<u8>, CertificateError> {
    let block = pem::parse(text).map_err(|_| CertificateError::NoBlock)?;
    let bytes = block.into_contents();
    match x509_parser::certificate::X509Certificate::from_der(&bytes) {
        Ok(([], _)) => Ok(bytes),
        Ok(_) | Err(_) => Err(CertificateError::Malformed),
    }
}
