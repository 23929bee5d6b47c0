//! What a watch has told so far; from it, and from what comes, the changes to tell next.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use omni_api::AnyResource;

/// A change, its resources of any kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// See [`super::Event::Created`].
    Created(Arc<AnyResource>),
    /// See [`super::Event::Updated`].
    Updated {
        /// As it was told last.
        old: Arc<AnyResource>,
        /// As it is.
        new: Arc<AnyResource>,
    },
    /// See [`super::Event::Destroyed`].
    Destroyed(Arc<AnyResource>),
    /// See [`super::Event::Bootstrapped`].
    Bootstrapped,
}

/// What has been told, and how far the telling of the contents is.
#[derive(Debug, Default)]
pub(super) struct Known {
    resources: BTreeMap<Arc<str>, Arc<AnyResource>>,
    /// Ids told since the contents began to come; `None` when they are complete.
    seen: Option<BTreeSet<Arc<str>>>,
    bootstrapped: bool,
}

// === impl Known ===

impl Known {
    /// The contents are about to come.
    pub(super) fn begin(&mut self) {
        self.seen = Some(BTreeSet::new());
    }

    /// A resource is there.
    pub(super) fn put(&mut self, new: Arc<AnyResource>, ready: &mut VecDeque<Change>) {
        let id = new.metadata.id.clone();
        if let Some(seen) = &mut self.seen {
            seen.insert(id.clone());
        }
        match self.resources.insert(id, new.clone()) {
            None => ready.push_back(Change::Created(new)),
            Some(old) if old == new => {}
            Some(old) => ready.push_back(Change::Updated { old, new }),
        }
    }

    /// A resource is gone.
    pub(super) fn remove(&mut self, id: &str, ready: &mut VecDeque<Change>) {
        if let Some(last) = self.resources.remove(id) {
            ready.push_back(Change::Destroyed(last));
        }
    }

    /// The contents have come: what was known and did not come is gone.
    pub(super) fn complete(&mut self, ready: &mut VecDeque<Change>) {
        if let Some(seen) = self.seen.take() {
            let gone = |id: &Arc<str>| !seen.contains(id);
            let lost: Vec<_> = self
                .resources
                .keys()
                .filter(|id| gone(id))
                .cloned()
                .collect();
            for id in lost {
                self.remove(&id, ready);
            }
        }
        if !self.bootstrapped {
            self.bootstrapped = true;
            ready.push_back(Change::Bootstrapped);
        }
    }

    /// Whether the contents have come and nothing newer was begun.
    pub(super) fn is_complete(&self) -> bool {
        self.bootstrapped && self.seen.is_none()
    }

    /// Everything that is known.
    pub(super) fn contents(&self) -> impl Iterator<Item = &Arc<AnyResource>> {
        self.resources.values()
    }
}
