//! The recorded vectors verify, and nothing else does.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use omni_api::{Role, kind, labels, specs};
use prost_types::Timestamp;
use serde_json::Value;

use super::{KeyError, PublicKey, Unverified, Verifier};
use crate::{Clock, Moment, Store};

const VECTORS: &str = include_str!("../../../../../tests/fixtures/omni-api/auth-vectors.json");
const SIGNED_AT: Duration = Duration::from_secs(1_795_187_762);

fn vectors() -> Value {
    serde_json::from_str(VECTORS).expect("a table")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().expect("a text")
}

/// A store that knows the key of the vectors, at the time at which they were signed.
fn store() -> (Store, Clock) {
    let clock = Clock::manual_at(Moment::from_unix(SIGNED_AT));
    let store = Store::in_memory(clock.clone());
    let vectors = vectors();
    store
        .put::<kind::User>("", "u", |user| user.spec.role = "Admin".into())
        .expect("it is new");
    let known = store.put::<kind::PublicKey>("", text(&vectors, "fingerprint"), |key| {
        key.metadata
            .labels
            .insert(labels::PUBLIC_KEY_USER_ID.into(), "u".into());
        key.spec = specs::PublicKeySpec {
            public_key: text(&vectors, "armored_public_key").into(),
            expiration: Some(Timestamp {
                seconds: 1_900_000_000,
                nanos: 0,
            }),
            confirmed: true,
            role: "Operator".into(),
            identity: Some(specs::Identity {
                email: "vector@serviceaccount.omni.sidero.dev".into(),
            }),
            ..Default::default()
        };
    });
    known.expect("it is new");
    (store, clock)
}

fn edit_key(store: &Store, edit: impl Fn(&mut specs::PublicKeySpec)) {
    let fingerprint = text(&vectors(), "fingerprint").to_owned();
    let edited = store.put::<kind::PublicKey>("", &fingerprint, |key| edit(&mut key.spec));
    assert_eq!(edited, Ok(true));
}

fn headers(vector: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in [
        "x-sidero-timestamp",
        "x-sidero-payload",
        "x-sidero-signature",
    ] {
        headers.insert(
            name,
            HeaderValue::from_str(text(vector, name)).expect("a header"),
        );
    }
    for (name, values) in vector["request_metadata"].as_object().expect("a map") {
        for value in values.as_array().expect("a list") {
            let name: HeaderName = name.parse().expect("a name");
            headers.append(
                name,
                HeaderValue::from_str(value.as_str().expect("a text")).expect("a value"),
            );
        }
    }
    headers
}

#[test]
fn every_recorded_signature_verifies() {
    let verifier = Verifier::new(store().0);
    let vectors = vectors();
    let rows = vectors["grpc"].as_array().expect("a list");
    for vector in rows {
        let caller = verifier.check(&headers(vector), text(vector, "method"));
        let caller = caller.unwrap_or_else(|error| panic!("{}: {error}", vector["name"]));
        assert_eq!(caller.identity, "vector@serviceaccount.omni.sidero.dev");
        assert_eq!(
            caller.role,
            Role::Operator,
            "the weaker of the user's and the key's"
        );
    }
    println!(
        "auth-vectors.json: {} of {} gRPC rows ran",
        rows.len(),
        rows.len()
    );
}

#[test]
fn a_changed_payload_header_or_method_does_not_verify() {
    let verifier = Verifier::new(store().0);
    let vectors = vectors();
    let vector = &vectors["grpc"][1];
    let method = text(vector, "method");
    let mut reworded = headers(vector);
    let payload = text(vector, "x-sidero-payload").replace("\"Omni\"", "\"Omni\" ");
    reworded.insert(
        "x-sidero-payload",
        HeaderValue::from_str(&payload).expect("a header"),
    );
    assert!(matches!(
        verifier.check(&reworded, method),
        Err(Unverified::Signature(_))
    ));
    let mut elsewhere = headers(vector);
    elsewhere.insert("runtime", HeaderValue::from_static("Talos"));
    assert!(matches!(
        verifier.check(&elsewhere, method),
        Err(Unverified::Covered("runtime"))
    ));
    let other = verifier.check(&headers(vector), "/cosi.resource.State/Destroy");
    assert!(matches!(other, Err(Unverified::Method(_))));
}

#[test]
fn five_minutes_are_the_limit_of_the_skew() {
    let (store, clock) = store();
    let verifier = Verifier::new(store);
    let vectors = vectors();
    let vector = &vectors["grpc"][0];
    clock.advance(Duration::from_mins(5));
    assert!(
        verifier
            .check(&headers(vector), text(vector, "method"))
            .is_ok()
    );
    clock.advance(Duration::from_secs(1));
    let late = verifier.check(&headers(vector), text(vector, "method"));
    assert!(matches!(late, Err(Unverified::Skew)));
}

#[test]
fn a_key_that_is_unknown_expired_unconfirmed_or_without_user_is_refused() {
    let vectors = vectors();
    let vector = &vectors["grpc"][0];
    let check = |store: &Store| {
        Verifier::new(store.clone()).check(&headers(vector), text(vector, "method"))
    };
    let empty = Store::in_memory(store().1);
    assert!(matches!(check(&empty), Err(Unverified::UnknownKey(_))));
    let (expired, _) = store();
    edit_key(&expired, |key| {
        key.expiration = Some(Timestamp {
            seconds: 1_795_187_761,
            nanos: 0,
        });
    });
    assert!(matches!(check(&expired), Err(Unverified::Unusable { .. })));
    let (unconfirmed, _) = store();
    edit_key(&unconfirmed, |key| key.confirmed = false);
    assert!(matches!(
        check(&unconfirmed),
        Err(Unverified::Unusable { .. })
    ));
    let (orphan, _) = store();
    assert_eq!(orphan.remove::<kind::User>("", "u"), Ok(true));
    assert!(matches!(check(&orphan), Err(Unverified::Unusable { .. })));
}

#[test]
fn a_signature_header_with_too_few_parts_is_refused() {
    let verifier = Verifier::new(store().0);
    let vectors = vectors();
    let vector = &vectors["grpc"][0];
    for short in [
        "",
        "siderov1",
        "siderov1 vector",
        "siderov1 vector 13c9",
        "siderov2 a b c",
        "siderov1 a b !",
    ] {
        let mut headers = headers(vector);
        headers.insert(
            "x-sidero-signature",
            HeaderValue::from_str(short).expect("a header"),
        );
        let refused = verifier.check(&headers, text(vector, "method"));
        assert!(matches!(refused, Err(Unverified::Malformed)), "{short:?}");
    }
    let bare = verifier.check(&HeaderMap::new(), text(vector, "method"));
    assert!(matches!(bare, Err(Unverified::Header(_))));
}

#[test]
fn a_revoked_role_counts_at_once() {
    let (store, _) = store();
    let verifier = Verifier::new(store.clone());
    let vectors = vectors();
    let vector = &vectors["grpc"][0];
    let role = || {
        verifier
            .check(&headers(vector), text(vector, "method"))
            .expect("signed")
            .role
    };
    assert_eq!(role(), Role::Operator);
    store
        .put::<kind::User>("", "u", |user| user.spec.role = "Reader".into())
        .expect("it is there");
    assert_eq!(role(), Role::Reader);
}

#[test]
fn use_of_an_account_is_noted_once_a_minute() {
    let (store, clock) = store();
    let verifier = Verifier::new(store.clone());
    let vectors = vectors();
    let vector = &vectors["grpc"][0];
    let use_it = || {
        verifier
            .check(&headers(vector), text(vector, "method"))
            .expect("signed");
        let seen = store.read::<kind::IdentityLastActive>("vector@serviceaccount.omni.sidero.dev");
        seen.expect("it is noted").metadata.version.to_string()
    };
    assert_eq!([use_it(), use_it()], ["1", "1"]);
    clock.advance(Duration::from_mins(1));
    assert_eq!(use_it(), "2");
}

#[test]
fn a_key_with_its_secret_or_without_an_end_is_not_accepted() {
    let key = vectors();
    let account = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        text(&key, "service_account_key"),
    );
    let account: Value = serde_json::from_slice(&account.expect("base64")).expect("JSON");
    let secret = PublicKey::parse(text(&account, "pgp_key").as_bytes());
    assert!(matches!(secret, Err(KeyError::Private)));
    assert!(PublicKey::parse(b"no key").is_err());
    let public =
        PublicKey::parse(text(&key, "armored_public_key").as_bytes()).expect("a public key");
    assert_eq!(public.fingerprint, text(&key, "fingerprint"));
    assert!(public.valid_at(SIGNED_AT));
    assert!(!public.valid_at(public.expires() + Duration::from_secs(301)));
}
