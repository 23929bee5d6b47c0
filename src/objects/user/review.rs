//! What is wrong with a user before it is written: pure checks.

use omni_api::{Resource, kind};
use tfplugin::{Diagnostic, Diagnostics};

use super::User;
use crate::objects::shared::roles;
use crate::values::Email;

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &User, diagnostics: &mut Diagnostics) {
    if let Err(wrong) = roles::read(&config.role, &roles::ALL) {
        diagnostics.push(wrong);
    }
}

/// Checks a new address against how people sign in to this Omni: with SAML a name may be anything, without it is an address.
pub fn address(email: &Email, auth: Option<&Resource<kind::AuthConfig>>) -> Option<Diagnostic> {
    let saml = auth
        .and_then(|auth| auth.spec.saml.as_ref())
        .is_some_and(|saml| saml.enabled);
    (!saml && !email.is_address()).then(|| {
        Diagnostic::error("Not an e-mail address")
            .detail(format!(
                "{:?} has no form of an e-mail address, and this Omni does not sign people in with SAML, where other names occur.",
                email.to_string()
            ))
            .remedy("Write an address such as \"ann@example.com\".")
            .at_attribute("email")
    })
}

/// The address belongs to a service account; only an import can lead here.
pub fn service_account(id: &str) -> Diagnostic {
    Diagnostic::error("A service account, not a user")
        .detail(format!("{id} is a service account."))
        .remedy("Manage it with omni_service_account, or omni_infra_provider for an infrastructure provider.")
        .at_attribute("email")
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs::{AuthConfigSpec, auth_config_spec::Saml};
    use tfplugin::Attr;

    fn auth(saml: bool) -> Resource<kind::AuthConfig> {
        let saml = Saml {
            enabled: saml,
            ..Default::default()
        };
        let spec = AuthConfigSpec {
            saml: Some(saml),
            ..Default::default()
        };
        Resource::new("auth-config", spec)
    }

    #[test]
    fn a_name_without_a_domain_is_right_with_saml_only() {
        let name = Email::of("ann");
        assert!(address(&name, None).is_some());
        assert!(address(&name, Some(&auth(false))).is_some());
        assert_eq!(address(&name, Some(&auth(true))), None);
        assert_eq!(address(&Email::of("ann@example.com"), None), None);
    }

    #[test]
    fn a_wrong_role_is_found_in_the_configuration_and_an_unknown_one_is_not() {
        let problems = |role: Attr<String>| {
            let mut diagnostics = Diagnostics::new();
            let config = User {
                role,
                ..Default::default()
            };
            configuration(&config, &mut diagnostics);
            diagnostics.iter().count()
        };
        assert_eq!(problems("admin".into()), 1);
        assert_eq!(problems("Auditor".into()), 0);
        assert_eq!(problems(Attr::Unknown), 0);
    }
}
