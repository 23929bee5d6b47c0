//! A service account on its way into the store: what it consists of, and what is refused.

use std::time::Duration;

use omni_api::{Resource, Role, kind, labels, management as api, specs};
use tonic::Status;
use uuid::Uuid;

use super::names;
use crate::api::mail;
use crate::api::signature::PublicKey;
use crate::api::validation::go_duration;
use crate::release::Release;
use crate::{Moment, Store};

/// The longest life of a key: a year, and a minute for clocks that differ.
const LIFETIME: Duration = Duration::from_mins(365 * 24 * 60 + 1);

/// A new account on its way into the store.
pub(super) struct Account {
    pub(super) identity: String,
    pub(super) user_id: String,
    pub(super) role: Role,
    pub(super) provider: bool,
}

impl Account {
    pub(super) fn new(name: &str, role: Role) -> Self {
        Self {
            identity: names::identity(name),
            user_id: Uuid::new_v4().to_string(),
            role,
            provider: names::is_provider(name),
        }
    }

    fn mark(&self, labels: &mut omni_api::resource::Map) {
        if self.provider {
            labels.insert(labels::INFRA_PROVIDER.to_owned(), String::new());
        }
    }

    /// The first key of the account.
    pub(super) fn first_key(&self, key: &PublicKey, armored: &str) -> Resource<kind::PublicKey> {
        let mut resource = self.key_resource(key, armored);
        self.mark(&mut resource.metadata.labels);
        resource
    }

    /// A key of the account.
    pub(super) fn key_resource(&self, key: &PublicKey, armored: &str) -> Resource<kind::PublicKey> {
        let spec = specs::PublicKeySpec {
            public_key: armored.as_bytes().to_vec(),
            expiration: Some(Moment::from_unix(key.expires()).into()),
            confirmed: true,
            identity: Some(specs::Identity {
                email: self.identity.clone(),
            }),
            role: self.role.as_str().to_owned(),
            ..specs::PublicKeySpec::default()
        };
        let mut resource = Resource::new(&key.fingerprint, spec);
        let user = (labels::PUBLIC_KEY_USER_ID.to_owned(), self.user_id.clone());
        resource.metadata.labels.extend([user]);
        resource
    }

    pub(super) fn identity_resource(&self) -> Resource<kind::Identity> {
        let spec = specs::IdentitySpec {
            user_id: self.user_id.clone(),
        };
        let mut resource = Resource::new(&self.identity, spec);
        self.mark(&mut resource.metadata.labels);
        resource.metadata.labels.extend([
            (labels::PUBLIC_KEY_USER_ID.to_owned(), self.user_id.clone()),
            (
                labels::IDENTITY_TYPE_SERVICE_ACCOUNT.to_owned(),
                String::new(),
            ),
        ]);
        resource
    }

    pub(super) fn user_resource(&self) -> Resource<kind::User> {
        let spec = specs::UserSpec {
            role: self.role.as_str().to_owned(),
            ..specs::UserSpec::default()
        };
        let mut resource = Resource::new(&self.user_id, spec);
        self.mark(&mut resource.metadata.labels);
        resource
    }
}

/// The role that the new account shall have. What is wrong has no code of its own in Omni.
pub(super) fn role(
    release: Release,
    request: &api::CreateServiceAccountRequest,
) -> Result<Role, Status> {
    let provider = names::is_provider(&request.name);
    let own = Role::InfraProvider.as_str();
    let refuse = |text: String| Err(Status::unknown(text));
    if request.use_user_role {
        return if provider {
            refuse(format!(
                "infra provider service accounts must have the role {own:?}, but use-user-role was requested"
            ))
        } else {
            Ok(Role::Admin)
        };
    }
    let role = known_role(release, &request.role)?;
    match (provider, role == Role::InfraProvider) {
        (true, false) => refuse(format!(
            "infra-provider service accounts must have the role {own:?}"
        )),
        (false, true) => refuse(format!(
            "service accounts with role {own:?} must be prefixed with {:?}",
            names::PROVIDER_PREFIX
        )),
        _ => Ok(role),
    }
}

/// The role of this name.
pub(super) fn known_role(release: Release, name: &str) -> Result<Role, Status> {
    let unknown = || Status::unknown(format!("unknown role to parse: {name:?}"));
    release.role(name).ok_or_else(unknown)
}

/// A key that an account may have: public, of a well-formed owner, valid now, with an end in sight. The order of the checks is Omni's, and none
/// has a code of its own.
pub(super) fn acceptable(store: &Store, armored: &[u8]) -> Result<PublicKey, Status> {
    let refuse = |text: String| Err(Status::unknown(text));
    let key = match PublicKey::parse(armored) {
        Ok(key) => key,
        Err(error) => return refuse(error.to_string()),
    };
    let now = store.clock().wall();
    if key.has_expired(now) {
        return refuse("key expired".to_owned());
    }
    if let Err(error) = mail::parse(&key.owner) {
        return refuse(format!(
            "key does not contain a valid email address: {error}: {}",
            key.owner
        ));
    }
    if key.expires() > now + LIFETIME {
        let lifetime = i64::try_from(key.lifetime.as_secs()).unwrap_or(i64::MAX);
        let lifetime = go_duration(&prost_types::Duration {
            seconds: lifetime,
            nanos: 0,
        });
        return refuse(format!("key lifetime is too long: {lifetime}"));
    }
    Ok(key)
}
