//! What is wrong with an infrastructure provider before it is written: pure checks of the configuration.

use omni_client::AccountName;
use tfplugin::{Diagnostic, Diagnostics};

use super::InfraProvider;
use crate::objects::shared::account_key::{self, KeyHolder as _};

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
    account_key::review::configuration(config.wanted(), diagnostics);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::shared::testing::summaries;
    use tfplugin::Attr;
    use tfplugin::types::Secret;

    fn problems(config: &InfraProvider) -> Vec<String> {
        summaries(|found| configuration(config, found))
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
