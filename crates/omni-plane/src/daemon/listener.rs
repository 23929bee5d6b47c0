//! A Unix socket that listens and is removed with its owner.
//!
//! A file of that name is replaced: whoever binds holds the plane's lock, so that it can only be a dead plane's. On the way
//! out the file is removed only while it is still ours.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use super::error::DaemonError;

/// A listening socket.
#[derive(Debug)]
pub(super) struct Listener {
    inner: UnixListener,
    _file: SocketFile,
}

/// The file of a socket, removed when dropped.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    identity: Option<(u64, u64)>,
}

// === impl Listener ===

impl Listener {
    /// Binds the path.
    pub(super) fn bind(path: &Path) -> Result<Self, DaemonError> {
        let (inner, file) = bind(path)?;
        Ok(Self { inner, _file: file })
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> std::io::Result<UnixStream> {
        let (stream, _) = self.inner.accept().await?;
        Ok(stream)
    }
}

/// Binds the path, the listener and the file apart.
pub(super) fn bind(path: &Path) -> Result<(UnixListener, SocketFile), DaemonError> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
        fs::remove_file(path).map_err(DaemonError::at(path))?;
    }
    let inner = UnixListener::bind(path).map_err(DaemonError::at(path))?;
    let file = SocketFile {
        path: path.to_owned(),
        identity: identity(path),
    };
    Ok((inner, file))
}

// === impl SocketFile ===

impl Drop for SocketFile {
    fn drop(&mut self) {
        // The folder may have been deleted under us, and another plane may have its socket there now.
        if self.identity.is_some() && identity(&self.path) == self.identity {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::symlink_metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}
