//! Where commits go to become durable.
//!
//! One thread writes. It takes everything that has been committed since it last looked, and writes that in one transaction of the file with one
//! flush: the more is going on, the more commits share a flush. Order is kept, so a crash leaves a prefix of what was
//! committed, never a hole. A file that cannot be written any more stops the store: nothing further is accepted.

mod codec;
mod file;
mod writer;

use std::future::Future;
use std::path::Path;

use omni_api::AnyResource;
use omni_api::kind::namespace;
use tokio::sync::watch;

use super::{Event, StoreError};
use writer::Writer;

pub use file::OpenError;

/// How far the file has come.
#[derive(Debug, Clone)]
enum Progress {
    /// This many commits are durable.
    Written(u64),
    /// Nothing more will be; why.
    Failed(String),
}

/// Where the commits of one store go.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// Without a writer, nothing is kept beyond the process.
    writer: Option<Writer>,
    appended: u64,
}

impl Journal {
    /// Opens the file of a store, alone, with what is in it.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<AnyResource>), OpenError> {
        let file = file::File::open(path)?;
        let contents = file.read()?;
        let writer = Some(Writer::start(file)?);
        Ok((
            Self {
                writer,
                appended: 0,
            },
            contents,
        ))
    }

    /// Takes the changes of one commit. Called under the store's lock, so that the order of calls is the order of commits.
    pub(super) fn append(&mut self, mut events: Vec<Event>) {
        let Some(writer) = &self.writer else { return };
        events.retain(|event| is_kept(&event.resource.metadata.namespace));
        if !events.is_empty() {
            self.appended += 1;
            writer.take(events);
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
        namespace::VIRTUAL,
    ]
    .contains(&name)
}
