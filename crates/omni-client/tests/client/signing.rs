//! Signatures, against the vectors that a Go client made.

use http::HeaderMap;
use jiff::Timestamp;
use omni_client::sign::{self, SignatureHeader, VerifyError};
use omni_client::{Key, KeyError};
use serde_json::Value;

/// The recorded vectors.
pub(crate) fn vectors() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/omni-api/auth-vectors.json"
    );
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    serde_json::from_str(&text).expect("the fixture is JSON")
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} is a text"))
}

fn headers(vector: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, values) in vector["request_metadata"].as_object().expect("an object") {
        for value in values.as_array().expect("a list") {
            let name: http::HeaderName = name.parse().expect("a name");
            headers.append(
                name,
                value.as_str().expect("a text").parse().expect("a value"),
            );
        }
    }
    headers
}

#[test]
fn the_recorded_signatures_hold_and_ours_are_made_over_the_same_text() {
    let vectors = vectors();
    let public = text(&vectors, "armored_public_key");
    let key = Key::parse(text(&vectors, "service_account_key")).expect("a key");
    assert_eq!(key.fingerprint(), text(&vectors, "fingerprint"));
    assert_eq!(key.identity(), text(&vectors, "identity_in_header"));

    let rows = vectors["grpc"].as_array().expect("rows");
    for row in rows {
        let theirs: SignatureHeader = text(row, "x-sidero-signature").parse().expect("a header");
        let payload = text(row, "x-sidero-payload");
        assert_eq!(
            sign::verify(public, payload.as_bytes(), &theirs.signature),
            Ok(())
        );
        assert_eq!(theirs.to_string(), text(row, "x-sidero-signature"));

        let now: i64 = text(row, "x-sidero-timestamp").parse().expect("seconds");
        let mut sent = headers(row);
        let at = Timestamp::from_second(now).expect("a time");
        sign::sign(&key, text(row, "method"), &mut sent, at).expect("signed");
        let header = |name| {
            sent.get(name)
                .and_then(|value: &http::HeaderValue| value.to_str().ok())
        };
        assert_eq!(header(sign::PAYLOAD), Some(payload), "{}", row["name"]);
        assert_eq!(
            header(sign::TIMESTAMP),
            Some(text(row, "x-sidero-timestamp"))
        );
        let ours: SignatureHeader = header(sign::SIGNATURE)
            .expect("set")
            .parse()
            .expect("a header");
        assert_eq!(
            sign::verify(public, payload.as_bytes(), &ours.signature),
            Ok(())
        );
        assert_eq!(
            (ours.identity, ours.fingerprint),
            (theirs.identity, theirs.fingerprint)
        );
        // Packet header; version 4, binary document, EdDSA, SHA-256, length of the hashed part: as in the recording. The
        // packet's length varies, because a number's leading zeros are not written.
        assert_eq!(ours.signature[0], theirs.signature[0]);
        assert_eq!(ours.signature[2..8], theirs.signature[2..8]);
    }
    println!(
        "auth-vectors.json: {} gRPC rows verified and signed alike",
        rows.len()
    );
    assert_eq!(rows.len(), 5);
}

#[test]
fn the_recorded_http_signatures_hold_over_their_four_lines() {
    let vectors = vectors();
    let public = text(&vectors, "armored_public_key");
    let rows = vectors["http"].as_array().expect("rows");
    for row in rows {
        let header: SignatureHeader = text(row, "x-sidero-signature").parse().expect("a header");
        let payload = text(row, "payload").as_bytes();
        assert_eq!(sign::verify(public, payload, &header.signature), Ok(()));
    }
    println!("auth-vectors.json: {} HTTP rows verified", rows.len());
    assert_eq!(rows.len(), 2);
}

#[test]
fn a_signature_over_other_bytes_or_by_another_key_does_not_hold() {
    let vectors = vectors();
    let public = text(&vectors, "armored_public_key");
    let row = &vectors["grpc"][0];
    let header: SignatureHeader = text(row, "x-sidero-signature").parse().expect("a header");
    let payload = text(row, "x-sidero-payload");
    let changed = payload.replace("Get", "List");
    let verify =
        |payload: &str, signature: &[u8]| sign::verify(public, payload.as_bytes(), signature);
    assert_eq!(
        verify(&changed, &header.signature),
        Err(VerifyError::Mismatch)
    );
    assert!(matches!(
        verify(payload, b"nonsense"),
        Err(VerifyError::Packet(_))
    ));

    let name = "other".parse().expect("a name");
    let hour = jiff::SignedDuration::from_hours(1);
    let other = omni_client::GeneratedKey::new(&name, hour, Timestamp::now()).expect("a key");
    let foreign = sign::verify(&other.public, payload.as_bytes(), &header.signature);
    assert_eq!(foreign, Err(VerifyError::Mismatch));
}

#[test]
fn an_older_signature_is_replaced_and_an_expired_key_signs_nothing() {
    let key = Key::parse(text(&vectors(), "service_account_key")).expect("a key");
    let end = key.expires().expect("an end");
    let mut headers = HeaderMap::new();
    for _ in 0..2 {
        sign::sign(&key, "/a.B/C", &mut headers, key.created()).expect("signed");
    }
    assert_eq!(headers.get_all(sign::SIGNATURE).iter().count(), 1);
    assert_eq!(headers.get_all(sign::PAYLOAD).iter().count(), 1);

    let late = end + jiff::SignedDuration::from_mins(6);
    let mut headers = HeaderMap::new();
    let refused = sign::sign(&key, "/a.B/C", &mut headers, late);
    assert_eq!(refused, Err(KeyError::Expired { since: end }));
    assert!(headers.is_empty());
}
