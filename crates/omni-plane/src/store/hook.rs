//! What happens within the transaction that creates a resource.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use omni_api::{AnyResource, Kind};

use super::{StoreError, Transaction};

type OnCreate =
    Arc<dyn Fn(&mut Transaction<'_>, &AnyResource) -> Result<(), StoreError> + Send + Sync>;

/// Hooks by the type they wait for.
#[derive(Clone, Default)]
pub(super) struct Hooks(HashMap<&'static str, Vec<OnCreate>>);

impl Hooks {
    pub(super) fn on_create<K: Kind>(&mut self, hook: OnCreate) {
        self.0.entry(K::TYPE).or_default().push(hook);
    }

    /// Runs the hooks of a new resource; what they write belongs to the same commit.
    pub(super) fn created(
        &self,
        transaction: &mut Transaction<'_>,
        resource: &AnyResource,
    ) -> Result<(), StoreError> {
        let hooks = self.0.get(&*resource.metadata.type_name);
        hooks
            .into_iter()
            .flatten()
            .try_for_each(|hook| hook(transaction, resource))
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
