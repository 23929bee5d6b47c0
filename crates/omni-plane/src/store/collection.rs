//! The resources of one namespace and type: contents, indexes, history.
//!
//! The history is a ring of the last changes with ever growing positions. A watcher keeps a position and reads on from there; one that
//! falls behind the ring is told so. Positions mean nothing to another process, which the cookie in a bookmark makes plain.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use omni_api::AnyResource;
use tokio::sync::watch;

use super::index::Index;
use super::packed::{Name, Packed};
use super::pins::Pin;
use super::words::Words;
use super::{Event, EventKind, Query, looks};

/// How many changes of one collection are remembered for watchers, as in Omni.
pub(super) const HISTORY: usize = 10_000;
/// How many bytes of changes are remembered, or as many as there are contents: so that the past does not take more than the present.
const PAST: usize = 4 << 20;
/// So many changes are remembered in any case.
const FEW: usize = 16;

/// The resources of one namespace and type.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) namespace: Arc<str>,
    pub(super) type_name: Arc<str>,
    contents: BTreeMap<Arc<str>, Packed>,
    /// How many bytes the contents are.
    present: usize,
    indexes: Vec<(Pin, Index)>,
    history: VecDeque<Change>,
    /// How many bytes the history is.
    past: usize,
    end: watch::Sender<u64>,
}

/// A resource where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) name: Name<'a>,
    pub(super) packed: &'a Packed,
}

/// An [`Event`], as it is remembered.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) kind: EventKind,
    pub(super) id: Arc<str>,
    /// The resource after the change; its last state when it was destroyed.
    pub(super) packed: Packed,
    /// The resource before the change, of an update.
    pub(super) old: Option<Packed>,
}

// === impl Found ===

impl Found<'_> {
    pub(super) fn resource(&self, words: &Words) -> Arc<AnyResource> {
        self.packed.resource(self.name, words)
    }
}

// === impl Change ===

impl Change {
    fn len(&self) -> usize {
        self.packed.len() + self.old.as_ref().map_or(0, Packed::len)
    }
}

// === impl Collection ===

impl Collection {
    pub(super) fn new(namespace: &str, type_name: &str) -> Self {
        Self {
            namespace: namespace.into(),
            type_name: type_name.into(),
            contents: BTreeMap::new(),
            present: 0,
            indexes: Pin::of_type(type_name)
                .map(|pin| (pin, Index::default()))
                .collect(),
            history: VecDeque::new(),
            past: 0,
            end: watch::Sender::new(0),
        }
    }

    pub(super) fn get(&self, id: &str) -> Option<Found<'_>> {
        looks::note(1);
        let (id, packed) = self.contents.get_key_value(id)?;
        Some(self.found(id, packed))
    }

    pub(super) fn len(&self) -> usize {
        self.contents.len()
    }

    /// How many bytes the contents are.
    pub(super) fn present(&self) -> usize {
        self.present
    }

    /// How many bytes the history is.
    pub(super) fn past(&self) -> usize {
        self.past
    }

    /// Everything, sorted by id.
    pub(super) fn contents(&self) -> impl Iterator<Item = Found<'_>> {
        let found = |(id, packed)| self.found(id, packed);
        self.contents.iter().map(found)
    }

    /// What the query asks for, sorted by id.
    pub(super) fn list<'a>(
        &'a self,
        query: &'a Query,
        words: &'a Words,
    ) -> impl Iterator<Item = Found<'a>> {
        self.list_after(query, None, words)
    }

    /// The same, from after an id on.
    pub(super) fn list_after<'a>(
        &'a self,
        query: &'a Query,
        after: Option<&str>,
        words: &'a Words,
    ) -> impl Iterator<Item = Found<'a>> {
        // The narrowest stand last.
        let mut indexes = self.indexes.iter().rev();
        let pinned = indexes.find_map(|(pin, index)| Some((index, pin.serves(query)?)));
        let narrowed = pinned.map(|(index, value)| {
            let ids = index.ids_after(value, after);
            ids.filter_map(|id| Some(self.found(id, self.contents.get(id)?)))
        });
        let everything = pinned.is_none().then(|| {
            let from = after.map_or(Bound::Unbounded, Bound::Excluded);
            let range = self.contents.range::<str, _>((from, Bound::Unbounded));
            range.map(|(id, packed)| self.found(id, packed))
        });
        narrowed
            .into_iter()
            .flatten()
            .chain(everything.into_iter().flatten())
            .inspect(|_| looks::note(1))
            .filter(|found| query.matches_packed(found.name.id, found.packed, words))
    }

    /// The first id of each value of a label that has an index.
    pub(super) fn first_of_each(&self, label: &str) -> Vec<Arc<str>> {
        let index = self.indexes.iter().find(|(pin, _)| pin.is_all_of(label));
        let firsts = index.map(|(_, index)| index.firsts());
        let firsts: Vec<_> = firsts.into_iter().flatten().cloned().collect();
        looks::note(firsts.len());
        firsts
    }

    /// Puts a resource in the place of its id, or takes it away; the former one comes back.
    pub(super) fn set(
        &mut self,
        id: &Arc<str>,
        packed: Option<&Packed>,
        words: &Words,
    ) -> Option<Packed> {
        let former = match packed {
            Some(packed) => self.contents.insert(id.clone(), packed.clone()),
            None => self.contents.remove(id),
        };
        self.present += packed.map_or(0, Packed::len);
        self.present -= former.as_ref().map_or(0, Packed::len);
        self.index(id, former.as_ref(), packed, words);
        former
    }

    /// Moves an id in the indexes to where it stands now.
    fn index(&mut self, id: &Arc<str>, from: Option<&Packed>, to: Option<&Packed>, words: &Words) {
        for (pin, index) in &mut self.indexes {
            let before = from.and_then(|packed| pin.place(packed, words));
            let after = to.and_then(|packed| pin.place(packed, words));
            if before == after {
                continue;
            }
            if let Some(value) = before {
                index.remove(value, id);
            }
            if let Some(value) = after {
                index.insert(value, id.clone());
            }
        }
    }

    fn found<'a>(&'a self, id: &'a Arc<str>, packed: &'a Packed) -> Found<'a> {
        Found {
            name: self.name(id),
            packed,
        }
    }

    fn name<'a>(&'a self, id: &'a Arc<str>) -> Name<'a> {
        Name {
            namespace: &self.namespace,
            of_type: &self.type_name,
            id,
        }
    }

    /// Appends a change to the history and wakes the watchers.
    pub(super) fn publish(&mut self, change: Change) {
        self.past += change.len();
        self.history.push_back(change);
        let room = self.present.max(PAST);
        let too_much = |len: usize, past: usize| len > HISTORY || (len > FEW && past > room);
        while too_much(self.history.len(), self.past) {
            let Some(oldest) = self.history.pop_front() else {
                break;
            };
            self.past -= oldest.len();
        }
        self.end.send_modify(|end| *end += 1);
    }

    /// A remembered change as it was.
    pub(super) fn event(&self, change: &Change, words: &Words) -> Event {
        let unpack = |packed: &Packed| packed.resource(self.name(&change.id), words);
        Event {
            kind: change.kind,
            resource: unpack(&change.packed),
            old: change.old.as_ref().map(unpack),
        }
    }

    /// The position after the last change.
    pub(super) fn end(&self) -> u64 {
        *self.end.borrow()
    }

    /// The position of the oldest change that is remembered.
    pub(super) fn start(&self) -> u64 {
        self.end() - self.history.len() as u64
    }

    /// The changes from a position on; `None` when they are forgotten.
    pub(super) fn since(
        &self,
        position: u64,
    ) -> Option<impl DoubleEndedIterator<Item = &Change> + ExactSizeIterator> {
        let skip = position.checked_sub(self.start())?;
        Some(self.history.iter().skip(usize::try_from(skip).ok()?))
    }

    /// Resolves when the position after the last change moves.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.end.subscribe()
    }
}
