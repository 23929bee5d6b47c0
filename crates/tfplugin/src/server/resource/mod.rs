//! Resources: validate, upgrade, plan, apply, read, import, move, generate.

mod apply;
mod generate;
mod import;
mod plan;
mod read;
mod upgrade;
mod validate;

use super::entries::Entry;
use super::shared::{self, Shared};
use super::wire;
use crate::objects::erased::AnyResource;
use crate::objects::{Diagnostics, Provider};
use crate::proto::tfplugin6 as pb;
use crate::schema::walk;
use crate::values::Value;

/// A resource without its types.
type ResourceEntry<S> = Entry<dyn AnyResource<S>>;

impl<P: Provider> Shared<P> {
    fn resource(&self, name: &str) -> Result<&ResourceEntry<P::Session>, Diagnostics> {
        shared::entry(&self.entries.resources, "resource type", name)
    }
}

impl<T: ?Sized> Entry<T> {
    /// The identity that a state holds; `None` where the object has none or a part of it is null.
    pub(super) fn identity_of(&self, state: &Value) -> Option<Value> {
        self.identity.as_ref()?;
        let part = |name: &&'static str| {
            Some((
                *name,
                state.get(name).filter(|part| !part.is_null())?.clone(),
            ))
        };
        self.schema
            .identity
            .iter()
            .map(part)
            .collect::<Option<Vec<_>>>()
            .map(Value::object)
    }

    /// A state as it goes over the wire: whatever an object answers, a write-only value is never in it.
    pub(super) fn state(&self, value: &Value) -> Result<pb::DynamicValue, Diagnostics> {
        wire::encode(&walk::without_write_only(self.schema, value), &self.ty)
    }

    /// The identity of a state in which nothing is unknown, as it goes over the wire.
    pub(super) fn known_identity(&self, state: &Value) -> Option<pb::ResourceIdentityData> {
        let identity = self.identity_of(state).filter(Value::is_wholly_known)?;
        wire::identity(&identity, self.identity.as_ref()?).ok()
    }
}
