//! Locks between processes: one around a start or a stop, one that a plane holds all its life.
//!
//! The kernel releases a lock when its process ends, however it ends. Waiting for a lock blocks a thread, which is why it
//! happens on one of its own that nobody has to wait for.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::oneshot;

use super::error::DaemonError;
use super::folder::Folder;

/// How long somebody else may be busy starting or stopping the plane.
const BUSY: Duration = Duration::from_secs(90);

/// A lock that is held; released when dropped.
#[derive(Debug)]
pub(super) struct Held {
    _file: File,
}

/// The lock around starts and stops.
pub(super) async fn starting(folder: &Folder) -> Result<Held, DaemonError> {
    take(folder.start_lock(), BUSY).await
}

/// The same, only if nobody else has it now.
pub(super) fn try_starting(folder: &Folder) -> Option<Held> {
    let file = open(&folder.start_lock()).ok()?;
    file.try_lock().ok()?;
    Some(Held { _file: file })
}

/// The lock that a plane holds all its life: whoever gets it knows that no plane runs.
pub(super) async fn living(folder: &Folder, within: Duration) -> Result<Held, DaemonError> {
    take(folder.life_lock(), within).await
}

async fn take(path: PathBuf, within: Duration) -> Result<Held, DaemonError> {
    let file = open(&path).map_err(DaemonError::at(&path))?;
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new()
        .name("plane-lock".to_owned())
        // When nobody waits any more the file comes back in the error and is closed, the lock with it.
        .spawn(move || sender.send(file.lock().map(|()| file)).is_ok())
        .map_err(DaemonError::at(&path))?;
    match tokio::time::timeout(within, receiver).await {
        Ok(Ok(Ok(file))) => Ok(Held { _file: file }),
        Ok(Ok(Err(source))) => Err(DaemonError::Folder { path, source }),
        Ok(Err(_)) => Err(DaemonError::Folder {
            path,
            source: io::ErrorKind::Interrupted.into(),
        }),
        Err(_) => Err(DaemonError::Held {
            path,
            after: within,
        }),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}
