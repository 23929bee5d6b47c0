//! Detached OpenPGP signatures: made with a key, read from a header, verified with a public key.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use pgp::composed::{Deserializable as _, DetachedSignature, SignedPublicKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Notation, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::ser::Serialize as _;
use pgp::types::{self, KeyDetails as _, Password};

use crate::key::{Key, KeyError};

/// The notation with which Omni's own clients salt each signature, so that no two are alike.
const SALT: &str = "salt@notations.openpgpjs.org";

/// The contents of the signature header: `siderov1 <identity> <fingerprint> <base64>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeader {
    /// Whom the signer claims to be; servers use it for logs only.
    pub identity: String,
    /// Fingerprint of the key, 40 lower-case hex digits.
    pub fingerprint: String,
    /// The signature packet.
    pub signature: Vec<u8>,
}

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The header is not of the form `siderov1 <identity> <fingerprint> <base64>`.
    #[error("the signature header has not the form of siderov1")]
    Header,
    /// The public key cannot be read.
    #[error("the public key cannot be read ({0})")]
    PublicKey(String),
    /// The packet is no detached signature.
    #[error("the signature packet cannot be read ({0})")]
    Packet(String),
    /// The signature was made over other bytes or with another key.
    #[error("the signature does not fit the payload and the key")]
    Mismatch,
}

/// Signs some bytes.
pub(super) fn make(key: &Key, data: &[u8], now: Timestamp) -> Result<SignatureHeader, KeyError> {
    let signature =
        detached(key, data, now).map_err(|error| KeyError::Unusable(error.to_string()))?;
    Ok(SignatureHeader {
        identity: key.identity().to_owned(),
        fingerprint: key.fingerprint().to_owned(),
        signature,
    })
}

/// The bytes of a detached signature packet, version 4, binary document, SHA-256.
fn detached(key: &Key, data: &[u8], now: Timestamp) -> Result<Vec<u8>, pgp::errors::Error> {
    let primary = &key.secret().primary_key;
    let seconds = types::Timestamp::from_secs(u32::try_from(now.as_second()).unwrap_or_default());
    let salt = Notation {
        readable: false,
        name: SALT.into(),
        value: rand::random::<[u8; 16]>().to_vec().into(),
    };
    let mut config = SignatureConfig::v4(
        SignatureType::Binary,
        primary.algorithm(),
        HashAlgorithm::Sha256,
    );
    config.hashed_subpackets = vec![
        Subpacket::critical(SubpacketData::SignatureCreationTime(seconds))?,
        Subpacket::regular(SubpacketData::IssuerKeyId(primary.legacy_key_id()))?,
        Subpacket::regular(SubpacketData::Notation(salt))?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(primary.fingerprint()))?,
    ];
    let signature = config.sign(primary, &Password::empty(), data)?;
    DetachedSignature::new(signature).to_bytes()
}

/// Verifies a signature over `payload` with an armored public key. For tests and for people who look into a problem; it
/// checks the signature alone, not its time.
///
/// # Errors
/// [`VerifyError`] says which part is wrong.
pub fn verify(armored: &str, payload: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    let (public, _headers) = SignedPublicKey::from_string(armored)
        .map_err(|error| VerifyError::PublicKey(error.to_string()))?;
    let signature = DetachedSignature::from_bytes(signature)
        .map_err(|error| VerifyError::Packet(error.to_string()))?;
    signature
        .verify(&public.primary_key, payload)
        .map_err(|_| VerifyError::Mismatch)
}

// === impl SignatureHeader ===

impl fmt::Display for SignatureHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = BASE64_STANDARD.encode(&self.signature);
        write!(
            f,
            "siderov1 {} {} {signature}",
            self.identity, self.fingerprint
        )
    }
}

impl FromStr for SignatureHeader {
    type Err = VerifyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split(' ').collect();
        let ["siderov1", identity, fingerprint, signature] = parts[..] else {
            return Err(VerifyError::Header);
        };
        Ok(Self {
            identity: identity.to_owned(),
            fingerprint: fingerprint.to_owned(),
            signature: BASE64_STANDARD
                .decode(signature)
                .map_err(|_| VerifyError::Header)?,
        })
    }
}
