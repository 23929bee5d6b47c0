//! Changes of the store, in the order of their commits.

use std::collections::BTreeSet;
use std::sync::Arc;

use omni_api::{AnyResource, Kind};
use tokio::sync::mpsc;

use super::Key;

/// A change.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The resource after the change; its last state when it was destroyed.
    pub resource: Arc<AnyResource>,
    /// The resource before the change, of an update.
    pub old: Option<Arc<AnyResource>>,
}

/// What happened to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// It is new.
    Created,
    /// It was written again.
    Updated,
    /// It is gone.
    Destroyed,
}

/// Which changes a subscriber wants: those of some types, in all namespaces, or all.
#[derive(Debug, Clone, Default)]
pub struct Filter(Option<BTreeSet<Arc<str>>>);

/// Receives every change that the filter lets through, in commit order; none is ever lost, however slow the reader.
pub type Receiver = mpsc::UnboundedReceiver<Event>;

/// The subscribers of a store.
#[derive(Debug, Default)]
pub(super) struct Subscribers(Vec<(Filter, mpsc::UnboundedSender<Event>)>);

// === impl Event ===

impl Event {
    /// The key of the resource that changed.
    pub fn key(&self) -> Key {
        Key::from(&*self.resource)
    }
}

// === impl Filter ===

impl Filter {
    /// Every change.
    pub fn all() -> Self {
        Self(None)
    }

    /// Changes of one kind.
    pub fn kind<K: Kind>() -> Self {
        Self::types([K::TYPE])
    }

    /// Changes of these types.
    pub fn types<'a>(types: impl IntoIterator<Item = &'a str>) -> Self {
        Self(Some(types.into_iter().map(Arc::from).collect()))
    }

    /// Whether changes of this type come through.
    pub fn admits(&self, type_name: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|types| types.contains(type_name))
    }
}

// === impl Subscribers ===

impl Subscribers {
    pub(super) fn add(&mut self, filter: Filter) -> Receiver {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.0.push((filter, sender));
        receiver
    }

    /// Hands a change to all who want it, and forgets those who have gone.
    pub(super) fn publish(&mut self, event: &Event) {
        let type_name = &event.resource.metadata.type_name;
        self.0.retain(|(filter, sender)| {
            if filter.admits(type_name) {
                sender.send(event.clone()).is_ok()
            } else {
                !sender.is_closed()
            }
        });
    }
}
