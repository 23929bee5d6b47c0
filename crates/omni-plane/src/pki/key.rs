//! Private keys: RSA, ECDSA and Ed25519, in the forms that Talos writes and reads.

use std::fmt;

use pkcs8::der::asn1::{OctetStringRef, UintRef};
use pkcs8::der::{AnyRef, Decode as _, Encode as _};
use pkcs8::spki::AlgorithmIdentifierRef;
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use sec1::{EcParameters, EcPrivateKey};
use zeroize::Zeroizing;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ECDSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// Numbers of an RSA key of two primes, its version among them.
const RSA_NUMBERS: usize = 9;

/// A private key in PKCS #8. Never shown.
pub(crate) struct Secret(Zeroizing<Vec<u8>>);

/// A text that is no private key. `Display` is Talos's text; what follows its colon is ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    /// There is no block in it.
    #[error("failed to parse PEM block")]
    NoBlock,
    /// The block says that it is an RSA key.
    #[error("failed to parse RSA key: {0}")]
    Rsa(String),
    /// The block says that it is an ECDSA key.
    #[error("failed to parse ECDSA key: {0}")]
    Ecdsa(String),
    /// The block says that it is an Ed25519 key.
    #[error("failed to parse Ed25519 key: {0}")]
    Ed25519(String),
    /// The block says that it is an Ed25519 key, and it is another one.
    #[error("failed parsing Ed25519 key, got wrong key type")]
    NotEd25519,
    /// The block says that it is a key.
    #[error("failed to parse key: {0}")]
    Other(String),
    /// The block says that it is something else.
    #[error("unsupported key type: {0:?}")]
    Kind(String),
}

// === impl Secret ===

impl Secret {
    /// Reads a key.
    ///
    /// # Errors
    /// [`KeyError`].
    pub(crate) fn parse(text: &[u8]) -> Result<Self, KeyError> {
        let block = pem::parse(text).map_err(|_| KeyError::NoBlock)?;
        let bytes = Zeroizing::new(block.contents().to_vec());
        match block.tag() {
            "RSA PRIVATE KEY" => rsa(&bytes).map_err(KeyError::Rsa),
            "EC PRIVATE KEY" => ecdsa(&bytes, None).map_err(KeyError::Ecdsa),
            "ED25519 PRIVATE KEY" => match pkcs8(&bytes) {
                Ok((key, ED25519)) => Ok(key),
                Ok(_) => Err(KeyError::NotEd25519),
                Err(why) => Err(KeyError::Ed25519(why)),
            },
            "PRIVATE KEY" => pkcs8(&bytes).map(|(key, _)| key).map_err(KeyError::Other),
            other => Err(KeyError::Kind(other.to_owned())),
        }
    }

    /// Its bytes in PKCS #8.
    pub(super) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A key in PKCS #8, and which kind of key it is.
fn pkcs8(bytes: &[u8]) -> Result<(Secret, ObjectIdentifier), String> {
    let info = PrivateKeyInfoRef::try_from(bytes).map_err(|error| error.to_string())?;
    let inner = info.private_key.as_bytes();
    match info.algorithm.oid {
        RSA => drop(rsa(inner)?),
        ECDSA => drop(ecdsa(inner, info.algorithm.parameters)?),
        ED25519 => drop(<&OctetStringRef>::from_der(inner).map_err(|error| error.to_string())?),
        other => {
            return Err(format!(
                "PKCS#8 wrapping contained private key with unknown algorithm: {other}"
            ));
        }
    }
    Ok((Secret(Zeroizing::new(bytes.to_vec())), info.algorithm.oid))
}

/// A key in PKCS #1.
fn rsa(bytes: &[u8]) -> Result<Secret, String> {
    let numbers = Vec::<UintRef<'_>>::from_der(bytes).map_err(|error| error.to_string())?;
    if numbers.len() != RSA_NUMBERS {
        return Err("x509: failed to parse private key".to_owned());
    }
    wrap(RSA, AnyRef::NULL, bytes)
}

/// A key in SEC 1, which names its curve unless what it is wrapped in does.
fn ecdsa(bytes: &[u8], curve: Option<AnyRef<'_>>) -> Result<Secret, String> {
    let key = EcPrivateKey::from_der(bytes).map_err(|error| error.to_string())?;
    let named = key.parameters.and_then(EcParameters::named_curve);
    let curve = match (&named, curve) {
        (_, Some(outside)) => outside,
        (Some(named), None) => named.into(),
        (None, None) => return Err("x509: unknown elliptic curve".to_owned()),
    };
    wrap(ECDSA, curve, bytes)
}

fn wrap(oid: ObjectIdentifier, parameters: AnyRef<'_>, bytes: &[u8]) -> Result<Secret, String> {
    let algorithm = AlgorithmIdentifierRef {
        oid,
        parameters: Some(parameters),
    };
    let inner = OctetStringRef::new(bytes).map_err(|error| error.to_string())?;
    let info = PrivateKeyInfoRef::new(algorithm, inner);
    let wrapped = info.to_der().map_err(|error| error.to_string())?;
    Ok(Secret(Zeroizing::new(wrapped)))
}
