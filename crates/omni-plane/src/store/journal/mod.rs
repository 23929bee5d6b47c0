//! Where commits go to become durable.
//!
//! One thread writes. It takes everything that has been committed since it last looked, and writes that in one transaction of the file with one
//! flush: the more is going on, the more commits share a flush. Order is kept, so a crash leaves a prefix of what was
//! committed, never a hole. A file that cannot be written any more stops the store: nothing further is accepted.

mod codec;
mod file;
mod rows;
mod writer;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use omni_api::AnyResource;
use omni_api::kind::namespace;
use tokio::sync::watch;

use super::annals::{Annals, Entries};
use super::{Event, StoreError};
use writer::Writer;

pub(super) use file::File;
pub use file::OpenError;

/// How far the file has come.
#[derive(Debug, Clone)]
enum Progress {
    /// This many commits are durable.
    Written(u64),
    /// Nothing more will be; why.
    Failed(String),
}

/// What one commit brings to the file.
#[derive(Debug)]
struct Commit {
    events: Vec<Event>,
    entries: Entries,
}

/// A file that has been opened.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) journal: Journal,
    pub(super) annals: Annals,
    /// The number of the last row of the annals.
    pub(super) rows: u64,
}

/// Where the commits of one store go.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// Without a writer, nothing is kept beyond the process.
    writer: Option<Writer>,
    appended: u64,
}

impl Journal {
    /// Opens the file of a store, alone, and hands out what is in it, one resource after the other.
    pub(super) fn open(path: &Path, take: impl FnMut(AnyResource)) -> Result<Opened, OpenError> {
        let file = Arc::new(File::open(path)?);
        let rows = file.read(take)?;
        let annals = Annals::of(file.clone());
        let writer = Some(Writer::start(file, annals.clone())?);
        let journal = Self {
            writer,
            appended: 0,
        };
        Ok(Opened {
            journal,
            annals,
            rows,
        })
    }

    /// Whether there is a file behind it.
    pub(super) fn is_durable(&self) -> bool {
        self.writer.is_some()
    }

    /// Takes the changes of one commit. Called under the store's lock, so that the order of calls is the order of commits.
    pub(super) fn append(&mut self, mut events: Vec<Event>, entries: Entries) {
        let Some(writer) = &self.writer else { return };
        events.retain(|event| is_kept(&event.resource.metadata.namespace));
        // What was before is in the file already, and need not wait for its turn.
        for event in &mut events {
            event.old = None;
        }
        if !events.is_empty() || !entries.is_empty() {
            self.appended += 1;
            writer.take(Commit { events, entries });
        }
    }

    /// Fails when the file cannot be written any more.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match &self.writer {
            Some(writer) => match &*writer.progress().borrow() {
                Progress::Failed(reason) => Err(StoreError::NotDurable(reason.clone())),
                Progress::Written(_) => Ok(()),
            },
            None => Ok(()),
        }
    }

    /// Resolves when everything appended so far is durable.
    pub(super) fn flushed(&self) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let progress = self.writer.as_ref().map(|writer| writer.progress().clone());
        until(progress, self.appended)
    }
}

async fn until(progress: Option<watch::Receiver<Progress>>, target: u64) -> Result<(), StoreError> {
    let Some(mut progress) = progress else {
        return Ok(());
    };
    let reached = progress.wait_for(|progress| match progress {
        Progress::Written(count) => *count >= target,
        Progress::Failed(_) => true,
    });
    match reached.await.as_deref() {
        Ok(Progress::Written(_)) => Ok(()),
        Ok(Progress::Failed(reason)) => Err(StoreError::NotDurable(reason.clone())),
        Err(_) => Err(StoreError::NotDurable("the store is closed".to_owned())),
    }
}

/// Whether what lives in this namespace outlives the process.
fn is_kept(name: &str) -> bool {
    ![
        namespace::EPHEMERAL,
        namespace::INFRA_PROVIDER_EPHEMERAL,
        namespace::META,
        namespace::METRICS,
        namespace::VIRTUAL,
    ]
    .contains(&name)
}
