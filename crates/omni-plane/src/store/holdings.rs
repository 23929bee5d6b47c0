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

/// How many bytes a store keeps in memory, by what for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// The resources as they are, packed.
    pub present: usize,
    /// What they were, for watchers: each version counted where it stands, as what came and as what went. They share most of their bytes with each
    /// other and with the present.
    pub past: usize,
    /// Resources that were decoded not long ago, about.
    pub decoded: usize,
}

impl Store {
    /// How many bytes are kept in memory; what holds them together comes on top.
    pub fn kept(&self) -> Kept {
        let state = self.state();
        let decoded = state.decoded();
        let collections = state.collections();
        collections.fold(
            Kept {
                decoded,
                ..Kept::default()
            },
            |sum, collection| Kept {
                present: sum.present + collection.present(),
                past: sum.past + collection.past(),
                ..sum
            },
        )
    }

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
