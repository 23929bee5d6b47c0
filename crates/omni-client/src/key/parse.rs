//! From text to key, one layer after the other: base64, JSON, armor, OpenPGP.

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::{SignedDuration, Timestamp};
use pgp::composed::{PublicOrSecret, SignedKeyDetails, SignedSecretKey};
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::types::{KeyDetails as _, KeyVersion};
use serde_json::Value;
use zeroize::Zeroizing;

use super::{AccountName, Inner, Key, KeyError};

/// Standard alphabet; padding may be missing, because shells and web forms lose it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads a key text.
pub(super) fn key_text(text: &str) -> Result<Key, KeyError> {
    let compact: Zeroizing<String> = Zeroizing::new(text.split_ascii_whitespace().collect());
    if compact.is_empty() {
        return Err(KeyError::Empty);
    }
    let json = BASE64
        .decode(compact.as_bytes())
        .map(Zeroizing::new)
        .map_err(|error| KeyError::NotBase64(describe(&error)))?;
    // The reader's own words may quote the input, so only the place is kept.
    let value: Value = serde_json::from_slice(&json).map_err(|error| KeyError::NotJson {
        line: error.line(),
        column: error.column(),
    })?;
    if !value.is_object() {
        return Err(KeyError::NotJson { line: 1, column: 1 });
    }
    let name: AccountName = field(&value, "name")?.parse()?;
    armored(&name.to_string(), field(&value, "pgp_key")?)
}

/// Reads an armored private key.
pub(super) fn armored(identity: &str, text: &str) -> Result<Key, KeyError> {
    let (mut keys, _headers) = PublicOrSecret::from_reader_many(text.as_bytes())
        .map_err(|error| KeyError::NoPgpKey(short(&error)))?;
    let first = keys
        .next()
        .ok_or_else(|| KeyError::NoPgpKey("no key packet".to_owned()))?
        .map_err(|error| KeyError::NoPgpKey(short(&error)))?;
    match first {
        PublicOrSecret::Public(_) => Err(KeyError::PublicKey),
        PublicOrSecret::Secret(secret) => complete(identity.to_owned(), secret),
    }
}

/// The lifetime of an armored public key, by its own word.
pub(super) fn lifetime_of_public(text: &str) -> Option<SignedDuration> {
    let (mut keys, _headers) = PublicOrSecret::from_reader_many(text.as_bytes()).ok()?;
    match keys.next()?.ok()? {
        PublicOrSecret::Public(public) => lifetime(&public.details),
        PublicOrSecret::Secret(_) => None,
    }
}

/// Checks a private key and draws out what callers ask for.
pub(super) fn complete(identity: String, secret: SignedSecretKey) -> Result<Key, KeyError> {
    let primary = &secret.primary_key;
    if primary.version() != KeyVersion::V4 || primary.algorithm() != PublicKeyAlgorithm::EdDSALegacy
    {
        let what = format!("{:?} {:?}", primary.version(), primary.algorithm());
        return Err(KeyError::UnsupportedAlgorithm(what));
    }
    if primary.secret_params().is_encrypted() {
        return Err(KeyError::Protected);
    }
    secret.verify_bindings().map_err(|_| KeyError::Damaged)?;
    let created = timestamp(primary.created_at().as_secs());
    Ok(Key(Arc::new(Inner {
        fingerprint: primary.fingerprint().to_string(),
        created,
        expires: lifetime(&secret.details).and_then(|lifetime| created.checked_add(lifetime).ok()),
        identity,
        secret,
    })))
}

/// The lifetime that the newest self-signature grants; none, or zero, means without end.
fn lifetime(details: &SignedKeyDetails) -> Option<SignedDuration> {
    let on_users = details.users.iter().flat_map(|user| &user.signatures);
    let newest = on_users
        .chain(&details.direct_signatures)
        .max_by_key(|signature| signature.created().map(pgp::types::Timestamp::as_secs))?;
    let seconds = newest.key_expiration_time()?.as_secs();
    (seconds > 0).then(|| SignedDuration::from_secs(i64::from(seconds)))
}

/// OpenPGP's seconds as a time.
fn timestamp(seconds: u32) -> Timestamp {
    Timestamp::from_second(i64::from(seconds)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A text field that is there and not empty.
fn field<'a>(value: &'a Value, name: &'static str) -> Result<&'a str, KeyError> {
    value
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or(KeyError::MissingField(name))
}

/// Where base64 went wrong, without the sign that stood there.
fn describe(error: &base64::DecodeError) -> String {
    match error {
        base64::DecodeError::InvalidByte(at, _) => format!("a wrong sign at position {at}"),
        base64::DecodeError::InvalidLength(length) => format!("{length} signs cannot be right"),
        base64::DecodeError::InvalidLastSymbol { .. } => "its end is cut off".to_owned(),
        base64::DecodeError::InvalidPadding => "wrong padding".to_owned(),
    }
}

/// The first line of the library's words; the rest may be long.
fn short(error: &pgp::errors::Error) -> String {
    let text = error.to_string();
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(120)
        .collect()
}
