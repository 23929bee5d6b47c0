//! Public keys of accounts: what is accepted, and whether a key is valid now.

use std::time::Duration;

use pgp::composed::{Deserializable as _, DetachedSignature, PublicOrSecret, SignedPublicKey};
use pgp::types::{KeyDetails as _, KeyVersion};

/// How far clocks may be apart.
pub(super) const SKEW: Duration = Duration::from_mins(5);

/// An OpenPGP public key that has an end.
#[derive(Debug, Clone)]
pub struct PublicKey {
    key: SignedPublicKey,
    /// Lower-case hex of the fingerprint.
    pub fingerprint: String,
    /// The user id that it was made for: `<name> (<comment>) <<address>>`.
    pub owner: String,
    /// Since when it is valid, after the Unix epoch.
    pub created: Duration,
    /// How long it is valid.
    pub lifetime: Duration,
}

/// A key that is not accepted. `Display` is Omni's text where Omni has one.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It is no armored OpenPGP key.
    #[error("the PGP key cannot be read")]
    Unreadable(#[source] pgp::errors::Error),
    /// There is no key in the text.
    #[error("there is no PGP key")]
    Missing,
    /// It holds the secret, which nobody but its owner should have.
    #[error("PGP key contains private key")]
    Private,
    /// It is of another generation than v4.
    #[error("PGP key is not of version 4")]
    Version,
    /// It never expires.
    #[error("key does not contain a valid key lifetime")]
    NoExpiration,
    /// It names nobody.
    #[error("key does not contain a primary identity")]
    NoOwner,
}

impl PublicKey {
    /// Reads an armored public key.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(armored: &[u8]) -> Result<Self, KeyError> {
        let (mut keys, _) =
            PublicOrSecret::from_reader_many(armored).map_err(KeyError::Unreadable)?;
        let key = keys
            .next()
            .ok_or(KeyError::Missing)?
            .map_err(KeyError::Unreadable)?;
        let PublicOrSecret::Public(key) = key else {
            return Err(KeyError::Private);
        };
        if key.version() != KeyVersion::V4 {
            return Err(KeyError::Version);
        }
        key.verify_bindings().map_err(KeyError::Unreadable)?;
        let owner = owner(&key).ok_or(KeyError::NoOwner)?;
        let lifetime = lifetime(&key).ok_or(KeyError::NoExpiration)?;
        Ok(Self {
            owner,
            fingerprint: hex::encode(key.fingerprint().as_bytes()),
            created: Duration::from_secs(key.created_at().as_secs().into()),
            lifetime,
            key,
        })
    }

    /// When it ends, after the Unix epoch.
    pub fn expires(&self) -> Duration {
        self.created + self.lifetime
    }

    /// Whether it is valid at this time after the Unix epoch, give or take what clocks may be apart.
    pub fn valid_at(&self, now: Duration) -> bool {
        self.created <= now + SKEW && now <= self.expires() + SKEW
    }

    /// Whether it is not valid now, a little earlier nor a little later: Omni's question about a new key. A short life shortens what clocks may
    /// be apart.
    pub fn has_expired(&self, now: Duration) -> bool {
        let skew = if self.lifetime < SKEW {
            self.lifetime / 2
        } else {
            SKEW
        };
        let over = |now: Duration| now < self.created || now > self.expires();
        over(now + skew) && over(now.saturating_sub(skew))
    }

    /// Checks a detached signature over `data`, made at about `now`.
    pub(super) fn verify(
        &self,
        signature: &[u8],
        data: &[u8],
        now: Duration,
    ) -> Result<(), pgp::errors::Error> {
        let signature = DetachedSignature::from_bytes(signature)?;
        let created = signature.signature.created();
        let created = created.map(|created| Duration::from_secs(created.as_secs().into()));
        let ahead = SKEW.min(self.lifetime / 2);
        if created.is_none_or(|created| created > now + ahead) {
            return Err(pgp::errors::Error::from(
                "the signature was made in the future".to_owned(),
            ));
        }
        signature.verify(&self.key, data)
    }
}

/// The primary user id: the one that says so, else the first.
fn owner(key: &SignedPublicKey) -> Option<String> {
    let users = &key.details.users;
    let primary = users.iter().find(|user| user.is_primary());
    let id = primary.or_else(|| users.first())?.id.id();
    Some(String::from_utf8_lossy(id).into_owned())
}

/// How long the key is valid by its latest self-signature.
fn lifetime(key: &SignedPublicKey) -> Option<Duration> {
    let of_users = key.details.users.iter().flat_map(|user| &user.signatures);
    let latest = of_users
        .chain(&key.details.direct_signatures)
        .max_by_key(|signature| signature.created().map(pgp::types::Timestamp::as_secs))?;
    let span = Duration::from_secs(latest.key_expiration_time()?.as_secs().into());
    (!span.is_zero()).then_some(span)
}
