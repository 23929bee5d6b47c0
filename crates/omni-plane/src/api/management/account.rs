//! A service account on its way into the store: what it consists of, and what is refused.

use std::time::Duration;

use omni_api::{Resource, Role, kind, labels, management as api, specs};
use tonic::Status;
use uuid::Uuid;

use super::names;
use crate::api::signature::PublicKey;
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
        self.mark(&mut resource.metadata.labels);
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

/// The role that the new account shall have.
pub(super) fn role(request: &api::CreateServiceAccountRequest) -> Result<Role, Status> {
    let provider = names::is_provider(&request.name);
    let own = Role::InfraProvider.as_str();
    let refuse = |text: String| Err(Status::invalid_argument(text));
    if request.use_user_role {
        return if provider {
            refuse(format!(
                "infra provider service accounts must have the role {own:?}, but use-user-role was requested"
            ))
        } else {
            Ok(Role::Admin)
        };
    }
    let role: Role = match request.role.parse() {
        Ok(role) => role,
        Err(_) => return refuse(format!("unknown role: {:?}", request.role)),
    };
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

/// A key that an account may have: public, valid now, with an end in sight.
pub(super) fn acceptable(store: &Store, armored: &[u8]) -> Result<PublicKey, Status> {
    let key =
        PublicKey::parse(armored).map_err(|error| Status::invalid_argument(error.to_string()))?;
    if !key.valid_at(store.clock().wall()) {
        return Err(Status::invalid_argument("key expired"));
    }
    if key.lifetime > LIFETIME {
        return Err(Status::invalid_argument(format!(
            "key lifetime is too long: {}h, maximum is {}h",
            key.lifetime.as_secs() / 3600,
            LIFETIME.as_secs() / 3600
        )));
    }
    Ok(key)
}
