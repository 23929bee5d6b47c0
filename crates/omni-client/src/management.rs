//! Calls that are no resources: service accounts, users, kubeconfig, talosconfig, configuration checks, installation media.
//!
//! Calls that only read are repeated when the server stumbles. Calls that change something are repeated only while they
//! certainly did not take place, because the service has no version to tell a repetition from a second wish.

mod media;
mod tokens;
mod users;

use std::time::Duration;

use jiff::Timestamp;
use omni_api::Role;
use omni_api::management as api;
use omni_api::management::list_service_accounts_response as list;

use crate::core::Core;
use crate::error::{Call, Error};
use crate::key::AccountName;
use crate::secret::Secret;

pub use media::{ImageFactory, InstallationMedia, NotAbsolute, Schematic};

/// The management service of one client.
#[derive(Debug, Clone)]
pub struct Management {
    core: Core,
}

/// What a new service account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRole {
    /// As much as its creator.
    LikeCreator,
    /// This. Accounts of infrastructure providers have [`Role::InfraProvider`] and nothing else.
    Exactly(Role),
}

/// A service account.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceAccount {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// Its keys, newest first as far as the server orders them.
    pub keys: Vec<ServiceAccountKey>,
    /// When it was last seen; the server's text.
    pub last_active: Option<String>,
}

/// A key of a service account.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceAccountKey {
    /// Its fingerprint.
    pub id: String,
    /// Its public half.
    pub public: String,
    /// When its lifetime ends.
    pub expires: Option<Timestamp>,
}

/// How a kubeconfig lets its bearer in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KubeconfigKind {
    /// A login in a browser, by OIDC.
    Oidc,
    /// A token for a program.
    ServiceAccount {
        /// The user that Kubernetes sees.
        user: String,
        /// The user's groups.
        groups: Vec<String>,
        /// How long the token lives; more than zero, ten years at most.
        ttl: Duration,
    },
}

// === impl Management ===

impl Management {
    pub(crate) fn new(core: Core) -> Self {
        Self { core }
    }

    /// Registers a service account with the public half of its key; answers the key's id.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::Validation`], [`Error::PermissionDenied`] below Admin, and those of any call.
    pub async fn create_service_account(
        &self,
        name: &AccountName,
        role: AccountRole,
        public: &str,
    ) -> Result<String, Error> {
        let (use_user_role, role) = match role {
            AccountRole::LikeCreator => (true, String::new()),
            AccountRole::Exactly(role) => (false, role.to_string()),
        };
        let request = api::CreateServiceAccountRequest {
            armored_pgp_public_key: public.to_owned(),
            use_user_role,
            role,
            name: name.to_string(),
        };
        let call = || async {
            let mut service = self.core.management_client();
            let call = service.create_service_account(self.core.request(request.clone()));
            self.core.once(Call::Management, call).await
        };
        Ok(self.core.repeat_unsent(call).await?.public_key_id)
    }

    /// Adds a key to a service account; the older ones stay valid until they expire. Answers the new key's id.
    ///
    /// # Errors
    /// Those of any call; a missing account has no code of its own on this call, see [`Error::Other`].
    pub async fn renew_service_account(
        &self,
        name: &AccountName,
        public: &str,
    ) -> Result<String, Error> {
        let request = api::RenewServiceAccountRequest {
            name: name.to_string(),
            armored_pgp_public_key: public.to_owned(),
        };
        let call = || async {
            let mut service = self.core.management_client();
            let call = service.renew_service_account(self.core.request(request.clone()));
            self.core.once(Call::Management, call).await
        };
        Ok(self.core.repeat_unsent(call).await?.public_key_id)
    }

    /// Removes a service account with all its keys.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Validation`] for the caller's own account, and those of any call.
    pub async fn destroy_service_account(&self, name: &AccountName) -> Result<(), Error> {
        let request = api::DestroyServiceAccountRequest {
            name: name.to_string(),
        };
        let call = || async {
            let mut service = self.core.management_client();
            let call = service.destroy_service_account(self.core.request(request.clone()));
            self.core.once(Call::Management, call).await
        };
        self.core.repeat_unsent(call).await
    }

    /// All service accounts.
    ///
    /// # Errors
    /// [`Error::PermissionDenied`] below Admin, and those of any call.
    pub async fn service_accounts(&self) -> Result<Vec<ServiceAccount>, Error> {
        let call = || async {
            let mut service = self.core.management_client();
            let call = service.list_service_accounts(self.core.request(()));
            self.core.once(Call::Management, call).await
        };
        let answer = self.core.repeat(call).await?;
        Ok(answer
            .service_accounts
            .into_iter()
            .map(Into::into)
            .collect())
    }

    /// The service account of this name; `None` when there is none.
    ///
    /// # Errors
    /// Those of [`Self::service_accounts`], which it reads.
    pub async fn service_account(
        &self,
        name: &AccountName,
    ) -> Result<Option<ServiceAccount>, Error> {
        let wanted = name.to_string();
        let all = self.service_accounts().await?;
        Ok(all.into_iter().find(|account| account.name == wanted))
    }

    /// A kubeconfig of a cluster. The cluster's name travels in the signed header `context`.
    ///
    /// # Errors
    /// [`Error::PermissionDenied`] below Reader, for tokens below Operator; [`Error::NotFound`]; those of any call.
    pub async fn kubeconfig(&self, cluster: &str, kind: &KubeconfigKind) -> Result<Secret, Error> {
        let message = kind.request();
        let call = || async {
            let request = self.in_cluster(cluster, message.clone())?;
            let mut service = self.core.management_client();
            self.core
                .once(Call::Management, service.kubeconfig(request))
                .await
        };
        let answer = self.core.repeat(call).await?;
        text(answer.kubeconfig)
    }

    /// A talosconfig, of one cluster or of the whole account.
    ///
    /// # Errors
    /// [`Error::PermissionDenied`] below Reader; [`Error::NotFound`]; those of any call.
    pub async fn talosconfig(&self, cluster: Option<&str>) -> Result<Secret, Error> {
        let call = || async {
            let message = api::TalosconfigRequest::default();
            let request = match cluster {
                Some(cluster) => self.in_cluster(cluster, message)?,
                None => self.core.request(message),
            };
            let mut service = self.core.management_client();
            self.core
                .once(Call::Management, service.talosconfig(request))
                .await
        };
        let answer = self.core.repeat(call).await?;
        text(answer.talosconfig)
    }

    /// The omniconfig that the server suggests to the caller.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn omniconfig(&self) -> Result<Secret, Error> {
        let call = || async {
            let mut service = self.core.management_client();
            let call = service.omniconfig(self.core.request(()));
            self.core.once(Call::Management, call).await
        };
        text(self.core.repeat(call).await?.omniconfig)
    }

    /// Has the server check a Talos configuration patch, as it would when the patch is written.
    ///
    /// # Errors
    /// [`Error::Validation`] with what is wrong, and those of any call.
    pub async fn validate_config(&self, config: &str) -> Result<(), Error> {
        let call = || async {
            let config = config.to_owned();
            let request = self.core.request(api::ValidateConfigRequest { config });
            let mut service = self.core.management_client();
            self.core
                .once(Call::Management, service.validate_config(request))
                .await
        };
        self.core.repeat(call).await
    }

    /// A request that belongs to a cluster.
    fn in_cluster<T>(&self, cluster: &str, message: T) -> Result<tonic::Request<T>, Error> {
        let mut request = self.core.request(message);
        let value = cluster.parse().map_err(|_| Error::Validation {
            problems: vec![format!("{cluster:?} is no name of a cluster")],
        })?;
        request.metadata_mut().insert("context", value);
        Ok(request)
    }
}

/// A configuration as text.
fn text(bytes: Vec<u8>) -> Result<Secret, Error> {
    let text = String::from_utf8(bytes).map_err(|_| Error::Other {
        code: "Internal",
        message: "the server's configuration file is not UTF-8 text".to_owned(),
    })?;
    Ok(Secret::new(text))
}

// === impl KubeconfigKind ===

impl KubeconfigKind {
    fn request(&self) -> api::KubeconfigRequest {
        match self {
            Self::Oidc => api::KubeconfigRequest::default(),
            Self::ServiceAccount { user, groups, ttl } => api::KubeconfigRequest {
                service_account: true,
                service_account_ttl: Some(prost_types::Duration {
                    seconds: i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX),
                    nanos: i32::try_from(ttl.subsec_nanos()).unwrap_or_default(),
                }),
                service_account_user: user.clone(),
                service_account_groups: groups.clone(),
                ..Default::default()
            },
        }
    }
}

// === impl ServiceAccount ===

impl From<list::ServiceAccount> for ServiceAccount {
    fn from(wire: list::ServiceAccount) -> Self {
        Self {
            name: wire.name,
            role: wire.role,
            keys: wire.pgp_public_keys.into_iter().map(Into::into).collect(),
            last_active: Some(wire.last_active).filter(|text| !text.is_empty()),
        }
    }
}

impl From<list::service_account::PgpPublicKey> for ServiceAccountKey {
    fn from(wire: list::service_account::PgpPublicKey) -> Self {
        let time = |time: prost_types::Timestamp| Timestamp::new(time.seconds, time.nanos).ok();
        Self {
            id: wire.id,
            public: wire.armored,
            expires: wire.expiration.and_then(time),
        }
    }
}
