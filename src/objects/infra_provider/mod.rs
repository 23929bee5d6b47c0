//! `omni_infra_provider`: an infrastructure provider and the service account it connects with.

mod convert;
mod resource;
mod review;

use tfplugin::types::{Duration, Secret, Timeouts};
use tfplugin::{Attr, Object};

pub use resource::InfraProviderResource;

use crate::objects::shared::account_key::{Kept, KeyHolder, Wanted};

/// An infrastructure provider: the account under which a provider program makes machines (VMs) or manages bare metal.
///
/// The program itself runs elsewhere, with the private key of this account. Make the key with the ephemeral
/// `omni_service_account_key`, register its public half here with `key_wo` and put the private half into a vault: then it is never in
/// the state.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "infra_provider", version = 1, identity(name))]
pub struct InfraProvider {
    /// Id of the provider, a DNS label: what its program is started with, and what machine classes name. Changing it replaces the
    /// provider.
    #[attr(required, replace)]
    pub name: Attr<String>,
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
    /// Whether to wait until the provider's program has connected.
    #[attr(default = false)]
    pub wait_connected: Attr<bool>,
    /// How long each operation may take.
    #[attr(timeouts(create = "10m", read = "2m", update = "10m", delete = "10m"))]
    pub timeouts: Attr<Timeouts>,
    /// The key that the provider's program connects with, made here and kept in the state; null with `key_wo`, and after an import.
    #[attr(computed, sensitive)]
    pub key: Attr<Secret>,
    /// Full id of the service account: `<name>@infra-provider.serviceaccount.omni.sidero.dev`.
    #[attr(computed)]
    pub service_account_id: Attr<String>,
    /// Fingerprint of the key that was registered last.
    #[attr(computed)]
    pub public_key_id: Attr<String>,
    /// When the key that was registered last ends, RFC 3339; null after an import, as Omni does not tell it. From 30 days before, every plan
    /// warns.
    #[attr(computed)]
    pub expiration: Attr<String>,
    /// `dynamic` (makes machines on request) or `static` (manages bare metal); null until its program has connected. As last read.
    #[attr(computed)]
    pub kind: Attr<String>,
    /// Error that the provider's program has reported; empty when there is none. As last read.
    #[attr(computed)]
    pub health: Attr<String>,
    /// Whether the provider's program is connected. As last read.
    #[attr(computed)]
    pub connected: Attr<bool>,
    /// JSON schema of the `provider_data` that machine classes may give. As last read.
    #[attr(computed)]
    pub schema: Attr<String>,
    /// When the provider's program was last seen, RFC 3339; null when never. As last read.
    #[attr(computed)]
    pub last_seen: Attr<String>,
}

// === impl InfraProvider ===

impl KeyHolder for InfraProvider {
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
