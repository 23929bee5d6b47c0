//! The key of the first service account.
//!
//! Made here and now, as Omni's own clients make theirs: `OpenPGP` v4, Ed25519 (the older `EdDSA` form, which Go clients read), a
//! user id with the account's full id as its address, and a lifetime in the self signature. The plane keeps the public half
//! only. The private half is in an [`AccountKey`], which cannot be printed and leaves through [`AccountKey::write_to`] alone.

use std::fmt;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pgp::composed::{ArmorOptions, SignedKeyDetails, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::crypto::{ed25519, eddsa_legacy};
use pgp::packet::{
    KeyFlags, PacketTrait as _, PubKeyInner, PublicKey, SecretKey, SignatureConfig, SignatureType,
    Subpacket, SubpacketData, UserId,
};
use pgp::types::{
    KeyDetails as _, KeyVersion, Password, PlainSecretParams, PublicParams, SecretParams, Timestamp,
};
use zeroize::Zeroizing;

/// Addresses of service accounts end in this.
const SUFFIX: &str = "serviceaccount.omni.sidero.dev";

/// A fresh service-account key, both halves.
pub struct AccountKey {
    /// What a client puts into `OMNI_SERVICE_ACCOUNT_KEY`.
    encoded: Zeroizing<String>,
    /// The public half.
    pub public: PublicHalf,
}

/// The half of a key that the plane keeps.
#[derive(Debug, Clone)]
pub struct PublicHalf {
    /// Full id of the account, `automation@serviceaccount.omni.sidero.dev`.
    pub identity: String,
    /// Lower-case hex of the `OpenPGP` v4 fingerprint.
    pub fingerprint: String,
    /// The armored public key.
    pub armored: String,
    /// When the key expires, since the Unix epoch.
    pub expires: Duration,
}

/// Why no key could be made.
#[derive(Debug, thiserror::Error)]
pub enum AccountKeyError {
    /// The `OpenPGP` library refused.
    #[error("the key of the first service account cannot be made")]
    Pgp(#[from] pgp::errors::Error),
    /// The time or the lifetime does not fit `OpenPGP`'s 32 bits.
    #[error("a key from {0:?} after 1970 on for {1:?} cannot be dated")]
    Time(Duration, Duration),
}

// === impl AccountKey ===

impl AccountKey {
    /// Makes a key for the account of this name, valid from `now` (wall time since the Unix epoch) for `lifetime`.
    ///
    /// # Errors
    /// [`AccountKeyError`].
    pub fn generate(
        name: &str,
        now: Duration,
        lifetime: Duration,
    ) -> Result<Self, AccountKeyError> {
        let identity = format!("{name}@{SUFFIX}");
        let span = (|| {
            let created =
                Timestamp::try_from(UNIX_EPOCH + Duration::from_secs(now.as_secs())).ok()?;
            let lifetime = pgp::types::Duration::try_from(lifetime).ok()?;
            Some((created, lifetime))
        })();
        let (created, valid) = span.ok_or(AccountKeyError::Time(now, lifetime))?;
        let key = signed(&format!("{name} <{identity}>"), created, valid)?;
        let private = Zeroizing::new(key.to_armored_string(ArmorOptions::default())?);
        let public = PublicHalf {
            fingerprint: hex::encode(key.primary_key.fingerprint().as_bytes()),
            armored: key
                .to_public_key()
                .to_armored_string(ArmorOptions::default())?,
            expires: Duration::from_secs(now.as_secs()) + lifetime,
            identity,
        };
        Ok(Self {
            encoded: encode(name, &private),
            public,
        })
    }

    /// Writes the key to a new file that only its owner may read. A file that is there already is replaced as a whole.
    ///
    /// # Errors
    /// What the system says.
    pub fn write_to(&self, path: &Path) -> io::Result<()> {
        let beside = path.with_extension("new");
        // Left over from a start that was killed; its mode is not to be trusted.
        if let Err(error) = std::fs::remove_file(&beside)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(self.encoded.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    }

    /// The key as a client reads it. The caller answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.encoded
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// Standard base64 of `{"name": …, "pgp_key": …}`.
fn encode(name: &str, armored: &str) -> Zeroizing<String> {
    let json = serde_json::json!({ "name": name, "pgp_key": armored });
    let json = Zeroizing::new(json.to_string());
    Zeroizing::new(STANDARD.encode(json.as_bytes()))
}

fn signed(
    user: &str,
    created: Timestamp,
    lifetime: pgp::types::Duration,
) -> Result<SignedSecretKey, pgp::errors::Error> {
    let entropy = Zeroizing::new(rand::random::<[u8; 32]>());
    let secret = ed25519::SecretKey::try_from_bytes(*entropy, ed25519::Mode::EdDSALegacy)?;
    let public = PublicParams::EdDSALegacy((&secret).into());
    let secret = PlainSecretParams::EdDSALegacy(eddsa_legacy::SecretKey::Ed25519(secret));
    let algorithm = PublicKeyAlgorithm::EdDSALegacy;
    let public = PubKeyInner::new(KeyVersion::V4, algorithm, created, None, public)?;
    let public = PublicKey::from_inner(public)?;
    let secret = SecretKey::new(public.clone(), SecretParams::Plain(secret))?;

    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(true);
    let mut config = SignatureConfig::v4(
        SignatureType::CertPositive,
        algorithm,
        HashAlgorithm::Sha256,
    );
    config.hashed_subpackets = vec![
        Subpacket::critical(SubpacketData::SignatureCreationTime(created))?,
        Subpacket::critical(SubpacketData::KeyExpirationTime(lifetime))?,
        Subpacket::regular(SubpacketData::IssuerFingerprint(public.fingerprint()))?,
        Subpacket::critical(SubpacketData::KeyFlags(flags))?,
        Subpacket::regular(SubpacketData::IsPrimary(true))?,
    ];
    config.unhashed_subpackets = vec![Subpacket::regular(SubpacketData::IssuerKeyId(
        public.legacy_key_id(),
    ))?];
    let user = UserId::from_str(pgp::types::PacketHeaderVersion::New, user)?;
    let signature =
        config.sign_certification(&secret, &public, &Password::empty(), user.tag(), &user)?;
    let user = user.into_signed(signature);
    let details = SignedKeyDetails::new(Vec::new(), Vec::new(), vec![user], Vec::new());
    Ok(SignedSecretKey::new(
        secret,
        details,
        Vec::new(),
        Vec::new(),
    ))
}

#[cfg(test)]
mod tests {
    use pgp::composed::{Deserializable as _, SignedPublicKey};

    use super::*;

    const NOW: Duration = Duration::from_secs(1_795_187_762);
    const YEAR: Duration = Duration::from_hours(365 * 24);

    #[test]
    fn the_public_half_is_bound_dated_and_free_of_secrets() {
        let key = AccountKey::generate("automation", NOW, YEAR).expect("a key");
        let (public, _) = SignedPublicKey::from_string(&key.public.armored).expect("armored");
        public.verify_bindings().expect("the self signature holds");
        assert_eq!(
            hex::encode(public.fingerprint().as_bytes()),
            key.public.fingerprint
        );
        let signature = &public.details.users[0].signatures[0];
        let lifetime: Duration = signature.key_expiration_time().expect("a lifetime").into();
        assert_eq!(lifetime, YEAR);
        assert_eq!(
            u64::from(public.primary_key.created_at().as_secs()),
            NOW.as_secs()
        );
        assert_eq!(
            public.details.users[0].id.as_str(),
            Some("automation <automation@serviceaccount.omni.sidero.dev>")
        );
        assert!(!key.public.armored.contains("PRIVATE"));
    }

    #[test]
    fn the_encoded_key_is_what_clients_read_and_is_never_printed() {
        let key = AccountKey::generate("automation", NOW, YEAR).expect("a key");
        let json = STANDARD.decode(key.expose()).expect("base64");
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(json["name"], "automation");
        let armored = json["pgp_key"].as_str().expect("a text");
        let (secret, _) = SignedSecretKey::from_string(armored).expect("armored");
        assert_eq!(
            hex::encode(secret.fingerprint().as_bytes()),
            key.public.fingerprint
        );
        assert!(!format!("{key:?}").contains(key.expose()));
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }

    #[test]
    fn the_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let key = AccountKey::generate("automation", NOW, YEAR).expect("a key");
        key.write_to(&path).expect("written");
        key.write_to(&path).expect("written again");
        let mode = std::fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(&path).expect("text"), key.expose());
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}
