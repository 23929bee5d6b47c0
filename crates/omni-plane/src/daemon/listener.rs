//! A Unix socket that listens and is removed with its owner.
//!
//! A socket of that name is replaced: whoever binds holds the plane's lock or made the name up, so that it can only be a dead
//! plane's.

use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use tokio::net::{UnixListener, UnixStream};

use super::error::DaemonError;
use crate::serve::SocketFile;

/// A listening socket.
#[derive(Debug)]
pub(super) struct Listener {
    inner: UnixListener,
    _file: SocketFile,
}

// === impl Listener ===

impl Listener {
    /// Binds the path.
    pub(super) fn bind(path: &Path) -> Result<Self, DaemonError> {
        if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
            fs::remove_file(path).map_err(DaemonError::at(path))?;
        }
        let inner = UnixListener::bind(path).map_err(DaemonError::at(path))?;
        let file = SocketFile::of(path);
        Ok(Self { inner, _file: file })
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> std::io::Result<UnixStream> {
        let (stream, _) = self.inner.accept().await?;
        Ok(stream)
    }
}
