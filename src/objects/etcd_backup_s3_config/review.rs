//! What is wrong with the settings of a bucket before they are written, and what the server's own test of it means: pure.
//!
//! No message points at an attribute that holds a secret: a core shows the line that it points at.

use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::{Credential, EtcdBackupS3Config};

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &EtcdBackupS3Config, diagnostics: &mut Diagnostics) {
    let credentials = config.credentials();
    for credential in &credentials {
        diagnostics.extend(forms(credential));
    }
    let [id, secret, token] = &credentials;
    if !id.is_open() && !secret.is_open() && id.is_set() != secret.is_set() {
        let (has, lacks) = if id.is_set() {
            (id, secret)
        } else {
            (secret, id)
        };
        diagnostics.push(
            Diagnostic::error("Half of an access key")
                .detail(format!("`{}` is set and `{}` is not: an access key is both.", has.name, lacks.name))
                .remedy("Set both, or neither: without a key Omni uses the role of the machine that it runs on.")
                .at_attribute(lacks.name),
        );
    } else if !id.is_open() && token.is_set() && !id.is_set() {
        diagnostics.push(
            Diagnostic::error("A session token without its access key")
                .detail("`session_token` belongs to a temporary access key, and `access_key_id` is not set.")
                .remedy("Set the id and the secret that were issued with the token.")
                .at_attribute("access_key_id"),
        );
    }
    if let Some(bucket) = config.bucket.as_str() {
        diagnostics.extend(wrong_bucket(bucket));
    }
    if let Some(endpoint) = config.endpoint.as_str() {
        diagnostics.extend(wrong_endpoint(endpoint));
    }
}

/// One credential has one form, and the write-only one has a version.
fn forms(credential: &Credential<'_>) -> Option<Diagnostic> {
    let name = credential.name;
    if credential.kept.is_known() && credential.written.is_known() {
        return Some(
            Diagnostic::error("Two forms of one credential")
                .detail(format!("`{name}` and `{name}_wo` are both set."))
                .remedy(format!("Keep `{name}_wo`: it is never in the state."))
                .at_attribute(version_of(name)),
        );
    }
    if credential.written.is_known() && credential.version.is_null() {
        let version = format!("{name}_wo_version");
        return Some(
            Diagnostic::error("No version of the credential")
                .detail("A write-only value is not in the state, so that a change of it can only be seen by its version.")
                .remedy(format!("Set `{version} = 1`, and raise it when `{name}_wo` holds another value."))
                .at_attribute(version_of(name)),
        );
    }
    None
}

fn version_of(name: &str) -> &'static str {
    match name {
        "access_key_id" => "access_key_id_wo_version",
        "secret_access_key" => "secret_access_key_wo_version",
        _ => "session_token_wo_version",
    }
}

fn wrong_bucket(bucket: &str) -> Option<Diagnostic> {
    let wrong =
        bucket.is_empty() || bucket.contains(['/', ':']) || bucket.contains(char::is_whitespace);
    wrong.then(|| {
        Diagnostic::error("Invalid name of a bucket")
            .detail(format!("{bucket:?} is not the name of a bucket: it is no address and no path."))
            .remedy("Write the name alone, such as \"etcd-backups\"; the address of the store goes into `endpoint`.")
            .at_attribute("bucket")
    })
}

fn wrong_endpoint(endpoint: &str) -> Option<Diagnostic> {
    if endpoint.is_empty() {
        return None;
    }
    let host = endpoint
        .strip_prefix("https://")
        .or_else(|| endpoint.strip_prefix("http://"));
    let host = host.and_then(|rest| rest.split('/').next());
    let right = host.is_some_and(|host| !host.is_empty() && !host.contains(char::is_whitespace));
    (!right).then(|| {
        Diagnostic::error("Invalid endpoint of a store")
            .detail(format!("{endpoint:?} is not a URL."))
            .remedy("Begin with http:// or https://, such as \"https://minio.example.com:9000\"; leave it out for Amazon.")
            .at_attribute("endpoint")
    })
}

/// The warning where credentials are kept in the state, with the lines that avoid it; `None` where none is.
pub fn kept_in_state(config: &EtcdBackupS3Config) -> Option<Diagnostic> {
    let [_, secret, token] = config.credentials();
    let kept: Vec<&str> = [secret, token]
        .iter()
        .filter(|credential| matches!(credential.kept, Attr::Known(_) | Attr::Unknown))
        .map(|credential| credential.name)
        .collect();
    if kept.is_empty() {
        return None;
    }
    let lines: Vec<String> = kept
        .iter()
        .map(|name| format!("  {name}_wo         = …\n  {name}_wo_version = 1"))
        .collect();
    Some(
        Diagnostic::warning("Credentials of the bucket are kept in the state")
            .detail(format!(
                "{} can be read by whoever can read the state.",
                kept.iter()
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(" and ")
            ))
            .remedy(format!(
                "Write instead, from an ephemeral resource or variable:\n\n{}",
                lines.join("\n")
            )),
    )
}

/// Omni's own test of the bucket failed: its words, and what they can mean.
pub fn refused(problems: &[String], config: &EtcdBackupS3Config) -> Diagnostic {
    let bucket = config.bucket.as_str().unwrap_or_default();
    let credentials = if config.credentials()[0].is_set() {
        "the access key may list the bucket (`s3:ListBucket`), and its id and secret belong together"
    } else {
        "the role of the machine that Omni runs on may list the bucket (`s3:ListBucket`): no access key is set here"
    };
    let place = match config.endpoint.as_str() {
        Some(endpoint) if !endpoint.is_empty() => {
            format!("`endpoint` ({endpoint}) can be reached from Omni, not only from here")
        }
        _ => "`region` is the bucket's: without `endpoint` Omni asks Amazon".to_owned(),
    };
    Diagnostic::error("Omni cannot use the bucket")
        .detail(format!(
            "Omni lists a bucket before it stores the settings, and nothing was stored. Of {bucket:?} it says: {}.",
            problems.join("; ").trim_end_matches('.')
        ))
        .remedy(format!("Check that the bucket exists and is spelt right in `bucket`; that {place}; and that {credentials}."))
        .at_attribute("bucket")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::shared::testing::summaries;
    use tfplugin::types::Secret;

    fn secret(text: &str) -> Attr<Secret> {
        Attr::Known(Secret::new(text))
    }

    fn bucket() -> EtcdBackupS3Config {
        EtcdBackupS3Config {
            bucket: "backups".into(),
            ..Default::default()
        }
    }

    fn problems(config: &EtcdBackupS3Config) -> Vec<String> {
        summaries(|found| configuration(config, found))
    }

    #[test]
    fn an_access_key_is_whole_in_any_mixture_of_forms_or_not_there() {
        assert!(problems(&bucket()).is_empty());
        let mixed = EtcdBackupS3Config {
            access_key_id: secret("AKIA"),
            secret_access_key_wo: secret("hush"),
            secret_access_key_wo_version: Attr::Known(1),
            ..bucket()
        };
        assert!(problems(&mixed).is_empty());
        let half = EtcdBackupS3Config {
            secret_access_key: secret("hush"),
            ..bucket()
        };
        assert_eq!(problems(&half), ["Half of an access key"]);
        let unknown = EtcdBackupS3Config {
            access_key_id: Attr::Unknown,
            ..half
        };
        assert!(problems(&unknown).is_empty());
    }

    #[test]
    fn a_token_needs_its_key() {
        let alone = EtcdBackupS3Config {
            session_token: secret("t"),
            ..bucket()
        };
        assert_eq!(problems(&alone), ["A session token without its access key"]);
    }

    #[test]
    fn a_credential_has_one_form_and_the_write_only_one_a_version() {
        let both = EtcdBackupS3Config {
            access_key_id: secret("AKIA"),
            access_key_id_wo: secret("AKIA"),
            access_key_id_wo_version: Attr::Known(1),
            secret_access_key_wo: secret("hush"),
            ..bucket()
        };
        assert_eq!(
            problems(&both),
            [
                "Two forms of one credential",
                "No version of the credential"
            ]
        );
    }

    #[test]
    fn buckets_and_endpoints_are_not_confused() {
        for wrong in ["", "s3://backups", "a/b", "a b"] {
            let config = EtcdBackupS3Config {
                bucket: wrong.into(),
                ..bucket()
            };
            assert_eq!(problems(&config), ["Invalid name of a bucket"], "{wrong}");
        }
        for wrong in ["minio:9000", "https://", "http:///x", "s3.example.com"] {
            let config = EtcdBackupS3Config {
                endpoint: wrong.into(),
                ..bucket()
            };
            assert_eq!(
                problems(&config),
                ["Invalid endpoint of a store"],
                "{wrong}"
            );
        }
        let right = EtcdBackupS3Config {
            endpoint: "http://127.0.0.1:9000/".into(),
            ..bucket()
        };
        assert!(problems(&right).is_empty());
    }

    #[test]
    fn the_warning_shows_the_lines_that_avoid_it_and_no_secret() {
        let kept = EtcdBackupS3Config {
            access_key_id: secret("AKIA"),
            secret_access_key: secret("hush"),
            ..bucket()
        };
        let text = format!("{:?}", kept_in_state(&kept).expect("a warning"));
        assert!(
            text.contains("secret_access_key_wo_version = 1") && !text.contains("hush"),
            "{text}"
        );
        assert!(kept_in_state(&bucket()).is_none());
    }

    #[test]
    fn a_refusal_brings_the_servers_words_and_what_to_look_at() {
        let config = EtcdBackupS3Config {
            endpoint: "http://127.0.0.1:1".into(),
            ..bucket()
        };
        let text = format!("{:?}", refused(&["no such bucket".into()], &config));
        assert!(
            text.contains("no such bucket") && text.contains("http://127.0.0.1:1"),
            "{text}"
        );
    }
}
