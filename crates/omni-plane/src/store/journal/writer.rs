//! The one thread that writes.

use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use tokio::sync::watch;

use super::file::{File, OpenError};
use super::{Commit, Progress};
use crate::store::Annals;

/// How many commits one flush covers at most, so that its transaction stays of a reasonable size; and how many may wait for the next one. Who
/// commits more waits for the disk, so that memory does not fill up with what is to be written.
const MOST: usize = 1024;

/// The thread and the way to it. Dropping it writes what is on its way, closes the file and ends the thread.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<mpsc::SyncSender<Commit>>,
    progress: watch::Receiver<Progress>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts writing; `annals` are told when there are new rows in the file.
    pub(super) fn start(file: Arc<File>, annals: Annals) -> Result<Self, OpenError> {
        let (queue, commits) = mpsc::sync_channel(MOST);
        let (report, progress) = watch::channel(Progress::Written(0));
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(&file, &annals, &commits, &report))
            .map_err(OpenError::Thread)?;
        Ok(Self {
            queue: Some(queue),
            progress,
            thread: Some(thread),
        })
    }

    /// Queues the changes of one commit.
    pub(super) fn take(&self, commit: Commit) {
        if let Some(queue) = &self.queue {
            // The thread is gone only after it has reported its failure.
            let _ = queue.send(commit);
        }
    }

    pub(super) fn progress(&self) -> &watch::Receiver<Progress> {
        &self.progress
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been told by the panic hook.
            let _ = thread.join();
        }
    }
}

fn run(
    file: &File,
    annals: &Annals,
    commits: &mpsc::Receiver<Commit>,
    report: &watch::Sender<Progress>,
) {
    let mut written = 0;
    while let Ok(first) = commits.recv() {
        let batch: Vec<Commit> = std::iter::once(first)
            .chain(commits.try_iter())
            .take(MOST)
            .collect();
        if let Err(error) = file.write(&batch) {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the file of state cannot be written"
            );
            report.send_replace(Progress::Failed(error.to_string()));
            return;
        }
        written += batch.len() as u64;
        report.send_replace(Progress::Written(written));
        if batch.iter().any(|commit| !commit.entries.is_empty()) {
            annals.announce();
        }
    }
}
