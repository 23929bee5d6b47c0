//! Names of service accounts, plain and in full.

use std::fmt;
use std::str::FromStr;

use super::NameError;

/// Suffix of an ordinary account's full id.
const SERVICE_ACCOUNT: &str = "@serviceaccount.omni.sidero.dev";
/// Suffix of an infrastructure provider's full id.
const INFRA_PROVIDER: &str = "@infra-provider.serviceaccount.omni.sidero.dev";
/// Prefix of an infrastructure provider's plain name.
const PREFIX: &str = "infra-provider:";

/// The name of a service account.
///
/// `Display` and `FromStr` use the plain form that key files and signatures carry: `automation`, `infra-provider:aws`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountName {
    /// An account of a person or a pipeline.
    ServiceAccount(String),
    /// The account with which an infrastructure provider connects; holds the provider's id.
    InfraProvider(String),
}

// === impl AccountName ===

impl AccountName {
    /// The account of the infrastructure provider with this id.
    ///
    /// # Errors
    /// [`NameError::ProviderId`] when the id is no DNS label.
    pub fn infra_provider(id: &str) -> Result<Self, NameError> {
        if is_dns_label(id) {
            Ok(Self::InfraProvider(id.to_owned()))
        } else {
            Err(NameError::ProviderId(id.to_owned()))
        }
    }

    /// The name without the prefix that tells an infrastructure provider.
    pub fn base(&self) -> &str {
        match self {
            Self::ServiceAccount(name) | Self::InfraProvider(name) => name,
        }
    }

    /// The full id, in the form of an e-mail address.
    pub fn full_id(&self) -> String {
        match self {
            Self::ServiceAccount(name) => format!("{name}{SERVICE_ACCOUNT}"),
            Self::InfraProvider(id) => format!("{id}{INFRA_PROVIDER}"),
        }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ServiceAccount(name) => f.write_str(name),
            Self::InfraProvider(id) => write!(f, "{PREFIX}{id}"),
        }
    }
}

impl FromStr for AccountName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(id) = text.strip_prefix(PREFIX) {
            return Self::infra_provider(id);
        }
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        // Whatever the local part of an e-mail address cannot have: the server reads the full id as one.
        let bad = |sign: &char| {
            sign.is_whitespace() || sign.is_control() || "@<>()[]:;,\\\"".contains(*sign)
        };
        let name = text.to_owned();
        match text.chars().find(bad) {
            Some(sign) => Err(NameError::Sign { name, sign }),
            None if text.starts_with('.') || text.ends_with('.') || text.contains("..") => {
                Err(NameError::Dots(name))
            }
            None => Ok(Self::ServiceAccount(name)),
        }
    }
}

/// Whether a text is a DNS label of RFC 1123.
fn is_dns_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_id_follows_the_kind_of_account() {
        let plain: AccountName = "automation".parse().expect("a name");
        assert_eq!(plain.full_id(), "automation@serviceaccount.omni.sidero.dev");
        let provider: AccountName = "infra-provider:aws".parse().expect("a name");
        assert_eq!(
            provider.full_id(),
            "aws@infra-provider.serviceaccount.omni.sidero.dev"
        );
        assert_eq!(provider.to_string(), "infra-provider:aws");
    }

    #[test]
    fn a_name_that_would_break_the_signature_header_is_refused() {
        assert_eq!("".parse::<AccountName>(), Err(NameError::Empty));
        assert!(matches!(
            "two words".parse::<AccountName>(),
            Err(NameError::Sign { sign: ' ', .. })
        ));
        for name in [".a", "a.", "a..b"] {
            assert_eq!(
                name.parse::<AccountName>(),
                Err(NameError::Dots(name.to_owned()))
            );
        }
        for name in ["a:b", "a,b", "a[b]", "a\\b"] {
            assert!(name.parse::<AccountName>().is_err(), "{name}");
        }
        for id in ["", "AWS", "-a", "a-", "a.b", &"a".repeat(64)] {
            let name = format!("infra-provider:{id}");
            assert_eq!(
                name.parse::<AccountName>(),
                Err(NameError::ProviderId(id.to_owned()))
            );
        }
    }
}
