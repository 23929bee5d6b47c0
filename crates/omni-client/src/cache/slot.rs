//! What is known of one kind, and the rule by which it moves on: never backwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use omni_api::{AnyResource, Metadata, labels};
use parking_lot::Mutex;

use super::feed::{Feed, FeedState};
use super::{Strategy, THRESHOLD};

/// What is known of one kind.
#[derive(Debug)]
pub(super) struct Slot {
    strategy: Strategy,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Reads so far that were Gets.
    gets: u32,
    /// There is no watch to be had for this kind, or for this key.
    no_feed: bool,
    /// The watch, and the cluster it is narrowed to.
    feed: Option<(Option<String>, Feed)>,
    known: BTreeMap<Arc<str>, Entry>,
    /// Ids that we wrote and that have not gone since, and how often the contents had been asked for then.
    own: BTreeMap<Arc<str>, u64>,
    /// How often the contents were asked for.
    generation: u64,
}

/// What is known of one id.
#[derive(Debug)]
enum Entry {
    There(Arc<AnyResource>),
    /// It is gone; how it was last, so that no older news brings it back.
    Gone(Arc<AnyResource>),
}

/// How a read is answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// By asking the server.
    Ask,
    /// By a watch, narrowed to a cluster or not.
    Feed(Option<String>),
}

// === impl Slot ===

impl Slot {
    pub(super) fn new(strategy: Strategy) -> Self {
        Self {
            strategy,
            inner: Mutex::default(),
        }
    }

    /// How the next read of one resource is answered.
    pub(super) fn plan(&self, cluster: Option<&str>) -> Plan {
        let mut inner = self.inner.lock();
        if self.strategy == Strategy::Get || inner.no_feed {
            return Plan::Ask;
        }
        if inner.feed.is_none() && inner.gets < THRESHOLD {
            inner.gets += 1;
            return Plan::Ask;
        }
        Plan::Feed(self.scope(&inner, cluster))
    }

    /// How a read of all is answered.
    pub(super) fn plan_list(&self, cluster: Option<&str>) -> Plan {
        let inner = self.inner.lock();
        if self.strategy == Strategy::Get || inner.no_feed {
            return Plan::Ask;
        }
        Plan::Feed(self.scope(&inner, cluster))
    }

    /// One cluster's where all reads so far were of that cluster, else all.
    fn scope(&self, inner: &Inner, cluster: Option<&str>) -> Option<String> {
        let cluster = cluster.filter(|_| self.strategy == Strategy::WatchByCluster)?;
        match &inner.feed {
            None => Some(cluster.to_owned()),
            Some((scope, _)) => scope.clone().filter(|scope| scope == cluster),
        }
    }

    /// The watch of a scope, started where there is none; a narrower one makes way.
    pub(super) fn feed(&self, scope: Option<String>, start: impl FnOnce() -> Feed) -> FeedState {
        let mut inner = self.inner.lock();
        if let Some((known, feed)) = &inner.feed
            && (*known == scope || known.is_none())
        {
            return feed.state();
        }
        let feed = start();
        let state = feed.state();
        inner.feed = Some((scope, feed));
        state
    }

    /// A watch is over; `for_good` when another would not fare better.
    pub(super) fn no_feed(&self, for_good: bool) {
        let mut inner = self.inner.lock();
        // Another reader may have started a new one already.
        inner.feed = inner.feed.take().filter(|(_, feed)| !feed.is_over());
        inner.no_feed |= for_good;
    }

    /// What is known of an id.
    pub(super) fn get(&self, id: &str) -> Option<Arc<AnyResource>> {
        match self.inner.lock().known.get(id) {
            Some(Entry::There(resource)) => Some(resource.clone()),
            _ => None,
        }
    }

    /// All that is known, or all of a cluster.
    pub(super) fn all(&self, cluster: Option<&str>) -> Vec<Arc<AnyResource>> {
        let inner = self.inner.lock();
        let there = inner.known.values().filter_map(|entry| match entry {
            Entry::There(resource) => Some(resource.clone()),
            Entry::Gone(_) => None,
        });
        let wanted = |resource: &Arc<AnyResource>| {
            cluster.is_none() || resource.metadata.label(labels::CLUSTER) == cluster
        };
        there.filter(wanted).collect()
    }

    /// Whether we wrote this id and know of no end.
    pub(super) fn wrote(&self, id: &str) -> bool {
        self.inner.lock().own.contains_key(id)
    }

    /// Takes over the answer to a write of ours.
    pub(super) fn own(&self, resource: Arc<AnyResource>) {
        let mut inner = self.inner.lock();
        let (id, generation) = (resource.metadata.id.clone(), inner.generation);
        if let Some(Entry::Gone(_)) = inner.known.get(&id) {
            inner.known.remove(&id);
        }
        inner.own.insert(id, generation);
        inner.put(resource);
    }

    /// Takes over what the server tells, unless it is older than what is known; answers what is known then.
    pub(super) fn put(&self, resource: Arc<AnyResource>) -> Option<Arc<AnyResource>> {
        let id = resource.metadata.id.clone();
        self.inner.lock().put(resource);
        self.get(&id)
    }

    /// Takes over that a resource left the watch, as it was told last. Where we know a newer state, it did not go: our own
    /// write moved it out of the watch's query.
    pub(super) fn left(&self, last: &AnyResource) {
        let mut inner = self.inner.lock();
        let id = &last.metadata.id;
        if let Some(Entry::There(known)) = inner.known.get(id)
            && !newer(&known.metadata, &last.metadata)
        {
            inner.gone(&id.clone());
        }
    }

    /// Takes over that a resource is gone.
    pub(super) fn gone(&self, id: &str) {
        self.inner.lock().gone(id);
    }

    /// Forgets everything but what we wrote: the contents come anew.
    pub(super) fn restart(&self) {
        let mut inner = self.inner.lock();
        inner.generation += 1;
        let Inner { known, own, .. } = &mut *inner;
        known.retain(|id, _| own.contains_key(id));
    }

    /// Takes over complete contents that began to come after `restart`. What we wrote before and is not among them is
    /// forgotten: it went, or it lies outside of the watch's query.
    pub(super) fn contents<'a>(&self, all: impl Iterator<Item = &'a Arc<AnyResource>>) {
        let mut inner = self.inner.lock();
        let mut ids = BTreeSet::new();
        for resource in all {
            ids.insert(resource.metadata.id.clone());
            inner.put(resource.clone());
        }
        let Inner {
            known,
            own,
            generation,
            ..
        } = &mut *inner;
        let before = |id: &Arc<str>| own.get(id).is_some_and(|written| written < generation);
        let lost: Vec<_> = known
            .keys()
            .filter(|id| before(id) && !ids.contains(*id))
            .cloned()
            .collect();
        for id in lost {
            known.remove(&id);
            own.remove(&id);
        }
    }
}

// === impl Inner ===

impl Inner {
    fn put(&mut self, new: Arc<AnyResource>) {
        let id = new.metadata.id.clone();
        let accept = match self.known.get(&id) {
            None => true,
            Some(Entry::There(known)) => !newer(&known.metadata, &new.metadata),
            Some(Entry::Gone(last)) => recreated(&last.metadata, &new.metadata),
        };
        if accept {
            self.known.insert(id, Entry::There(new));
        }
    }

    fn gone(&mut self, id: &str) {
        self.own.remove(id);
        if let Some((id, Entry::There(last))) = self.known.remove_entry(id) {
            self.known.insert(id, Entry::Gone(last));
        }
    }
}

/// Whether `left` is a later state than `right` of the same id.
fn newer(left: &Metadata, right: &Metadata) -> bool {
    let key = |metadata: &Metadata| (born(metadata), metadata.version);
    key(left) > key(right)
}

/// Whether `new` is another resource than the one that went.
fn recreated(last: &Metadata, new: &Metadata) -> bool {
    born(new) > born(last)
}

/// When a resource was created, to the nanosecond.
fn born(metadata: &Metadata) -> Option<(i64, i32)> {
    metadata.created.map(|time| (time.seconds, time.nanos))
}
