//! The key to register: the user's, or one made here and now.

use jiff::{SignedDuration, Timestamp};
use omni_client::{AccountName, GeneratedKey, Key};
use tfplugin::objects::Plan;
use tfplugin::types::{Duration, Secret};
use tfplugin::{Attr, Diagnostic};

use super::{KeyHolder, text_of};

/// A key on its way to an account.
#[derive(Debug)]
pub struct NewKey {
    /// The public half, to register.
    pub public: String,
    /// Its fingerprint, which the server answers, too.
    pub fingerprint: String,
    expires: Option<Timestamp>,
    private: Option<Secret>,
}

// === impl NewKey ===

impl NewKey {
    /// The key that a plan asks for.
    ///
    /// # Errors
    /// What is wrong with the user's key, or with the lifetime.
    pub fn of<M: KeyHolder>(account: &AccountName, plan: &Plan<M>) -> Result<Self, Diagnostic> {
        let config = plan.config.wanted();
        match config.key_wo {
            Attr::Known(text) => Self::brought(text, account),
            _ if config.key_wo_version.is_known() => Err(missing()),
            _ => Self::made(account, plan.planned.wanted().ttl),
        }
    }

    fn made(account: &AccountName, ttl: &Attr<Duration>) -> Result<Self, Diagnostic> {
        let ttl = ttl.as_known().map(Duration::get).unwrap_or_default();
        let ttl = SignedDuration::try_from(ttl).unwrap_or(SignedDuration::MAX);
        let made = GeneratedKey::new(account, ttl, Timestamp::now()).map_err(|error| {
            Diagnostic::error("Could not make a key")
                .detail(format!("{error}."))
                .at_attribute("ttl")
        })?;
        Ok(Self {
            public: made.public,
            fingerprint: made.key.fingerprint().to_owned(),
            expires: made.key.expires(),
            private: Some(Secret::new(made.text.expose())),
        })
    }

    fn brought(text: &Secret, account: &AccountName) -> Result<Self, Diagnostic> {
        let broken = |why: String| {
            Diagnostic::error("The key cannot be registered")
                .detail(why)
                .at_attribute("key_wo")
        };
        let key = Key::parse(text.expose()).map_err(|error| broken(format!("{error}.")))?;
        key.check(Timestamp::now())
            .map_err(|error| broken(format!("{error}.")))?;
        if key.account().as_ref() != Some(account) {
            let found = key.identity();
            return Err(broken(format!(
                "It was made for {found:?}, not for {:?}.",
                account.to_string()
            ))
            .remedy(format!("Make it with `name = \"{account}\"`.")));
        }
        let public = key.public().map_err(|error| broken(format!("{error}.")))?;
        Ok(Self {
            public,
            fingerprint: key.fingerprint().to_owned(),
            expires: key.expires(),
            private: None,
        })
    }

    /// Notes the key in the state, registered under the id that the server has answered.
    pub fn note(self, registered: String, state: &mut impl KeyHolder) {
        let kept = state.kept();
        *kept.key = Attr::from(self.private);
        *kept.public_key_id = Attr::Known(registered);
        *kept.expiration = Attr::from(self.expires.map(text_of));
    }
}

fn missing() -> Diagnostic {
    Diagnostic::error("No key")
        .detail("`key_wo_version` is set and `key_wo` is null: there is no key to register.")
        .remedy("Set `key_wo` to a key, such as `ephemeral.omni_service_account_key.….key`.")
        .at_attribute("key_wo")
}

/// Fills in what a key that is in the state says about itself: a state of the official provider lacks it.
pub fn complete(state: &mut impl KeyHolder) {
    let kept = state.kept();
    let Attr::Known(text) = &*kept.key else {
        return;
    };
    let Ok(key) = Key::parse(text.expose()) else {
        return;
    };
    if !kept.public_key_id.is_known() {
        *kept.public_key_id = Attr::from(key.fingerprint());
    }
    if !kept.expiration.is_known() && kept.public_key_id.as_str() == Some(key.fingerprint()) {
        *kept.expiration = Attr::from(key.expires().map(text_of));
    }
}
