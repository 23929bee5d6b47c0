//! What can be wrong with a key or a name. No text of it ever contains a part of the key.

use jiff::Timestamp;

/// Why a text is no usable key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing was given.
    #[error("the service account key is empty")]
    Empty,
    /// The text is not base64.
    #[error("the service account key is not base64 text ({0})")]
    NotBase64(String),
    /// The decoded text is not a JSON object.
    #[error(
        "the service account key is base64, but what it encodes is not a JSON object (line {line}, column {column})"
    )]
    NotJson {
        /// Where the reader stopped.
        line: usize,
        /// Where the reader stopped.
        column: usize,
    },
    /// A field of the JSON object is missing, empty or not a text.
    #[error("the service account key has no field {0:?}")]
    MissingField(&'static str),
    /// The name in the key is not a name.
    #[error("the service account key carries a wrong name")]
    Name(#[from] NameError),
    /// The field `pgp_key` holds no OpenPGP key.
    #[error("the field \"pgp_key\" holds no OpenPGP key ({0})")]
    NoPgpKey(String),
    /// The field `pgp_key` holds the public half only.
    #[error("the field \"pgp_key\" holds a public key; signing needs the private one")]
    PublicKey,
    /// The private key is locked with a passphrase.
    #[error("the private key is protected by a passphrase; a service account key must not be")]
    Protected,
    /// The key's own signatures do not verify.
    #[error("the OpenPGP key is damaged: its own signatures do not verify")]
    Damaged,
    /// The key is of a kind that Omni does not verify.
    #[error("the OpenPGP key uses {0}; Omni verifies EdDSA (Ed25519) keys of version 4")]
    UnsupportedAlgorithm(String),
    /// The key's lifetime is over.
    #[error("the key expired at {since}")]
    Expired {
        /// When its lifetime ended.
        since: Timestamp,
    },
    /// The key's lifetime starts later, by this machine's clock.
    #[error("the key is not valid before {from}; is the clock of this machine right?")]
    NotYetValid {
        /// When its lifetime starts.
        from: Timestamp,
    },
    /// The lifetime asked for is not possible.
    #[error("a key lives between one second and 365 days")]
    Lifetime,
    /// The OpenPGP library refused to make or use the key.
    #[error("the key cannot be used ({0})")]
    Unusable(String),
}

/// Why a text is no name of a service account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("the name of a service account is empty")]
    Empty,
    /// A sign that would break the signature header or the e-mail form of the id.
    #[error("the name {name:?} contains {sign:?}, which a name of a service account cannot")]
    Sign {
        /// The name.
        name: String,
        /// The sign.
        sign: char,
    },
    /// A dot where the e-mail form of the id cannot have one.
    #[error("the name {0:?} has a dot at an end, or two in a row")]
    Dots(String),
    /// The part after `infra-provider:` is no DNS label.
    #[error(
        "{0:?} is no name of an infrastructure provider: lower-case letters, digits and '-' only, \
         not first or last, 63 at most"
    )]
    ProviderId(String),
}
