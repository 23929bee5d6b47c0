//! The file of a store.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use omni_api::AnyResource;
use redb::{
    Builder, Database, DatabaseError, ReadableDatabase as _, ReadableTable as _, TableDefinition,
};

use super::Commit;
use super::codec::{self, DecodeError};
use super::rows;
use crate::Moment;
use crate::store::{Event, EventKind, Row};

const RESOURCES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("resources");
const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("about");
const FORMAT: &str = "format";
/// The number of the last row that was ever written.
const ROWS: &str = "rows";
/// The form of what is in the file. Another one needs a way over, not a guess.
const CURRENT: u64 = 1;
/// How much of the file redb keeps in memory. The store itself holds everything, so that little is read twice.
const CACHE: usize = 16 << 20;

/// Why a file of state cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another plane has it open.
    #[error("{0} is in use by another plane")]
    InUse(PathBuf),
    /// The system refuses.
    #[error("{path} cannot be opened")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// It is no file of state, or a damaged one.
    #[error("{path} cannot be read")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader met.
        #[source]
        source: redb::Error,
    },
    /// A resource in it cannot be read.
    #[error("a resource in {path} cannot be read")]
    Resource {
        /// The file.
        path: PathBuf,
        /// What the reader met.
        #[source]
        source: DecodeError,
    },
    /// Another release of the plane wrote it.
    #[error("{path} is of format {found}, this plane reads format {CURRENT}")]
    Format {
        /// The file.
        path: PathBuf,
        /// The format that it is of.
        found: u64,
    },
    /// The thread that writes cannot be started.
    #[error("the writer cannot be started")]
    Thread(#[source] std::io::Error),
}

/// An open file, ours alone until it is dropped.
#[derive(Debug)]
pub(in crate::store) struct File {
    path: PathBuf,
    database: Database,
}

impl File {
    /// Opens or creates the file, for its owner only.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let file = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path);
        let file = file.map_err(|source| OpenError::Io {
            path: path.to_owned(),
            source,
        })?;
        let database = Builder::new()
            .set_cache_size(CACHE)
            .create_file(file)
            .map_err(|error| match error {
                DatabaseError::DatabaseAlreadyOpen => OpenError::InUse(path.to_owned()),
                other => damaged(path, other),
            })?;
        let file = Self {
            path: path.to_owned(),
            database,
        };
        file.claim()?;
        Ok(file)
    }

    /// Marks a new file with the format, and refuses one of another format.
    fn claim(&self) -> Result<(), OpenError> {
        let damaged = |error: redb::Error| damaged(&self.path, error);
        let found = (|| {
            let transaction = self.database.begin_write()?;
            transaction.open_table(RESOURCES)?;
            rows::prepare(&transaction)?;
            let mut about = transaction.open_table(ABOUT)?;
            let found = about.get(FORMAT)?.map(|found| found.value());
            if found.is_none() {
                about.insert(FORMAT, CURRENT)?;
            }
            drop(about);
            transaction.commit()?;
            Ok::<_, redb::Error>(found.unwrap_or(CURRENT))
        })()
        .map_err(damaged)?;
        if found == CURRENT {
            return Ok(());
        }
        Err(OpenError::Format {
            path: self.path.clone(),
            found,
        })
    }

    /// Hands out every resource in the file, and answers the number of its last row.
    pub(super) fn read(&self, mut take: impl FnMut(AnyResource)) -> Result<u64, OpenError> {
        let damaged = |error: redb::Error| damaged(&self.path, error);
        let open = || {
            let transaction = self.database.begin_read()?;
            let last = transaction.open_table(ABOUT)?.get(ROWS)?;
            let last = last.map_or(0, |last| last.value());
            Ok::<_, redb::Error>((transaction.open_table(RESOURCES)?, last))
        };
        let (table, rows) = open().map_err(damaged)?;
        for entry in table.iter().map_err(|error| damaged(error.into()))? {
            let (_, value) = entry.map_err(|error| damaged(error.into()))?;
            let resource = codec::decode(value.value());
            take(resource.map_err(|source| OpenError::Resource {
                path: self.path.clone(),
                source,
            })?);
        }
        Ok(rows)
    }

    /// Rows of a stream after a number, oldest first.
    pub(in crate::store) fn rows(
        &self,
        stream: &str,
        after: u64,
        most: usize,
    ) -> Result<Vec<Row>, redb::Error> {
        rows::read(&self.database.begin_read()?, stream, after, most)
    }

    /// The number of the last row of a stream; 0 when it has none.
    pub(in crate::store) fn last_row(&self, stream: &str) -> Result<u64, redb::Error> {
        rows::last(&self.database.begin_read()?, stream)
    }

    /// Removes rows that are older than a moment, the last one of each stream excepted.
    pub(in crate::store) fn forget_before(&self, moment: Moment) -> Result<(), redb::Error> {
        let transaction = self.database.begin_write()?;
        rows::forget_before(&transaction, moment)?;
        transaction.commit()?;
        Ok(())
    }

    /// Writes changes in one transaction. Of several changes to one resource the last one counts.
    pub(super) fn write(&self, commits: &[Commit]) -> Result<(), redb::Error> {
        let last: HashMap<Vec<u8>, &Event> = commits
            .iter()
            .flat_map(|commit| &commit.events)
            .map(|event| (codec::key(&event.resource.metadata), event))
            .collect();
        let transaction = self.database.begin_write()?;
        {
            let mut table = transaction.open_table(RESOURCES)?;
            for (key, event) in last {
                if event.kind == EventKind::Destroyed {
                    table.remove(key.as_slice())?;
                } else {
                    table.insert(key.as_slice(), codec::encode(&event.resource).as_slice())?;
                }
            }
        }
        if let Some(last) = rows::write(&transaction, commits)? {
            transaction.open_table(ABOUT)?.insert(ROWS, last)?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn damaged(path: &Path, error: impl Into<redb::Error>) -> OpenError {
    let path = path.to_owned();
    match error.into() {
        redb::Error::Io(source) => OpenError::Io { path, source },
        source => OpenError::Damaged { path, source },
    }
}
