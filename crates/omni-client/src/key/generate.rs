//! New keys, made here: Omni never sees the private half.
//!
//! The form is the one that Omni's own tools make: an Ed25519 key of OpenPGP version 4 that may certify and sign, one user
//! id whose e-mail is the full id of the account, and a lifetime on its self-signature.

use base64::Engine as _;
use jiff::{SignedDuration, Timestamp};
use pgp::composed::{ArmorOptions, KeyType, SignedKeyDetails, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::{
    self, KeyFlags, PubKeyInner, SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::types::{
    self, KeyDetails as _, KeyVersion, PacketHeaderVersion, Password, SignedUser, Tag,
};
use rand_core_06::OsRng;

use super::{AccountName, Key, KeyError, parse};
use crate::Secret;

/// The longest lifetime that Omni accepts.
const MAX: SignedDuration = SignedDuration::from_hours(365 * 24);

/// A new key pair.
#[derive(Debug, Clone)]
pub struct GeneratedKey {
    /// The key, ready to sign.
    pub key: Key,
    /// The public half, armored, as Omni registers it.
    pub public: String,
    /// The key text for the account's owner: base64 of `{"name", "pgp_key"}`.
    pub text: Secret,
}

// === impl GeneratedKey ===

impl GeneratedKey {
    /// Makes a key pair for an account, valid from `now` for `ttl`.
    ///
    /// # Errors
    /// [`KeyError::Lifetime`] when `ttl` is not between one second and 365 days.
    pub fn new(name: &AccountName, ttl: SignedDuration, now: Timestamp) -> Result<Self, KeyError> {
        if ttl < SignedDuration::from_secs(1) || ttl > MAX {
            return Err(KeyError::Lifetime);
        }
        let secret = make(name, ttl, now).map_err(|error| unusable(&error))?;
        let public = secret
            .to_public_key()
            .to_armored_string(ArmorOptions::default())
            .map_err(|error| unusable(&error))?;
        let private = secret
            .to_armored_string(ArmorOptions::default())
            .map(Secret::new)
            .map_err(|error| unusable(&error))?;
        Ok(Self {
            key: parse::complete(name.to_string(), secret)?,
            public,
            text: encode(name, &private),
        })
    }
}

/// The key text of an account.
fn encode(name: &AccountName, private: &Secret) -> Secret {
    let json = serde_json::json!({ "name": name.to_string(), "pgp_key": private.expose() });
    let json = Secret::new(json.to_string());
    Secret::new(base64::prelude::BASE64_STANDARD.encode(json.expose()))
}

/// The key itself, signed by itself.
fn make(
    name: &AccountName,
    ttl: SignedDuration,
    now: Timestamp,
) -> Result<SignedSecretKey, pgp::errors::Error> {
    let created = types::Timestamp::from_secs(u32::try_from(now.as_second()).unwrap_or(u32::MAX));
    let (public, secret) = KeyType::Ed25519Legacy.generate(OsRng)?;
    let algorithm = PublicKeyAlgorithm::EdDSALegacy;
    let inner = PubKeyInner::new(KeyVersion::V4, algorithm, created, None, public)?;
    let primary = packet::SecretKey::new(packet::PublicKey::from_inner(inner)?, secret)?;

    // The server reads this as an e-mail address with a name before it, where the colon of a provider's prefix would begin a group.
    let id = format!("{} <{}>", name.base(), name.full_id());
    let id = UserId::from_str(PacketHeaderVersion::New, id)?;
    let mut config = SignatureConfig::v4(
        SignatureType::CertPositive,
        algorithm,
        HashAlgorithm::Sha256,
    );
    config.hashed_subpackets = subpackets(&primary, created, ttl)?;
    let public = primary.public_key().clone();
    let signature =
        config.sign_certification(&primary, &public, &Password::empty(), Tag::UserId, &id)?;

    let user = SignedUser::new(id, vec![signature]);
    let details = SignedKeyDetails::new(Vec::new(), Vec::new(), vec![user], Vec::new());
    Ok(SignedSecretKey::new(
        primary,
        details,
        Vec::new(),
        Vec::new(),
    ))
}

/// What the self-signature says about the key.
fn subpackets(
    primary: &packet::SecretKey,
    created: types::Timestamp,
    ttl: SignedDuration,
) -> Result<Vec<Subpacket>, pgp::errors::Error> {
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(true);
    let seconds = u32::try_from(ttl.as_secs()).unwrap_or(u32::MAX);
    Ok(vec![
        Subpacket::critical(SubpacketData::SignatureCreationTime(created))?,
        Subpacket::critical(SubpacketData::KeyExpirationTime(
            types::Duration::from_secs(seconds),
        ))?,
        Subpacket::critical(SubpacketData::KeyFlags(flags))?,
        Subpacket::regular(SubpacketData::IsPrimary(true))?,
        Subpacket::regular(SubpacketData::IssuerKeyId(primary.legacy_key_id()))?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(primary.fingerprint()))?,
    ])
}

/// The library's refusal in our words.
fn unusable(error: &pgp::errors::Error) -> KeyError {
    KeyError::Unusable(error.to_string())
}
