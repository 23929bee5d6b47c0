//! What happened, beside what is: rows that are only ever added, in streams by name.
//!
//! Rows are written in the commit of the change that they tell of, so that a change that survives a crash has its rows, and a change that does
//! not has none. Numbers rise over all streams and never come twice. Only the file holds the rows of a durable store, as
//! nobody reads them but people.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;
use tokio::sync::watch;

use super::StoreError;
use super::journal::File;
use crate::Moment;

/// A row of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number; higher than that of each row before it.
    pub number: u64,
    /// When it was written.
    pub at: Moment,
    /// What it says.
    pub text: Vec<u8>,
}

/// What a commit adds to the annals, and which streams it ends.
#[derive(Debug, Default)]
pub(super) struct Entries {
    pub(super) rows: Vec<(Arc<str>, Row)>,
    pub(super) ended: Vec<Arc<str>>,
}

/// The rows of a store. Clones are the same rows.
#[derive(Debug, Clone)]
pub struct Annals(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    place: Place,
    grown: watch::Sender<u64>,
}

#[derive(Debug)]
enum Place {
    Memory(RwLock<BTreeMap<(Arc<str>, u64), Row>>),
    File(Arc<File>),
}

// === impl Entries ===

impl Entries {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.ended.is_empty()
    }
}

// === impl Annals ===

impl Default for Annals {
    fn default() -> Self {
        Self::at(Place::Memory(RwLock::default()))
    }
}

impl Annals {
    pub(super) fn of(file: Arc<File>) -> Self {
        Self::at(Place::File(file))
    }

    fn at(place: Place) -> Self {
        let grown = watch::Sender::new(0);
        Self(Arc::new(Shared { place, grown }))
    }

    /// The rows of a stream with a higher number than `after`, oldest first, at most `most` of them.
    ///
    /// # Errors
    /// [`StoreError::NotDurable`] when the file cannot be read.
    pub fn read(&self, stream: &str, after: u64, most: usize) -> Result<Vec<Row>, StoreError> {
        match &self.0.place {
            Place::Memory(rows) => {
                let rows = rows.read();
                let from = (Arc::from(stream), after.saturating_add(1));
                let of_stream = rows
                    .range(from..)
                    .take_while(|((name, _), _)| &**name == stream);
                Ok(of_stream.take(most).map(|(_, row)| row.clone()).collect())
            }
            Place::File(file) => file
                .rows(stream, after, most)
                .map_err(|error| unread(&error)),
        }
    }

    /// The number of the last row of a stream; 0 when it has none.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn last(&self, stream: &str) -> Result<u64, StoreError> {
        match &self.0.place {
            Place::Memory(rows) => {
                let name: Arc<str> = Arc::from(stream);
                let rows = rows.read();
                let mut of_stream = rows.range((name.clone(), 0)..=(name, u64::MAX));
                Ok(of_stream.next_back().map_or(0, |((_, number), _)| *number))
            }
            Place::File(file) => file.last_row(stream).map_err(|error| unread(&error)),
        }
    }

    /// Removes rows that were written before a moment; the last one of each stream stays, as its number is somebody's place.
    ///
    /// # Errors
    /// [`StoreError::NotDurable`] when the file cannot be written.
    pub fn forget_before(&self, moment: Moment) -> Result<(), StoreError> {
        match &self.0.place {
            Place::Memory(rows) => {
                let mut rows = rows.write();
                let last: BTreeMap<Arc<str>, u64> = rows.keys().cloned().collect();
                rows.retain(|(name, number), row| {
                    row.at >= moment || last.get(name) == Some(number)
                });
                Ok(())
            }
            Place::File(file) => file.forget_before(moment).map_err(|error| unread(&error)),
        }
    }

    /// Changes whenever rows have been added that can be read.
    pub fn grown(&self) -> watch::Receiver<u64> {
        self.0.grown.subscribe()
    }

    /// Takes the rows of a commit that does not go to a file.
    pub(super) fn keep(&self, entries: Entries) {
        if let Place::Memory(rows) = &self.0.place {
            let mut rows = rows.write();
            for (stream, row) in entries.rows {
                rows.insert((stream, row.number), row);
            }
            for stream in entries.ended {
                rows.retain(|(name, _), _| *name != stream);
            }
        }
        self.announce();
    }

    /// Tells those who wait that there are rows to read.
    pub(super) fn announce(&self) {
        self.0.grown.send_modify(|times| *times += 1);
    }
}

fn unread(error: &redb::Error) -> StoreError {
    StoreError::NotDurable(error.to_string())
}
