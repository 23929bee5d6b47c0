//! What a store holds, in numbers.

use std::sync::Arc;

use omni_api::cosi;
use prost::Message as _;

use super::Store;

/// The resources of one namespace and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The namespace.
    pub namespace: Arc<str>,
    /// The type.
    pub type_name: Arc<str>,
    /// How many there are.
    pub count: usize,
    /// How many bytes they are on the wire and in the file, metadata included.
    pub encoded: usize,
}

impl Store {
    /// What there is of each type, sorted by type and namespace. Looks at everything: for people and benches.
    pub fn holdings(&self) -> Vec<Holding> {
        let state = self.state();
        let holdings = state.collections().map(|collection| Holding {
            namespace: collection.namespace.clone(),
            type_name: collection.type_name.clone(),
            count: collection.len(),
            encoded: collection
                .contents()
                .map(|found| Arc::unwrap_or_clone(found.resource(&state.words)))
                .map(|resource| cosi::Resource::from(resource).encoded_len())
                .sum(),
        });
        let mut holdings: Vec<_> = holdings.filter(|holding| holding.count > 0).collect();
        holdings.sort_by(|a, b| (&a.type_name, &a.namespace).cmp(&(&b.type_name, &b.namespace)));
        holdings
    }
}
