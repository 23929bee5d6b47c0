//! Keys: made, read, refused for the right reason.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use omni_client::{AccountName, GeneratedKey, Key, KeyError};
use proptest::prelude::*;

use crate::signing::vectors;

fn generate(name: &str) -> GeneratedKey {
    let name: AccountName = name.parse().expect("a name");
    GeneratedKey::new(&name, SignedDuration::from_hours(24), Timestamp::now()).expect("a key")
}

fn encode(name: &str, pgp_key: &str) -> String {
    BASE64_STANDARD.encode(serde_json::json!({ "name": name, "pgp_key": pgp_key }).to_string())
}

#[test]
fn a_generated_key_is_read_back_with_its_name_and_lifetime() {
    for name in ["automation", "infra-provider:aws"] {
        let made = generate(name);
        let read = Key::parse(made.text.expose()).expect("a key");
        assert_eq!(read.identity(), name);
        assert_eq!(read.fingerprint(), made.key.fingerprint());
        let lifetime = read
            .expires()
            .expect("an end")
            .duration_since(read.created());
        assert_eq!(lifetime, SignedDuration::from_hours(24));
        assert_eq!(read.check(Timestamp::now()), Ok(()));
        assert!(
            made.public
                .starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----")
        );
        assert!(!made.public.contains("PRIVATE"));
    }
    assert_eq!(
        generate("infra-provider:aws").key.full_id(),
        "aws@infra-provider.serviceaccount.omni.sidero.dev"
    );
}

#[test]
fn a_lifetime_beyond_a_year_or_of_nothing_is_refused() {
    let name: AccountName = "a".parse().expect("a name");
    let make = |ttl| GeneratedKey::new(&name, ttl, Timestamp::now()).map(|_| ());
    assert_eq!(make(SignedDuration::from_hours(365 * 24)), Ok(()));
    assert_eq!(
        make(SignedDuration::from_hours(366 * 24)),
        Err(KeyError::Lifetime)
    );
    assert_eq!(make(SignedDuration::ZERO), Err(KeyError::Lifetime));
    assert_eq!(make(SignedDuration::from_secs(-1)), Err(KeyError::Lifetime));
}

#[test]
fn a_key_text_may_be_wrapped_and_may_have_lost_its_padding() {
    let made = generate("automation");
    let text = made.text.expose();
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let wrapped = lines.collect::<Vec<_>>().join("\r\n");
    assert!(Key::parse(&wrapped).is_ok());
    assert!(Key::parse(text.trim_end_matches('=')).is_ok());
}

#[test]
fn each_layer_of_a_broken_key_is_named() {
    let made = generate("automation");
    let private = BASE64_STANDARD.decode(made.text.expose()).expect("base64");
    let private: serde_json::Value = serde_json::from_slice(&private).expect("JSON");
    let private = private["pgp_key"].as_str().expect("a text");
    let json = |text: &str| BASE64_STANDARD.encode(text);
    let error = |text: &str| Key::parse(text).expect_err("broken");

    assert_eq!(error(" \n"), KeyError::Empty);
    assert!(matches!(error("!!!"), KeyError::NotBase64(_)));
    assert!(matches!(
        error(&json("{\"name\"")),
        KeyError::NotJson { line: 1, .. }
    ));
    assert!(matches!(error(&json("[]")), KeyError::NotJson { .. }));
    assert_eq!(error(&json("{}")), KeyError::MissingField("name"));
    assert_eq!(
        error(&json("{\"name\":\"a\",\"pgp_key\":5}")),
        KeyError::MissingField("pgp_key")
    );
    assert!(matches!(error(&encode("a b", private)), KeyError::Name(_)));
    assert!(matches!(
        error(&encode("a", "no key")),
        KeyError::NoPgpKey(_)
    ));
    assert_eq!(error(&encode("a", &made.public)), KeyError::PublicKey);
    let half = &private[..private.len() / 2];
    assert!(matches!(
        error(&encode("a", half)),
        KeyError::NoPgpKey(_) | KeyError::Damaged
    ));
}

#[test]
fn a_key_expires_by_the_clock_that_is_asked() {
    let key =
        Key::parse(vectors()["service_account_key"].as_str().expect("a text")).expect("a key");
    let end = key.expires().expect("an end");
    let after = |minutes| end + SignedDuration::from_mins(minutes);
    assert_eq!(key.check(after(4)), Ok(()));
    assert_eq!(key.check(after(6)), Err(KeyError::Expired { since: end }));
    let before = key.created() - SignedDuration::from_mins(6);
    assert_eq!(
        key.check(before),
        Err(KeyError::NotYetValid {
            from: key.created()
        })
    );
}

#[test]
fn nothing_of_a_key_is_printed() {
    let made = generate("automation");
    let printed = format!("{made:?} {:#?}", made.key);
    assert!(!printed.contains(made.text.expose()));
    assert!(!printed.contains("PRIVATE"), "{printed}");
    let seen: serde_json::Value =
        serde_json::from_slice(&BASE64_STANDARD.decode(made.text.expose()).expect("base64"))
            .expect("JSON");
    let body = seen["pgp_key"]
        .as_str()
        .expect("a text")
        .lines()
        .nth(2)
        .expect("a line");
    assert!(!printed.contains(body));
}

#[test]
fn an_error_never_quotes_the_key() {
    let canary = "CANARYCANARY";
    for text in [
        BASE64_STANDARD.encode(format!("{{\"name\": {canary}")),
        BASE64_STANDARD.encode(format!("\"{canary}\"")),
        encode(
            "a",
            &format!(
                "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{canary}\n-----END PGP PRIVATE KEY BLOCK-----\n"
            ),
        ),
        format!("{canary}!"),
    ] {
        let error = Key::parse(&text).expect_err("broken");
        let told = format!("{error} {error:?}");
        assert!(!told.contains(canary), "{told}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        prop_assert!(Key::parse(&text).is_err());
    }

    #[test]
    fn no_bytes_in_base64_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Key::parse(&BASE64_STANDARD.encode(bytes)).is_err());
    }

    #[test]
    fn no_damage_to_a_key_makes_the_reader_panic(at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let text = vectors()["service_account_key"].as_str().expect("a text").to_owned();
        let json = BASE64_STANDARD.decode(text).expect("base64");
        let mut value: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        let mut armored = value["pgp_key"].as_str().expect("a text").as_bytes().to_vec();
        let index = at.index(armored.len());
        armored[index] = with;
        value["pgp_key"] = String::from_utf8_lossy(&armored).into();
        let _ = Key::parse(&BASE64_STANDARD.encode(value.to_string()));
    }

    #[test]
    fn no_text_makes_the_omniconfig_reader_panic(text in "(contexts|context|url|auth|[:\\-\\[\\]{}|>&*!%\"' \n\ta-z0-9]){0,80}") {
        let _ = omni_client::omniconfig::Omniconfig::parse(&text);
    }
}
