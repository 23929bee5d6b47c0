//! Everything that the store's one lock guards.

use std::collections::HashMap;
use std::sync::Arc;

use omni_api::resource::WireError;
use omni_api::{AnyResource, Kind, Metadata, Resource};

use super::annals::{Annals, Entries};
use super::collection::{Change, Collection, Found};
use super::event::Subscribers;
use super::ids::Ids;
use super::journal::{Journal, Opened};
use super::packed::Packed;
use super::warm::Warm;
use super::words::Words;
use super::{Event, Key, Query, StoreError};

/// Contents, subscribers, and where commits are written to.
#[derive(Debug, Default)]
pub(super) struct State {
    collections: Collections,
    pub(super) words: Words,
    ids: Ids,
    warm: Warm,
    pub(super) subscribers: Subscribers,
    pub(super) journal: Journal,
    pub(super) annals: Annals,
    /// The number of the last row of the annals.
    rows: u64,
}

/// Collections by type, one for each namespace that has any of it.
#[derive(Debug, Default)]
struct Collections(HashMap<Arc<str>, Vec<Collection>>);

// === impl Collections ===

impl Collections {
    fn get(&self, namespace: &str, type_name: &str) -> Option<&Collection> {
        let mut of_type = self.0.get(type_name)?.iter();
        of_type.find(|collection| &*collection.namespace == namespace)
    }

    /// The collection, made when there is none yet.
    ///
    /// # Panics
    /// Never: what is looked up was put there two lines before.
    fn make(&mut self, namespace: &str, type_name: &str) -> &mut Collection {
        if !self.0.contains_key(type_name) {
            self.0.insert(type_name.into(), Vec::new());
        }
        let of_type = self.0.get_mut(type_name);
        let of_type = of_type.expect("inserted above when it was missing");
        let place = of_type.iter().position(|one| &*one.namespace == namespace);
        let place = place.unwrap_or_else(|| {
            of_type.push(Collection::new(namespace, type_name));
            of_type.len() - 1
        });
        &mut of_type[place]
    }
}

// === impl State ===

impl State {
    pub(super) fn collection(&self, namespace: &str, type_name: &str) -> Option<&Collection> {
        self.collections.get(namespace, type_name)
    }

    /// The collection, made when there is none yet, and the words to read it with.
    pub(super) fn watched(&mut self, namespace: &str, type_name: &str) -> (&Collection, &Words) {
        (self.collections.make(namespace, type_name), &self.words)
    }

    /// Every collection, in no order.
    pub(super) fn collections(&self) -> impl Iterator<Item = &Collection> {
        self.collections.0.values().flatten()
    }

    /// How many bytes the resources are that are kept decoded, about.
    pub(super) fn decoded(&self) -> usize {
        self.warm.weight()
    }

    fn find(&self, namespace: &str, type_name: &str, id: &str) -> Option<Found<'_>> {
        self.collection(namespace, type_name)?.get(id)
    }

    pub(super) fn contains(&self, namespace: &str, type_name: &str, id: &str) -> bool {
        self.find(namespace, type_name, id).is_some()
    }

    pub(super) fn get(
        &self,
        namespace: &str,
        type_name: &str,
        id: &str,
    ) -> Option<Arc<AnyResource>> {
        let found = self.find(namespace, type_name, id)?;
        Some(found.resource(&self.words))
    }

    pub(super) fn list(
        &self,
        namespace: &str,
        type_name: &str,
        query: &Query,
    ) -> Vec<Arc<AnyResource>> {
        let found = self.search(namespace, type_name, query);
        found.map(|found| found.resource(&self.words)).collect()
    }

    pub(super) fn ids(&self, namespace: &str, type_name: &str, query: &Query) -> Vec<Arc<str>> {
        let found = self.search(namespace, type_name, query);
        found.map(|found| found.name.id.clone()).collect()
    }

    pub(super) fn read<K: Kind>(&self, id: &str) -> Option<Arc<Resource<K>>> {
        self.typed(self.find(K::NAMESPACE, K::TYPE, id)?)
    }

    pub(super) fn read_all<K: Kind>(&self, query: &Query) -> Vec<Arc<Resource<K>>> {
        let found = self.search(K::NAMESPACE, K::TYPE, query);
        found.filter_map(|found| self.typed(found)).collect()
    }

    pub(super) fn read_page<K: Kind>(
        &self,
        query: &Query,
        after: Option<&str>,
        most: usize,
    ) -> Vec<Arc<Resource<K>>> {
        let Some(collection) = self.collection(K::NAMESPACE, K::TYPE) else {
            return Vec::new();
        };
        let found = collection.list_after(query, after, &self.words);
        found
            .filter_map(|found| self.typed(found))
            .take(most)
            .collect()
    }

    fn search<'a>(
        &'a self,
        namespace: &str,
        type_name: &str,
        query: &'a Query,
    ) -> impl Iterator<Item = Found<'a>> {
        let collection = self.collection(namespace, type_name);
        let found = collection.map(|collection| collection.list(query, &self.words));
        found.into_iter().flatten()
    }

    /// The decoded form. A spec that its own kind cannot decode can only come from a damaged file or a foreign build; it must not
    /// stop every controller that lists its neighbours.
    fn typed<K: Kind>(&self, found: Found<'_>) -> Option<Arc<Resource<K>>> {
        if let Some(warm) = self.warm.get(found.packed) {
            return Some(warm);
        }
        match found.packed.typed::<K>(found.name, &self.words) {
            Ok(typed) => {
                let typed = Arc::new(typed);
                self.warm.keep(found.packed, typed.clone());
                Some(typed)
            }
            Err(reason) => {
                let resource = found.resource(&self.words);
                let error = WireError::Spec {
                    type_name: K::TYPE.to_owned(),
                    reason: reason.to_string(),
                };
                let error = StoreError::Damaged((&resource.metadata).into(), error);
                tracing::error!(%error, "unreadable resource");
                None
            }
        }
    }

    /// Begins with what is in a file.
    pub(super) fn begin(&mut self, opened: Opened) {
        self.journal = opened.journal;
        self.annals = opened.annals;
        self.rows = opened.rows;
    }

    /// Takes a resource in, of which nobody is told.
    pub(super) fn load(&mut self, resource: &AnyResource) {
        let packed = self.pack(resource);
        self.set(&Key::from(resource), Some(&packed));
    }

    /// A resource in the form in which it is kept.
    pub(super) fn pack(&mut self, resource: &AnyResource) -> Packed {
        Packed::new(resource, &mut self.words)
    }

    /// Puts or takes away a resource; tells nobody.
    pub(super) fn set(&mut self, key: &Key, packed: Option<&Packed>) -> Option<Packed> {
        let id = self.ids.share(&key.id);
        let collection = self.collections.make(&key.namespace, &key.type_name);
        collection.set(&id, packed, &self.words)
    }

    /// Lets a resource share the texts of its name with the others, and with its former self.
    pub(super) fn share_names(&mut self, metadata: &mut Metadata) {
        let collection = (self.collections).make(&metadata.namespace, &metadata.type_name);
        metadata.namespace = collection.namespace.clone();
        metadata.type_name = collection.type_name.clone();
        metadata.id = self.ids.share(&metadata.id);
    }

    /// The number of the next row of the annals.
    pub(super) fn next_row(&mut self) -> u64 {
        self.rows += 1;
        self.rows
    }

    /// Tells watchers, subscribers and the journal what one commit changed.
    pub(super) fn publish(&mut self, changes: Vec<(Event, Change)>, entries: Entries) {
        if changes.is_empty() && entries.is_empty() {
            return;
        }
        let mut events = Vec::with_capacity(changes.len());
        for (event, change) in changes {
            self.subscribers.publish(&event);
            let metadata = &event.resource.metadata;
            let collection = (self.collections).make(&metadata.namespace, &metadata.type_name);
            collection.publish(change);
            events.push(event);
        }
        if !self.journal.is_durable() && !entries.is_empty() {
            self.annals.keep(entries);
        } else {
            self.journal.append(events, entries);
        }
    }
}
