//! Finds the account behind a signed call.

use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use omni_api::{Resource, Role, Version, kind, labels};
use parking_lot::RwLock;
use prost_types::Timestamp;

use super::Unverified;
use super::activity::Activity;
use super::key::{PublicKey, SKEW};
use super::payload::{self, PAYLOAD, SIGNATURE, TIMESTAMP};
use crate::api::caller::Caller;
use crate::{Store, instance};

/// Checks signatures against the keys in a store. Clones share what they know.
#[derive(Debug, Clone)]
pub struct Verifier(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    store: Store,
    /// Parsed keys, by fingerprint and the version of the resource that holds them.
    parsed: RwLock<HashMap<String, (Version, Arc<PublicKey>)>>,
    activity: Activity,
}

impl Verifier {
    /// A verifier of the accounts in this store.
    pub fn new(store: Store) -> Self {
        let activity = Activity::new(store.clone());
        Self(Arc::new(Shared {
            store,
            parsed: RwLock::default(),
            activity,
        }))
    }

    /// Who signed the call of `method` with these headers.
    pub(crate) fn check(&self, headers: &HeaderMap, method: &str) -> Result<Caller, Unverified> {
        let now = self.0.store.clock().wall();
        let stamp = text(headers, TIMESTAMP)?
            .parse()
            .map_err(|_| Unverified::Header(TIMESTAMP))?;
        if Duration::from_secs(stamp).abs_diff(now) > SKEW {
            return Err(Unverified::Skew);
        }
        let (fingerprint, signature) = signature(text(headers, SIGNATURE)?)?;
        let payload = headers
            .get(PAYLOAD)
            .ok_or(Unverified::Header(PAYLOAD))?
            .as_bytes();
        let (mut caller, key) = self.account(fingerprint, now)?;
        text(headers, "user-agent")
            .unwrap_or_default()
            .clone_into(&mut caller.user_agent);
        payload::compare(payload, headers, method)?;
        key.verify(&signature, payload, now)
            .map_err(Unverified::Signature)?;
        self.0.activity.seen(&caller, now);
        Ok(caller)
    }

    /// The account that a fingerprint stands for, with its key.
    fn account(
        &self,
        fingerprint: &str,
        now: Duration,
    ) -> Result<(Caller, Arc<PublicKey>), Unverified> {
        let store = &self.0.store;
        let stored = store.peek::<kind::PublicKey>(fingerprint);
        let stored = stored.ok_or_else(|| Unverified::UnknownKey(fingerprint.to_owned()))?;
        let unusable = |reason| Unverified::Unusable {
            fingerprint: fingerprint.to_owned(),
            reason,
        };
        let spec = &stored.spec;
        if since_epoch(spec.expiration.as_ref()) < now {
            return Err(unusable("it has expired"));
        }
        if !spec.confirmed {
            return Err(unusable("it was never confirmed"));
        }
        let user_id = stored
            .metadata
            .label(labels::PUBLIC_KEY_USER_ID)
            .ok_or_else(|| unusable("it is nobody's"))?;
        let user = store
            .peek::<kind::User>(user_id)
            .ok_or_else(|| unusable("its user is gone"))?;
        let role = |text: &str| Role::from_str(text).map_err(|_| unusable("its role is unknown"));
        let mut role = least(role(&user.spec.role)?, role(&spec.role)?);
        if instance::of(store).suspended {
            // Of everybody, those who could do less among them.
            role = Role::Reader;
        }
        let key = self.parsed(&stored)?;
        if !key.valid_at(now) {
            return Err(unusable("it is outside its own span"));
        }
        let identity = spec
            .identity
            .as_ref()
            .map(|identity| identity.email.clone());
        let caller = Caller {
            user_id: user_id.to_owned(),
            identity: identity.unwrap_or_default(),
            fingerprint: fingerprint.to_owned(),
            role,
            user_agent: String::new(),
        };
        Ok((caller, key))
    }

    fn parsed(&self, stored: &Resource<kind::PublicKey>) -> Result<Arc<PublicKey>, Unverified> {
        let (id, version) = (stored.id(), stored.metadata.version);
        if let Some((known, key)) = self.0.parsed.read().get(id)
            && *known == version
        {
            return Ok(key.clone());
        }
        let key = Arc::new(PublicKey::parse(&stored.spec.public_key)?);
        self.0
            .parsed
            .write()
            .insert(id.to_owned(), (version, key.clone()));
        Ok(key)
    }
}

/// The lower of two roles. The audit log, which an Auditor reads and an Operator does not, is read only where both may.
fn least(user: Role, key: Role) -> Role {
    let audits = |role| matches!(role, Role::Auditor | Role::Admin);
    match user.min(key) {
        Role::Auditor if !(audits(user) && audits(key)) => Role::Reader,
        role => role,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Unverified> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.ok_or(Unverified::Header(name))
}

/// Fingerprint and signature of the header `siderov1 <identity> <fingerprint> <base64>`.
fn signature(header: &str) -> Result<(&str, Vec<u8>), Unverified> {
    let mut parts = header.split(' ');
    let (Some("siderov1"), Some(_), Some(fingerprint), Some(encoded)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Unverified::Malformed);
    };
    let signature = STANDARD
        .decode(encoded)
        .map_err(|_| Unverified::Malformed)?;
    Ok((fingerprint, signature))
}

fn since_epoch(stamp: Option<&Timestamp>) -> Duration {
    let seconds = stamp.map(|stamp| u64::try_from(stamp.seconds).unwrap_or_default());
    Duration::from_secs(seconds.unwrap_or_default())
}
