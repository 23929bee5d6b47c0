//! What the server says about a service account, as attributes: pure.

use std::cmp::Reverse;

use jiff::Timestamp;
use omni_api::specs::service_account_status_spec::PgpPublicKey;
use omni_api::{Resource, kind};
use omni_client::Key;
use tfplugin::Attr;

use super::ServiceAccount;
use crate::objects::shared::account_key;
use crate::objects::shared::accounts::Account;

/// The status of a service account, which lists its keys. It may come later than the account.
pub type Status = Resource<kind::ServiceAccountStatus>;

/// Fills the state with what the server says.
pub fn read(account: &Account, status: Option<&Status>, state: &mut ServiceAccount) {
    state.id = Attr::Known(account.identity.id().to_owned());
    if let Some(user) = &account.user {
        state.role = Attr::Known(user.spec.role.clone());
    }
    let keys = status.map_or(&[][..], |status| &status.spec.public_keys);
    let Some(key) = our_key(keys, state) else {
        return;
    };
    // An import knows no key yet, and the default for its lifetime only; the key itself knows better.
    if state.public_key_id.is_null()
        && let Some(lifetime) = lifetime_of(key)
    {
        state.ttl = Attr::Known(lifetime);
    }
    state.public_key_id = Attr::Known(key.id.clone());
    state.expiration = Attr::from(end_of(key));
}

/// The key that was registered last: the one in the state, or after an import the newest.
fn our_key<'a>(keys: &'a [PgpPublicKey], state: &ServiceAccount) -> Option<&'a PgpPublicKey> {
    match state.public_key_id.as_str() {
        Some(id) => keys.iter().find(|key| key.id == id),
        None => keys.iter().min_by_key(|key| Reverse(registered(key))),
    }
}

fn registered(key: &PgpPublicKey) -> Option<Timestamp> {
    key.created.as_ref().and_then(time)
}

fn end_of(key: &PgpPublicKey) -> Option<String> {
    text(key.expiration.as_ref())
}

fn lifetime_of(key: &PgpPublicKey) -> Option<tfplugin::types::Duration> {
    let lifetime = Key::lifetime_of_public(&key.armored)?;
    std::time::Duration::try_from(lifetime).ok().map(Into::into)
}

/// A time of the server as attributes show it.
pub fn text(stamp: Option<&prost_types::Timestamp>) -> Option<String> {
    stamp.and_then(time).map(account_key::text_of)
}

fn time(stamp: &prost_types::Timestamp) -> Option<Timestamp> {
    Timestamp::new(stamp.seconds, stamp.nanos).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use omni_api::specs::{IdentitySpec, ServiceAccountStatusSpec, UserSpec};
    use omni_client::{AccountName, GeneratedKey};

    fn account() -> Account {
        let id = "ci@serviceaccount.omni.sidero.dev";
        let user = UserSpec {
            role: "Reader".into(),
            ..Default::default()
        };
        Account {
            identity: Resource::new(id, IdentitySpec::default()),
            user: Some(Resource::new("u", user)),
        }
    }

    fn key(id: &str, created: i64, expiration: i64) -> PgpPublicKey {
        let stamp = |seconds| Some(prost_types::Timestamp { seconds, nanos: 7 });
        PgpPublicKey {
            id: id.into(),
            created: stamp(created),
            expiration: stamp(expiration),
            ..Default::default()
        }
    }

    fn status(keys: Vec<PgpPublicKey>) -> Status {
        let spec = ServiceAccountStatusSpec {
            public_keys: keys,
            ..Default::default()
        };
        Resource::new("ci@serviceaccount.omni.sidero.dev", spec)
    }

    #[test]
    fn an_import_takes_the_newest_key_and_its_own_lifetime() {
        let name = AccountName::ServiceAccount("ci".into());
        let made = GeneratedKey::new(&name, SignedDuration::from_hours(48), Timestamp::UNIX_EPOCH)
            .expect("a key");
        let newest = PgpPublicKey {
            armored: made.public,
            ..key("new", 20, 100)
        };
        let mut state = ServiceAccount {
            ttl: Attr::Known("8760h".parse().expect("a duration")),
            ..Default::default()
        };
        read(
            &account(),
            Some(&status(vec![key("old", 10, 50), newest])),
            &mut state,
        );
        assert_eq!(state.public_key_id.as_str(), Some("new"));
        assert_eq!(state.expiration.as_str(), Some("1970-01-01T00:01:40Z"));
        assert_eq!(state.ttl, Attr::Known("48h".parse().expect("a duration")));
        assert_eq!(state.role.as_str(), Some("Reader"));
    }

    #[test]
    fn the_key_in_the_state_is_found_again_among_newer_ones() {
        let mut state = ServiceAccount {
            public_key_id: "old".into(),
            ..Default::default()
        };
        let status = status(vec![key("new", 20, 100), key("old", 10, 50)]);
        read(&account(), Some(&status), &mut state);
        assert_eq!(state.public_key_id.as_str(), Some("old"));
        assert_eq!(state.expiration.as_str(), Some("1970-01-01T00:00:50Z"));
    }

    #[test]
    fn a_list_that_lags_behind_changes_nothing_that_is_known() {
        let known = ServiceAccount {
            public_key_id: "k".into(),
            expiration: "2027-01-01T00:00:00Z".into(),
            ttl: Attr::Known("1h".parse().expect("a duration")),
            ..Default::default()
        };
        for late in [None, Some(status(Vec::new()))] {
            let mut state = known.clone();
            read(&account(), late.as_ref(), &mut state);
            assert_eq!(state.public_key_id, known.public_key_id);
            assert_eq!(state.expiration, known.expiration);
            assert_eq!(state.ttl, known.ttl);
        }
    }
}
