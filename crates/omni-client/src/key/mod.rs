//! Service-account keys: read, made, used to sign.
//!
//! A key text is base64 of a JSON object `{"name", "pgp_key"}`, as Omni prints it. A [`Key`] that was read is complete and
//! its own signatures hold; whether its lifetime is over is asked with a clock ([`Key::check`]), because a plan may read a
//! key that it never uses. Nothing here prints private material: `Debug` shows name, fingerprint and lifetime.

mod error;
mod generate;
mod name;
mod parse;

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use pgp::composed::SignedSecretKey;

pub use error::{KeyError, NameError};
pub use generate::GeneratedKey;
pub use name::AccountName;

/// How far two clocks may be apart before a lifetime counts as over: what Omni grants itself.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A private key that signs requests, and whom it speaks for. Cheap to clone.
#[derive(Clone)]
pub struct Key(Arc<Inner>);

struct Inner {
    identity: String,
    fingerprint: String,
    created: Timestamp,
    expires: Option<Timestamp>,
    secret: SignedSecretKey,
}

// === impl Key ===

impl Key {
    /// Reads a service-account key text. White space and line breaks in it do not matter.
    ///
    /// # Errors
    /// [`KeyError`] says which layer is wrong. An expired key is read without complaint, see [`Key::check`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        parse::key_text(text)
    }

    /// Takes an armored private key as it is, for the identity (an e-mail address) that registered it.
    ///
    /// # Errors
    /// [`KeyError`] when the text is no such key.
    pub fn from_armored(identity: &str, armored: &str) -> Result<Self, KeyError> {
        parse::armored(identity, armored)
    }

    /// What the signature header calls the signer: the plain name of a service account, the e-mail of a user.
    pub fn identity(&self) -> &str {
        &self.0.identity
    }

    /// The account of the key; `None` when it is a user's.
    pub fn account(&self) -> Option<AccountName> {
        self.0.identity.parse().ok()
    }

    /// The full id: `automation@serviceaccount.omni.sidero.dev`; a user's e-mail is its own full id.
    pub fn full_id(&self) -> String {
        self.account()
            .map_or_else(|| self.0.identity.clone(), |name| name.full_id())
    }

    /// The public half, armored, as Omni registers it.
    ///
    /// # Errors
    /// [`KeyError::Unusable`] where the OpenPGP library cannot write it.
    pub fn public(&self) -> Result<String, KeyError> {
        let public = self.0.secret.to_public_key();
        public
            .to_armored_string(pgp::composed::ArmorOptions::default())
            .map_err(|error| KeyError::Unusable(error.to_string()))
    }

    /// The OpenPGP fingerprint, 40 lower-case hex digits.
    pub fn fingerprint(&self) -> &str {
        &self.0.fingerprint
    }

    /// When it was made.
    pub fn created(&self) -> Timestamp {
        self.0.created
    }

    /// When its lifetime ends; `None` when it has no end.
    pub fn expires(&self) -> Option<Timestamp> {
        self.0.expires
    }

    /// How long a registered key lives by its own word, read from its armored public half; `None` for what cannot be read and
    /// for keys without end.
    pub fn lifetime_of_public(armored: &str) -> Option<SignedDuration> {
        parse::lifetime_of_public(armored)
    }

    /// Whether the key may be used at this time; five minutes of skew are granted at both ends, as Omni does.
    ///
    /// # Errors
    /// [`KeyError::Expired`], [`KeyError::NotYetValid`].
    pub fn check(&self, now: Timestamp) -> Result<(), KeyError> {
        let later = |time: Timestamp| time.saturating_add(SKEW).unwrap_or(time);
        match self.0.expires {
            Some(since) if later(since) < now => Err(KeyError::Expired { since }),
            _ if later(now) < self.0.created => Err(KeyError::NotYetValid {
                from: self.0.created,
            }),
            _ => Ok(()),
        }
    }

    /// The private key for the signer.
    pub(crate) fn secret(&self) -> &SignedSecretKey {
        &self.0.secret
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("identity", &self.0.identity)
            .field("fingerprint", &self.0.fingerprint)
            .field("expires", &self.0.expires)
            .finish_non_exhaustive()
    }
}
