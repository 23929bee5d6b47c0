//! Names of service accounts.
//!
//! People call an account by its name; the account of an infrastructure provider by the provider's id behind a prefix. Its identity has the
//! form of an e-mail address.

use crate::api::caller::PROVIDER_SUFFIX;

const SUFFIX: &str = "@serviceaccount.omni.sidero.dev";
/// What stands before the id of an infrastructure provider in the name of its account.
pub(super) const PROVIDER_PREFIX: &str = "infra-provider:";

/// The full identity of the account of this name.
pub(super) fn identity(name: &str) -> String {
    match name.strip_prefix(PROVIDER_PREFIX) {
        Some(provider) => format!("{provider}{PROVIDER_SUFFIX}"),
        None => format!("{name}{SUFFIX}"),
    }
}

/// Whether the name is that of an infrastructure provider's account.
pub(super) fn is_provider(name: &str) -> bool {
    name.starts_with(PROVIDER_PREFIX)
}

/// The name of the account with this identity.
pub(super) fn name(identity: &str) -> String {
    match identity.strip_suffix(PROVIDER_SUFFIX) {
        Some(provider) => format!("{PROVIDER_PREFIX}{provider}"),
        None => identity.strip_suffix(SUFFIX).unwrap_or(identity).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_identity_belong_together() {
        for (known_as, full) in [
            ("ci", "ci@serviceaccount.omni.sidero.dev"),
            (
                "infra-provider:aws",
                "aws@infra-provider.serviceaccount.omni.sidero.dev",
            ),
        ] {
            assert_eq!(identity(known_as), full);
            assert_eq!(name(full), known_as);
        }
    }
}
