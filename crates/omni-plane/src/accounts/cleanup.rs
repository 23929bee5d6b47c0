//! What goes with an identity or a key: when it was last used.

use omni_api::kind::{Identity, IdentityLastActive, PublicKey, PublicKeyLastActive};
use omni_api::{Kind, Resource};

use crate::engine::{Cleaned, Cleanup, Context, Controller, Error, Input, Output};

/// Takes the activity of an identity along.
#[derive(Debug, Clone, Copy, Default)]
pub struct IdentityCleanup;

/// Takes the activity of a key along.
#[derive(Debug, Clone, Copy, Default)]
pub struct PublicKeyCleanup;

// === impl IdentityCleanup ===

impl IdentityCleanup {
    /// The controller, ready for an engine.
    pub fn boxed() -> Box<dyn Controller> {
        Cleaned::boxed(Self)
    }
}

impl Cleanup for IdentityCleanup {
    type In = Identity;
    const NAME: &'static str = "IdentityCleanupController";

    fn inputs(&self) -> Vec<Input> {
        Vec::new()
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<IdentityLastActive>()]
    }

    fn clean(&self, cx: &Context<'_>, identity: &Resource<Identity>) -> Result<bool, Error> {
        along::<IdentityLastActive>(cx, identity.id())
    }
}

// === impl PublicKeyCleanup ===

impl PublicKeyCleanup {
    /// The controller, ready for an engine.
    pub fn boxed() -> Box<dyn Controller> {
        Cleaned::boxed(Self)
    }
}

impl Cleanup for PublicKeyCleanup {
    type In = PublicKey;
    const NAME: &'static str = "PublicKeyCleanupController";

    fn inputs(&self) -> Vec<Input> {
        Vec::new()
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<PublicKeyLastActive>()]
    }

    fn clean(&self, cx: &Context<'_>, key: &Resource<PublicKey>) -> Result<bool, Error> {
        along::<PublicKeyLastActive>(cx, key.id())
    }
}

/// Takes the resource of the same id away; true when it is gone.
fn along<K: Kind>(cx: &Context<'_>, id: &str) -> Result<bool, Error> {
    cx.remove_for::<K>("", id)
}
