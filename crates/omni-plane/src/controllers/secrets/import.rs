//! What makes imported secrets fit for use: the checks of Talos's own library, in its order and its words.

use base64::DecodeError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::bundle::ImportError;
use crate::pki::{self, KeyError, Secret};

/// Authorities that a bundle has, each with certificate and key.
const AUTHORITIES: [&str; 4] = ["etcd", "k8s", "k8saggregator", "os"];
/// The key that signs the tokens of service accounts: it has no certificate.
const SERVICE_ACCOUNT: &str = "k8sserviceaccount";

/// What is wrong with the secrets, nothing where all is well.
///
/// # Errors
/// [`ImportError::Base64`].
pub(super) fn check(secrets: &Value) -> Result<Vec<String>, ImportError> {
    let mut wrong = Vec::new();
    need(secrets, "cluster", &["id", "secret"], &mut wrong);
    need(secrets, "secrets", &["bootstraptoken"], &mut wrong);
    if !secrets["secrets"].is_null() {
        encryption(&secrets["secrets"], &mut wrong);
    }
    need(secrets, "trustdinfo", &["token"], &mut wrong);
    let certs = &secrets["certs"];
    if certs.is_null() {
        wrong.push("certs is required".to_owned());
        return Ok(wrong);
    }
    for name in AUTHORITIES {
        authority(certs, name, &mut wrong)?;
    }
    service_account(certs, &mut wrong)?;
    Ok(wrong)
}

fn need(secrets: &Value, section: &str, fields: &[&str], wrong: &mut Vec<String>) {
    if secrets[section].is_null() {
        wrong.push(format!("{section} is required"));
        return;
    }
    let lost = fields
        .iter()
        .filter(|field| is_empty(&secrets[section][**field]));
    wrong.extend(lost.map(|field| format!("{section}.{field} is required")));
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

/// What etcd's contents are encrypted with is one of two.
fn encryption(secrets: &Value, wrong: &mut Vec<String>) {
    const BOTH: &str = "[secrets.secretboxencryptionsecret, secrets.aescbcencryptionsecret]";
    let has = |field: &str| !is_empty(&secrets[field]);
    match (
        has("aescbcencryptionsecret"),
        has("secretboxencryptionsecret"),
    ) {
        (false, false) => wrong.push(format!("one of {BOTH} is required")),
        (true, true) => wrong.push(format!("only one of {BOTH} is allowed")),
        _ => {}
    }
}

fn authority(certs: &Value, name: &str, wrong: &mut Vec<String>) -> Result<(), ImportError> {
    if certs[name].is_null() {
        wrong.push(format!("certs.{name} is required"));
        return Ok(());
    }
    let (crt, key) = (decoded(&certs[name]["crt"])?, decoded(&certs[name]["key"])?);
    if let Err(why) = Secret::parse(&key) {
        wrong.push(format!("certs.{name} is invalid: {why}"));
    } else if let Err(why) = pki::certificate(&crt) {
        wrong.push(format!("certs.{name} is invalid: {why}"));
    }
    Ok(())
}

fn service_account(certs: &Value, wrong: &mut Vec<String>) -> Result<(), ImportError> {
    let name = SERVICE_ACCOUNT;
    if certs[name].is_null() {
        wrong.push(format!("certs.{name} is required"));
        return Ok(());
    }
    match Secret::parse(&decoded(&certs[name]["key"])?) {
        Ok(_) => {}
        // The library has this one sentence twice.
        Err(KeyError::Kind(kind)) => {
            wrong.push(format!(
                "certs.{name}.key is invalid: unsupported key type {kind:?}"
            ));
        }
        Err(why) => wrong.push(format!("certs.{name}.key is invalid: {why}")),
    }
    Ok(())
}

/// The bytes of a certificate or a key; none where there is none.
fn decoded(text: &Value) -> Result<Vec<u8>, ImportError> {
    let text = text.as_str().unwrap_or_default();
    let text: String = text
        .chars()
        .filter(|sign| !matches!(sign, '\r' | '\n'))
        .collect();
    STANDARD.decode(&text).map_err(|error| {
        ImportError::Base64(match error {
            DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol { offset: at, .. } => {
                at
            }
            DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => text.len(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::Bundle;
    use super::*;
    use crate::controllers::testing::imported_secrets;
    use omni_api::specs::secret_rotation_spec::Component;

    /// The words of the refusal.
    fn refusal(text: &str) -> String {
        Bundle::import(text).expect_err("refused").to_string()
    }

    #[test]
    fn imported_secrets_must_be_complete() {
        let bundle = Bundle::import(&imported_secrets()).expect("complete");
        assert_eq!(bundle.text(&["cluster", "id"]), "theirs");
        let crt = bundle.authority(Component::TalosCa).crt;
        assert!(crt.starts_with(b"-----BEGIN CERTIFICATE-----"));
        let text = refusal("cluster: {id: a}\nsecrets: {bootstraptoken: c}\ncerts: {}\n");
        let expected = "failed to validate imported cluster secret: 8 errors occurred:\n\t* cluster.secret is required\n\t* \
                        one of [secrets.secretboxencryptionsecret, secrets.aescbcencryptionsecret] is required\n\t* \
                        trustdinfo is required\n";
        assert!(text.starts_with(expected), "{text}");
        assert!(matches!(
            Bundle::import("a: ["),
            Err(ImportError::Unreadable(_))
        ));
    }

    #[test]
    fn a_bundle_without_certificates_lacks_them_all_at_once() {
        let text = refusal("x: y");
        assert_eq!(
            text,
            "failed to validate imported cluster secret: 4 errors occurred:\n\t* cluster is required\n\t* secrets is required\n\t* \
             trustdinfo is required\n\t* certs is required\n\n"
        );
    }

    #[test]
    fn etcd_is_encrypted_in_one_way_only() {
        let both = imported_secrets().replace(
            "secretboxencryptionsecret: e",
            "secretboxencryptionsecret: e, aescbcencryptionsecret: f",
        );
        let expected = "failed to validate imported cluster secret: 1 error occurred:\n\t* only one of \
                        [secrets.secretboxencryptionsecret, secrets.aescbcencryptionsecret] is allowed\n\n";
        assert_eq!(refusal(&both), expected);
    }

    #[test]
    fn keys_and_certificates_are_judged_in_talos_words() {
        let pem = |label: &str| {
            STANDARD.encode(format!(
                "-----BEGIN {label}-----\neHg=\n-----END {label}-----\n"
            ))
        };
        let good = Bundle::import(&imported_secrets()).expect("complete");
        let good = STANDARD.encode(good.authority(Component::KubernetesCa).key);
        for (pair, expected) in [
            ("{}".to_owned(), "failed to parse PEM block"),
            (
                format!("{{crt: eA==, key: {good}}}"),
                "failed to parse PEM block",
            ),
            (
                format!("{{crt: {}, key: {good}}}", pem("CERTIFICATE")),
                "failed to parse certificate: x509: malformed certificate",
            ),
            (
                format!("{{key: {}}}", pem("CERTIFICATE")),
                "unsupported key type: \"CERTIFICATE\"",
            ),
            (
                format!("{{key: {}}}", pem("RSA PRIVATE KEY")),
                "failed to parse RSA key: ",
            ),
            (
                format!("{{key: {}}}", pem("EC PRIVATE KEY")),
                "failed to parse ECDSA key: ",
            ),
            (
                format!("{{key: {}}}", pem("ED25519 PRIVATE KEY")),
                "failed to parse Ed25519 key: ",
            ),
            (
                format!("{{key: {}}}", pem("PRIVATE KEY")),
                "failed to parse key: ",
            ),
        ] {
            let mut wrong = Vec::new();
            let certs = crate::yaml::read(&format!("k8s: {pair}")).expect("YAML");
            authority(&certs, "k8s", &mut wrong).expect("base64");
            assert_eq!(wrong.len(), 1, "{pair}");
            let expected = format!("certs.k8s is invalid: {expected}");
            assert!(wrong[0].starts_with(&expected), "{}", wrong[0]);
        }
    }

    #[test]
    fn a_key_that_is_no_ed25519_does_not_pass_for_one() {
        let key = Bundle::import(&imported_secrets()).expect("complete");
        let key = key.authority(Component::KubernetesCa).key;
        let text = String::from_utf8(key).expect("text");
        let text = text.replace("PRIVATE KEY", "ED25519 PRIVATE KEY");
        assert_eq!(
            Secret::parse(text.as_bytes()).map(drop),
            Err(KeyError::NotEd25519)
        );
    }

    #[test]
    fn the_key_of_service_accounts_is_judged_alone() {
        let label = STANDARD.encode("-----BEGIN X-----\neHg=\n-----END X-----\n");
        for (key, expected) in [
            ("{}".to_owned(), "failed to parse PEM block"),
            (format!("{{key: {label}}}"), "unsupported key type \"X\""),
        ] {
            let mut wrong = Vec::new();
            let certs = crate::yaml::read(&format!("k8sserviceaccount: {key}")).expect("YAML");
            service_account(&certs, &mut wrong).expect("base64");
            assert_eq!(
                wrong,
                [format!(
                    "certs.k8sserviceaccount.key is invalid: {expected}"
                )]
            );
        }
    }

    #[test]
    fn what_is_no_base64_cannot_be_read() {
        let text = refusal("certs: {k8s: {crt: 'eA==', key: 'a*b='}}");
        assert_eq!(
            text,
            "failed to unmarshal imported cluster secret: illegal base64 data at input byte 1"
        );
    }

    #[test]
    fn a_bundle_that_talos_made_is_complete() {
        let text = include_str!("../../../tests/fixtures/talos-secrets.yaml");
        Bundle::import(text).expect("complete");
    }
}
