//! What is wrong with an infrastructure provider before it is written: pure checks of the configuration.

use std::time::Duration;

use omni_client::AccountName;
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::InfraProvider;

/// The longest lifetime of a key that Omni accepts.
const YEAR: Duration = Duration::from_hours(365 * 24);

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &InfraProvider, diagnostics: &mut Diagnostics) {
    if let Some(name) = config.name.as_str()
        && let Err(error) = AccountName::infra_provider(name)
    {
        diagnostics.push(
            Diagnostic::error("Invalid name of a provider")
                .detail(format!("{error}."))
                .at_attribute("name"),
        );
    }
    if let Attr::Known(ttl) = &config.ttl
        && (ttl.get() > YEAR || ttl.get() < Duration::from_secs(1))
    {
        diagnostics.push(
            Diagnostic::error("Invalid lifetime of a key")
                .detail("A key lives between one second and one year.")
                .remedy("Set `ttl` to at most 8760h, and renew the key before it ends (`renew_trigger`).")
                .at_attribute("ttl"),
        );
    }
    if config.key_wo.is_known() && config.key_wo_version.is_null() {
        diagnostics.push(
            Diagnostic::error("No version of the key")
                .detail("A write-only value is not in the state, so that a change of it can only be seen by its version.")
                .remedy("Set `key_wo_version = 1`, and raise it when `key_wo` holds another key.")
                .at_attribute("key_wo_version"),
        );
    }
}

/// The warning where the private key would land in the state, with the two lines that avoid it.
pub fn key_in_state(name: &str) -> Diagnostic {
    Diagnostic::warning("The private key is kept in the state")
        .detail(format!("The key of the infrastructure provider {name:?} is made here and readable by whoever can read the state."))
        .remedy(format!(
            "Make it with an ephemeral resource instead, and put it into a vault:\n\n  key_wo         = \
             ephemeral.omni_service_account_key.{name}.key\n  key_wo_version = 1"
        ))
        .at_attribute("key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tfplugin::types::Secret;

    fn problems(config: &InfraProvider) -> Vec<String> {
        let mut diagnostics = Diagnostics::new();
        configuration(config, &mut diagnostics);
        diagnostics
            .iter()
            .map(|diagnostic| diagnostic.summary().to_owned())
            .collect()
    }

    fn provider(name: &str) -> InfraProvider {
        InfraProvider {
            name: name.into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_name_is_a_dns_label() {
        assert!(problems(&provider("vms-1")).is_empty());
        for name in ["", "VMs", "-a", "a-", "a_b", "a.b"] {
            assert_eq!(
                problems(&provider(name)),
                ["Invalid name of a provider"],
                "{name}"
            );
        }
    }

    #[test]
    fn a_lifetime_above_a_year_is_refused() {
        let ttl = Attr::Known("8761h".parse().expect("a duration"));
        assert_eq!(
            problems(&InfraProvider {
                ttl,
                ..provider("vms")
            }),
            ["Invalid lifetime of a key"]
        );
    }

    #[test]
    fn a_write_only_key_needs_a_version() {
        let key_wo = Attr::Known(Secret::new("k"));
        assert_eq!(
            problems(&InfraProvider {
                key_wo: key_wo.clone(),
                ..provider("vms")
            }),
            ["No version of the key"]
        );
        assert!(
            problems(&InfraProvider {
                key_wo,
                key_wo_version: Attr::Known(1),
                ..provider("vms")
            })
            .is_empty()
        );
    }
}
