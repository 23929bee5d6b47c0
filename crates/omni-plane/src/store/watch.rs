//! Watches as clients know them: contents first, then changes, with bookmarks to come back to.
//!
//! A watcher reads on in the history of its collection at its own pace. It costs the store nothing while it does not read; one that falls
//! behind the history gets an error as its last event. Filters turn changes round: what begins to match arrives as created, what ceases to
//! match as destroyed, with its new contents.

use std::sync::Arc;

use omni_api::AnyResource;
use tokio::sync::watch;

use super::collection::{Change, Collection, Found, HISTORY};
use super::words::Words;
use super::{Event, EventKind, Query, Store};

/// What a watch is to begin with, and what it is to let through.
#[derive(Debug, Clone, Default)]
pub struct WatchOptions {
    /// All present contents first, and then a mark.
    pub bootstrap_contents: bool,
    /// A bookmark first.
    pub bootstrap_bookmark: bool,
    /// The last changes first, this many; none when zero.
    pub tail_events: usize,
    /// The changes after this bookmark first.
    pub start_from: Option<Vec<u8>>,
    /// What must match; of watches on a whole kind.
    pub query: Query,
}

/// A watch that cannot begin. `Display` is COSI's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// The bookmark is none, is of another process, or its place in the history is forgotten.
    #[error("invalid watch bookmark")]
    InvalidBookmark,
    /// Two options that exclude each other.
    #[error("cannot use both TailEvents and StartFromBookmark options")]
    TailAndBookmark,
    /// Two options that exclude each other.
    #[error("cannot use BootstrapContents with TailEvents and StartFromBookmark options")]
    BootstrapAndPast,
}

/// Something that a watch shows.
#[derive(Debug, Clone, PartialEq)]
pub enum WatchEvent {
    /// A resource that is there, or a change. Contents of the beginning have no bookmark.
    Resource(Event, Option<Bookmark>),
    /// The watched resource does not exist.
    Missing,
    /// All contents have been shown.
    Bootstrapped(Bookmark),
    /// All contents of a kind that has no history have been shown.
    Complete,
    /// The contents cannot be shown; nothing follows.
    Failed(String),
    /// Where in the history the watch stands.
    Noop(Bookmark),
    /// The reader was too slow; nothing follows.
    Overrun(String),
}

/// A place in the history of one collection of one process.
pub type Bookmark = [u8; 16];

/// A running watch.
#[derive(Debug)]
pub struct Watcher {
    store: Store,
    namespace: Arc<str>,
    type_name: Arc<str>,
    id: Option<Arc<str>>,
    query: Query,
    first: Vec<WatchEvent>,
    position: u64,
    end: watch::Receiver<u64>,
    over: bool,
}

impl Store {
    /// Watches one resource: its present state first, unless the options ask for the past.
    ///
    /// # Errors
    /// [`WatchError`].
    pub fn watch(
        &self,
        namespace: &str,
        type_name: &str,
        id: &str,
        options: &WatchOptions,
    ) -> Result<Watcher, WatchError> {
        self.begin_watch(namespace, type_name, options, |collection, words| {
            let past = options.tail_events > 0 || options.start_from.is_some();
            let position = if options.tail_events > 0 {
                tail_of(collection, id, options.tail_events)
            } else {
                self.start_position(collection, options)?
            };
            let first = match collection.get(id) {
                _ if past => Vec::new(),
                Some(found) => vec![present(found, words)],
                None => vec![WatchEvent::Missing],
            };
            Ok((Some(id.into()), first, position))
        })
    }

    /// Watches all resources of a kind that the query lets through.
    ///
    /// # Errors
    /// [`WatchError`].
    pub fn watch_kind(
        &self,
        namespace: &str,
        type_name: &str,
        options: &WatchOptions,
    ) -> Result<Watcher, WatchError> {
        let past = options.tail_events > 0 || options.start_from.is_some();
        if options.bootstrap_contents && past {
            return Err(WatchError::BootstrapAndPast);
        }
        self.begin_watch(namespace, type_name, options, |collection, words| {
            let position = self.start_position(collection, options)?;
            // A mark names the last change that the client knows of, which is the one before the position.
            let mark = self.bookmark(position.wrapping_sub(1));
            let mut first = Vec::new();
            if options.bootstrap_contents {
                let contents = collection.list(&options.query, words);
                first.extend(contents.map(|found| present(found, words)));
                first.push(WatchEvent::Bootstrapped(mark));
            }
            if options.bootstrap_bookmark {
                first.push(WatchEvent::Noop(mark));
            }
            Ok((None, first, position))
        })
    }

    fn begin_watch(
        &self,
        namespace: &str,
        type_name: &str,
        options: &WatchOptions,
        begin: impl FnOnce(
            &Collection,
            &Words,
        ) -> Result<(Option<Arc<str>>, Vec<WatchEvent>, u64), WatchError>,
    ) -> Result<Watcher, WatchError> {
        if options.tail_events > 0 && options.start_from.is_some() {
            return Err(WatchError::TailAndBookmark);
        }
        let mut state = self.0.state.write();
        let (collection, words) = state.watched(namespace, type_name);
        let (id, first, position) = begin(collection, words)?;
        Ok(Watcher {
            store: self.clone(),
            namespace: namespace.into(),
            type_name: type_name.into(),
            id,
            query: options.query.clone(),
            first,
            position,
            end: collection.subscribe(),
            over: false,
        })
    }

    /// A watch of resources that are kept elsewhere: shows those once, and nothing ever after.
    pub fn watch_elsewhere(
        &self,
        namespace: &str,
        type_name: &str,
        contents: Result<&[Arc<AnyResource>], String>,
    ) -> Watcher {
        let mut state = self.0.state.write();
        let (collection, _) = state.watched(namespace, type_name);
        let first = match contents {
            Ok(contents) => {
                let shown = contents.iter().cloned().map(there);
                shown.chain([WatchEvent::Complete]).collect()
            }
            Err(text) => vec![WatchEvent::Failed(text)],
        };
        Watcher {
            store: self.clone(),
            namespace: namespace.into(),
            type_name: type_name.into(),
            id: None,
            query: Query::all(),
            first,
            position: collection.end(),
            end: collection.subscribe(),
            over: false,
        }
    }

    fn start_position(
        &self,
        collection: &Collection,
        options: &WatchOptions,
    ) -> Result<u64, WatchError> {
        let end = collection.end();
        if let Some(bookmark) = &options.start_from {
            let seen = self.position(bookmark).ok_or(WatchError::InvalidBookmark)?;
            let next = seen.wrapping_add(1);
            let known = (collection.start()..=end).contains(&next);
            return known.then_some(next).ok_or(WatchError::InvalidBookmark);
        }
        let tail = u64::try_from(options.tail_events).unwrap_or(u64::MAX);
        Ok(end.saturating_sub(tail).max(collection.start()))
    }

    fn bookmark(&self, position: u64) -> Bookmark {
        let mut bookmark = [0; 16];
        bookmark[..8].copy_from_slice(&self.0.cookie);
        bookmark[8..].copy_from_slice(&position.to_be_bytes());
        bookmark
    }

    fn position(&self, bookmark: &[u8]) -> Option<u64> {
        let place = bookmark.strip_prefix(&self.0.cookie)?;
        Some(u64::from_be_bytes(place.try_into().ok()?))
    }
}

impl Watcher {
    /// The next events, at least one; `None` when the watch is over. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Vec<WatchEvent>> {
        if !self.first.is_empty() {
            return Some(std::mem::take(&mut self.first));
        }
        while !self.over {
            let position = self.position;
            // The collection lives as long as the store, and so does the sender.
            self.end.wait_for(|end| *end > position).await.ok()?;
            let events = self.read_on();
            if !events.is_empty() {
                return Some(events);
            }
        }
        None
    }

    fn read_on(&mut self) -> Vec<WatchEvent> {
        let store = self.store.clone();
        let state = store.state();
        let Some(collection) = state.collection(&self.namespace, &self.type_name) else {
            return Vec::new();
        };
        let Some(changes) = collection.since(self.position) else {
            self.over = true;
            return vec![WatchEvent::Overrun(self.overrun(collection.end()))];
        };
        let mut events = Vec::new();
        for (change, position) in changes.zip(self.position..) {
            if let Some(event) = self.shown(change, collection, &state.words) {
                events.push(WatchEvent::Resource(event, Some(store.bookmark(position))));
            }
        }
        self.position = collection.end();
        events
    }

    /// The change as this watch shows it.
    fn shown(&self, change: &Change, collection: &Collection, words: &Words) -> Option<Event> {
        let event = || collection.event(change, words);
        if let Some(id) = &self.id {
            return (change.id == *id).then(event);
        }
        let matches = |packed| self.query.matches_packed(&change.id, packed, words);
        let now = matches(&change.packed);
        let before = change.old.as_ref().map_or(now, matches);
        let turned = |kind| Event {
            kind,
            old: None,
            ..event()
        };
        match (before, now) {
            (true, true) => Some(event()),
            (false, true) => Some(turned(EventKind::Created)),
            (true, false) => Some(turned(EventKind::Destroyed)),
            (false, false) => None,
        }
    }

    fn overrun(&self, end: u64) -> String {
        format!(
            "buffer overrun: namespace {:?} type {:?}, write pos {end}, pos {}, capacity {HISTORY}",
            self.namespace, self.type_name, self.position
        )
    }
}

/// A resource that is there when the watch begins.
fn present(found: Found<'_>, words: &Words) -> WatchEvent {
    there(found.resource(words))
}

fn there(resource: Arc<AnyResource>) -> WatchEvent {
    let event = Event {
        kind: EventKind::Created,
        resource,
        old: None,
    };
    WatchEvent::Resource(event, None)
}

/// Where the last `count` changes of one resource begin.
fn tail_of(collection: &Collection, id: &str, count: usize) -> u64 {
    let start = collection.start();
    let mut position = collection.end();
    let mut found = 0;
    for change in collection.since(start).into_iter().flatten().rev() {
        if found == count {
            break;
        }
        position -= 1;
        found += usize::from(*change.id == *id);
    }
    position
}
