//! A P-521 key that signs for rustls, which has no such key of its own.

use p521::ecdsa::signature::Signer as _;
use p521::ecdsa::{DerSignature, SigningKey};
use rustls::sign::{Signer, SigningKey as RustlsKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};

/// P-521 with SHA-512, as TLS 1.3 names the pair.
const SCHEME: SignatureScheme = SignatureScheme::ECDSA_NISTP521_SHA512;

/// The private key of a client, which is never printed.
#[derive(Clone)]
pub(super) struct P521Key(pub(super) SigningKey);

impl std::fmt::Debug for P521Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("P521Key")
    }
}

impl RustlsKey for P521Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let offered = offered.contains(&SCHEME);
        offered.then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature: DerSignature = self
            .0
            .try_sign(message)
            .map_err(|error| Error::General(error.to_string()))?;
        Ok(signature.as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SCHEME
    }
}
