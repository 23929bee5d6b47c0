//! `parse_service_account_key`: what is in a service account key, apart from its secret.

use omni_client::Key;
use tfplugin::objects::{Function, FunctionError};
use tfplugin::types::Secret;
use tfplugin::{Attr, Object};

/// Reads a service account key and answers what is in it apart from the private key itself: for checks, and for messages that name the
/// account.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "parse_service_account_key")]
pub struct Args {
    /// The key, as Omni prints it.
    #[attr(required, sensitive)]
    pub key: Attr<Secret>,
}

/// What is in a service account key.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Parsed {
    /// Name of the service account.
    #[attr(computed)]
    pub name: Attr<String>,
    /// Full id of the service account, in the form of an e-mail address.
    #[attr(computed)]
    pub id: Attr<String>,
    /// Fingerprint of the key.
    #[attr(computed)]
    pub public_key_id: Attr<String>,
    /// When the key was made, RFC 3339.
    #[attr(computed)]
    pub created_at: Attr<String>,
    /// When the key ends, RFC 3339; null when it does not.
    #[attr(computed)]
    pub expires_at: Attr<String>,
}

/// The function `parse_service_account_key`.
#[derive(Debug, Default)]
pub struct ParseServiceAccountKey;

// === impl ParseServiceAccountKey ===

impl Function for ParseServiceAccountKey {
    type Args = Args;
    type Output = Parsed;

    fn call(&self, args: Args) -> Result<Parsed, FunctionError> {
        let text = args.key.as_known().map(Secret::expose).unwrap_or_default();
        let key = Key::parse(text)
            .map_err(|error| FunctionError::new(format!("{error}.")).argument("key"))?;
        Ok(Parsed {
            name: Attr::from(key.identity()),
            id: Attr::Known(key.full_id()),
            public_key_id: Attr::from(key.fingerprint()),
            created_at: Attr::Known(key.created().to_string()),
            expires_at: Attr::from(key.expires().map(|end| end.to_string())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{SignedDuration, Timestamp};
    use omni_client::GeneratedKey;

    #[test]
    fn a_key_is_described_without_its_secret() {
        let name = "automation".parse().expect("a name");
        let made = GeneratedKey::new(&name, SignedDuration::from_hours(1), Timestamp::now())
            .expect("a key");
        let args = Args {
            key: Attr::Known(Secret::new(made.text.expose())),
        };
        let parsed = ParseServiceAccountKey.call(args).expect("a key text");
        assert_eq!(parsed.name.as_str(), Some("automation"));
        assert_eq!(
            parsed.id.as_str(),
            Some("automation@serviceaccount.omni.sidero.dev")
        );
        assert_eq!(parsed.public_key_id.as_str(), Some(made.key.fingerprint()));
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        let args = Args {
            key: Attr::Known(Secret::new("canary")),
        };
        let error = ParseServiceAccountKey.call(args).expect_err("no key");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}
