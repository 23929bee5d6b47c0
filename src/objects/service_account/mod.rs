//! `omni_service_account`: an account of a pipeline or a program, with its keys.

mod convert;
mod data_source;
mod resource;
mod review;

use tfplugin::types::{Duration, Secret, Timeouts};
use tfplugin::{Attr, Object};

pub use data_source::ServiceAccountDataSource;
pub use resource::ServiceAccountResource;

use crate::objects::shared::account_key::{Kept, KeyHolder, Wanted};

/// A service account: the account of a pipeline or a program, which signs in with a key.
///
/// Make the key with the ephemeral `omni_service_account_key`, register its public half here with `key_wo` and put the private half
/// into a vault: then it is never in the state. Accounts of infrastructure providers come with `omni_infra_provider`.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "service_account", version = 1, identity(name))]
pub struct ServiceAccount {
    /// Name of the account, in lower case. Changing it replaces the account.
    #[attr(required, replace)]
    pub name: Attr<String>,
    /// What the account may do: `None`, `Reader`, `Auditor`, `Operator` or `Admin`. Where it is not set, the account gets the role of
    /// whoever creates it, and that is `Admin`. Changing it replaces the account.
    #[attr(optional, computed, replace)]
    pub role: Attr<String>,
    /// How long a key stays valid, at most one year. A change renews the key; older ones stay valid until they expire. A key given
    /// with `key_wo` brings its own lifetime.
    #[attr(default = "8760h")]
    pub ttl: Attr<Duration>,
    /// Any text; a change renews the key.
    #[attr(optional)]
    pub renew_trigger: Attr<String>,
    /// A key made by `omni_service_account_key`. Its public half is registered, nothing of it is kept. Needs `key_wo_version`.
    #[attr(optional, write_only, sensitive)]
    pub key_wo: Attr<Secret>,
    /// Any number; a change registers the key that `key_wo` then holds.
    #[attr(optional)]
    pub key_wo_version: Attr<i64>,
    /// How long each operation may take.
    #[attr(timeouts(create = "2m", read = "2m", update = "2m", delete = "5m"))]
    pub timeouts: Attr<Timeouts>,
    /// The key that the account signs in with, made here and kept in the state; null with `key_wo`, and after an import.
    #[attr(computed, sensitive)]
    pub key: Attr<Secret>,
    /// Full id of the account: `<name>@serviceaccount.omni.sidero.dev`.
    #[attr(computed)]
    pub id: Attr<String>,
    /// Fingerprint of the key that was registered last.
    #[attr(computed)]
    pub public_key_id: Attr<String>,
    /// When the key that was registered last ends, RFC 3339. From 30 days before, every plan warns.
    #[attr(computed)]
    pub expiration: Attr<String>,
}

// === impl ServiceAccount ===

impl KeyHolder for ServiceAccount {
    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            ttl: &self.ttl,
            renew_trigger: &self.renew_trigger,
            key_wo: &self.key_wo,
            key_wo_version: &self.key_wo_version,
        }
    }

    fn kept(&mut self) -> Kept<'_> {
        Kept {
            key: &mut self.key,
            public_key_id: &mut self.public_key_id,
            expiration: &mut self.expiration,
        }
    }

    fn expiration(&self) -> &Attr<String> {
        &self.expiration
    }
}
