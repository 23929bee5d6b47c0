//! What the server says about a user, as attributes: pure.

use omni_api::labels;
use tfplugin::Attr;

use super::User;
use crate::objects::shared::accounts::Account;
use crate::values::Email;

/// Whether an account is a service's, not a person's.
pub fn is_service_account(account: &Account) -> bool {
    let labels = &account.identity.metadata.labels;
    labels.contains_key(labels::IDENTITY_TYPE_SERVICE_ACCOUNT)
}

/// Fills the state with what the server says.
pub fn read(account: &Account, state: &mut User) {
    state.email = Attr::Known(Email::of(account.identity.id()));
    state.id = Attr::Known(account.identity.spec.user_id.clone());
    if let Some(user) = &account.user {
        state.role = Attr::Known(user.spec.role.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::Resource;
    use omni_api::specs::{IdentitySpec, UserSpec};

    fn account() -> Account {
        let identity = IdentitySpec {
            user_id: "u-1".into(),
        };
        let user = UserSpec {
            role: "Operator".into(),
            ..Default::default()
        };
        Account {
            identity: Resource::new("ann@example.com", identity),
            user: Some(Resource::new("u-1", user)),
        }
    }

    #[test]
    fn the_state_shows_address_id_and_role() {
        let mut state = User::default();
        read(&account(), &mut state);
        assert_eq!(
            state.email,
            Attr::Known(Email::of("Ann@example.com")),
            "by meaning"
        );
        assert_eq!(
            (state.id.as_str(), state.role.as_str()),
            (Some("u-1"), Some("Operator"))
        );
    }

    #[test]
    fn a_service_account_is_told_by_its_label() {
        let mut account = account();
        assert!(!is_service_account(&account));
        let labels = &mut account.identity.metadata.labels;
        labels.insert(labels::IDENTITY_TYPE_SERVICE_ACCOUNT.into(), String::new());
        assert!(is_service_account(&account));
    }
}
