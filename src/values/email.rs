//! E-mail addresses of users, compared without case, as Omni keeps them in lower case.

use std::fmt;

use tfplugin::schema::{Invalid, Text};

/// Domain of the addresses that are service accounts, not people.
const SERVICE_ACCOUNTS: &str = "serviceaccount.omni.sidero.dev";

/// The e-mail address of a user as it was spelt.
#[derive(Debug, Clone)]
pub struct Email {
    spelling: String,
}

// === impl Email ===

impl Email {
    /// The address that the server wrote.
    pub fn of(text: &str) -> Self {
        Self {
            spelling: text.to_owned(),
        }
    }

    /// The address as Omni keeps it: the id of the user's identity.
    pub fn canonical(&self) -> String {
        self.spelling.to_lowercase()
    }

    /// Whether it has the form of an address. With SAML, Omni also takes names that have not.
    pub fn is_address(&self) -> bool {
        self.spelling
            .rsplit_once('@')
            .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
    }
}

impl Text for Email {
    fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self::of(text))
    }

    fn spelling(&self) -> &str {
        &self.spelling
    }

    fn meaning(&self) -> String {
        self.canonical()
    }

    /// A rule for configurations only: a state may hold what the server once accepted.
    fn validate(&self) -> Result<(), Invalid> {
        let text = &self.spelling;
        if text.is_empty() {
            return Err(Invalid::new("The e-mail address is empty."));
        }
        if text.contains(|sign: char| sign.is_whitespace() || sign.is_control()) {
            return Err(
                Invalid::new(format!("{text:?} has a space or control character in it."))
                    .remedy("Write the address alone, such as \"ann@example.com\"; nobody could sign in with anything around it."),
            );
        }
        let domain = self.canonical();
        let domain = domain.rsplit_once('@').map_or("", |(_, domain)| domain);
        if domain == SERVICE_ACCOUNTS || domain.ends_with(&format!(".{SERVICE_ACCOUNTS}")) {
            return Err(
                Invalid::new(format!("{text:?} is a service account, not a user.")).remedy(
                    "Manage it with omni_service_account, or omni_infra_provider for an infrastructure provider.",
                ),
            );
        }
        Ok(())
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for Email {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_makes_no_difference_and_the_spelling_is_kept() {
        let (mixed, lower) = (Email::of("Ann@Example.COM"), Email::of("ann@example.com"));
        assert_eq!(mixed, lower);
        assert_eq!(mixed.to_string(), "Ann@Example.COM");
        assert_eq!(mixed.canonical(), "ann@example.com");
        assert_eq!(mixed.meaning(), lower.meaning());
    }

    #[test]
    fn what_nobody_could_sign_in_with_is_refused() {
        for text in ["", "ann @example.com", "Ann <ann@example.com>", "a\tb@c"] {
            assert!(Email::of(text).validate().is_err(), "{text}");
        }
        for text in [
            "ann@example.com",
            "Ann.O'Neil+omni@Example.com",
            "saml-name",
        ] {
            assert!(Email::of(text).validate().is_ok(), "{text}");
        }
    }

    #[test]
    fn a_service_account_is_no_user() {
        for text in [
            "ci@serviceaccount.omni.sidero.dev",
            "CI@ServiceAccount.omni.sidero.dev",
            "aws@infra-provider.serviceaccount.omni.sidero.dev",
        ] {
            let error = Email::of(text).validate().expect_err("an account");
            assert!(error.to_string().contains("service account"), "{error}");
        }
    }

    #[test]
    fn an_address_has_a_name_and_a_domain() {
        assert!(Email::of("ann@example.com").is_address());
        for text in ["ann", "@example.com", "ann@"] {
            assert!(!Email::of(text).is_address(), "{text}");
        }
    }
}
