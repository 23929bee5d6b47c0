//! How an Omni is set up by whoever runs it: the settings of its configuration that clients can tell.
//!
//! They are kept beside the resources, as an internal kind that nobody reads from outside, and written anew at every start. Names are those of Omni's
//! own flags.

use std::ffi::OsString;

use omni_api::Kind;
use omni_api::kind::{AuthConfig, Facts};
use serde::{Deserialize, Serialize};

use crate::internal;
use crate::release::Release;
use crate::store::StoreError;
use crate::{Store, seed};

/// The settings.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, prost::Message)]
#[serde(default)]
pub struct Instance {
    /// Whether Admins may ask for files that lead past Omni.
    #[prost(bool, tag = "1")]
    pub enable_break_glass_configs: bool,
    /// Whether the account is suspended: everybody who may enter may only look.
    #[prost(bool, tag = "2")]
    pub suspended: bool,
    /// How many machines may be registered; any number where it is 0.
    #[prost(uint32, tag = "3")]
    pub account_max_registered_machines: u32,
    /// How many users there may be; any number where it is 0.
    #[prost(uint32, tag = "4")]
    pub auth_max_users: u32,
    /// How many service accounts there may be; any number where it is 0.
    #[prost(uint32, tag = "5")]
    pub auth_max_service_accounts: u32,
    /// Which release of Omni it is.
    #[prost(enumeration = "Release", tag = "6")]
    pub release: i32,
}

/// The kind of [`Instance`]; there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instances {}

/// Id of the one [`AuthConfig`], which tells web pages of a suspended account.
const AUTH_CONFIG: &str = "auth-config";

/// Its id.
pub(crate) const ID: &str = "instance";

impl Kind for Instances {
    type Spec = Instance;
    const FACTS: &'static Facts = &internal::kind("Instances.plane.internal", "plane.Instance");
}

// === impl Instance ===

impl Instance {
    /// The same as arguments of a command; nothing of what is as Omni has it.
    pub(crate) fn arguments(&self) -> Vec<OsString> {
        let mut arguments = Vec::new();
        if self.release() != Release::default() {
            arguments.extend(["--omni".into(), self.release().name().into()]);
        }
        for (flag, set) in [
            (
                "--enable-break-glass-configs",
                self.enable_break_glass_configs,
            ),
            ("--suspended", self.suspended),
        ] {
            arguments.extend(set.then(|| flag.into()));
        }
        for (flag, limit) in [
            (
                "--account-max-registered-machines",
                self.account_max_registered_machines,
            ),
            ("--auth-max-users", self.auth_max_users),
            (
                "--auth-max-service-accounts",
                self.auth_max_service_accounts,
            ),
        ] {
            if limit > 0 {
                arguments.extend([flag.into(), limit.to_string().into()]);
            }
        }
        arguments
    }
}

/// Sets a plane up so, before it is seeded or after.
///
/// # Errors
/// Those of the store.
pub fn install(store: &Store, instance: &Instance) -> Result<(), StoreError> {
    store.put::<Instances>("", ID, |stored| stored.spec.clone_from(instance))?;
    if store.peek::<AuthConfig>(AUTH_CONFIG).is_some() {
        store.put::<AuthConfig>("", AUTH_CONFIG, |config| {
            config.spec.suspended = instance.suspended;
        })?;
        seed::tell_release(store, instance.release())?;
    }
    Ok(())
}

/// How the plane is set up; as a fresh Omni is, where nobody has said otherwise.
pub(crate) fn of(store: &Store) -> Instance {
    stored(store).unwrap_or_default()
}

/// How the plane was set up, where it was.
pub(crate) fn stored(store: &Store) -> Option<Instance> {
    let stored = store.peek::<Instances>(ID)?;
    Some(stored.spec.clone())
}
