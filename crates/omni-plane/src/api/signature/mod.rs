//! The signature check: who calls.
//!
//! Every call carries a payload that repeats method and covered headers, a time, and an OpenPGP signature over the payload's bytes. The
//! account is found through the key's fingerprint; what the header says about the identity is not looked at. Whatever is wrong, the answer is
//! one and the same, so that nobody learns which keys exist; the log says more.

mod activity;
mod key;
mod payload;
mod service;
#[cfg(test)]
mod tests;
mod verifier;

pub use key::{KeyError, PublicKey};
pub use service::Signed;
pub use verifier::Verifier;

/// Why a call counts as unsigned. For the log; the caller gets one text for all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unverified {
    /// A header that every call needs is missing or is no text.
    #[error("the header {0} is missing")]
    Header(&'static str),
    /// The signature header is not `siderov1 <identity> <fingerprint> <base64>`.
    #[error("the signature header is malformed")]
    Malformed,
    /// The time is more than five minutes off.
    #[error("the time stamp is off by more than five minutes")]
    Skew,
    /// No key has this fingerprint.
    #[error("no key {0} is known")]
    UnknownKey(String),
    /// The key may not be used: expired, or never confirmed.
    #[error("the key {fingerprint} cannot be used: {reason}")]
    Unusable {
        /// Its fingerprint.
        fingerprint: String,
        /// Why.
        reason: &'static str,
    },
    /// The stored key cannot be read.
    #[error("the key cannot be read")]
    Key(#[from] KeyError),
    /// The payload is no JSON of the agreed form.
    #[error("the payload is malformed")]
    Payload(#[source] serde_json::Error),
    /// The payload is signed for another method.
    #[error("the payload was signed for {0}")]
    Method(String),
    /// A covered header is not what was signed.
    #[error("the header {0} is not what was signed")]
    Covered(&'static str),
    /// The signature is not the key's.
    #[error("the signature does not verify")]
    Signature(#[source] pgp::errors::Error),
}
