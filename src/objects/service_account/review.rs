//! What is wrong with a service account before it is written: pure checks of the configuration.

use omni_api::Role;
use omni_client::AccountName;
use tfplugin::{Diagnostic, Diagnostics};

use super::ServiceAccount;
use crate::objects::shared::account_key::{self, KeyHolder as _};
use crate::objects::shared::roles;

/// Roles that a service account may have. Infrastructure providers have accounts of their own kind.
pub const ROLES: [Role; 5] = [
    Role::None,
    Role::Reader,
    Role::Auditor,
    Role::Operator,
    Role::Admin,
];

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &ServiceAccount, diagnostics: &mut Diagnostics) {
    if let Some(text) = config.name.as_str() {
        diagnostics.extend(name(text).err());
    }
    if let Err(wrong) = roles::read(&config.role, &ROLES) {
        diagnostics.push(if config.role.as_str() == Some("InfraProvider") {
            wrong.remedy("Accounts of infrastructure providers come with omni_infra_provider.")
        } else {
            wrong
        });
    }
    account_key::review::configuration(config.wanted(), diagnostics);
}

/// The account that a name stands for.
///
/// # Errors
/// It is no name of a service account.
pub fn name(text: &str) -> Result<AccountName, Diagnostic> {
    let wrong = |why: String| {
        Diagnostic::error("Invalid name of a service account")
            .detail(why)
            .at_attribute("name")
    };
    if let Some(id) = text.strip_prefix("infra-provider:") {
        return Err(infra_provider(id));
    }
    match text.parse::<AccountName>() {
        Ok(_) if text.chars().any(char::is_uppercase) => Err(wrong(format!(
            "Omni keeps names of service accounts in lower case; {text:?} is not."
        ))
        .remedy(format!("Write {:?}.", text.to_lowercase()))),
        Ok(name) => Ok(name),
        Err(error) => match text.split_once('@') {
            Some((plain, _)) if !plain.is_empty() => Err(wrong(format!("{error}.")).remedy(
                format!("Write the name alone, {plain:?}: what follows it is added by Omni."),
            )),
            _ => Err(wrong(format!("{error}."))),
        },
    }
}

fn infra_provider(id: &str) -> Diagnostic {
    Diagnostic::error("The account of an infrastructure provider")
        .detail("An account whose name begins with `infra-provider:` belongs to an infrastructure provider and goes with it.")
        .remedy(format!("Use omni_infra_provider with `name = {id:?}`: it makes both."))
        .at_attribute("name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::shared::testing::told;
    use tfplugin::Attr;

    fn problems(config: &ServiceAccount) -> Vec<String> {
        told(
            |found| configuration(config, found),
            |one| format!("{}: {}", one.summary(), one.text()),
        )
    }

    fn account(name: &str) -> ServiceAccount {
        ServiceAccount {
            name: name.into(),
            ..Default::default()
        }
    }

    #[test]
    fn an_ordinary_name_is_right() {
        for name in ["ci", "ci-2", "build.agent_1"] {
            assert_eq!(problems(&account(name)), [""; 0], "{name}");
        }
    }

    #[test]
    fn the_account_of_an_infrastructure_provider_is_sent_to_its_own_resource() {
        for name in [
            "infra-provider:vms",
            "infra-provider:",
            "infra-provider:VMs",
        ] {
            let found = problems(&account(name)).join("\n");
            assert!(found.contains("Use omni_infra_provider"), "{name}: {found}");
        }
        let config = ServiceAccount {
            role: Attr::from("InfraProvider"),
            ..account("vms")
        };
        let found = problems(&config).join("\n");
        assert!(found.contains("omni_infra_provider"), "{found}");
    }

    #[test]
    fn a_name_that_omni_would_refuse_says_what_to_write() {
        for (name, remedy) in [
            ("CI", "Write \"ci\""),
            (
                "ci@serviceaccount.omni.sidero.dev",
                "Write the name alone, \"ci\"",
            ),
        ] {
            let found = problems(&account(name)).join("\n");
            assert!(found.contains(remedy), "{name}: {found}");
        }
        for name in ["", "a b", "@"] {
            assert_eq!(problems(&account(name)).len(), 1, "{name}");
        }
    }

    #[test]
    fn unknown_values_are_never_wrong() {
        let config = ServiceAccount {
            name: Attr::Unknown,
            role: Attr::Unknown,
            ttl: Attr::Unknown,
            key_wo: Attr::Unknown,
            key_wo_version: Attr::Unknown,
            ..Default::default()
        };
        assert_eq!(problems(&config), [""; 0]);
    }
}
