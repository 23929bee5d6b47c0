//! How a started plane tells whoever started it that it is ready, or why not.
//!
//! The starter listens on a socket of its own; the plane connects, writes one line and stays until the starter has read it, so
//! that the end of its process never overtakes its words.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use super::error::DaemonError;
use super::folder::Folder;
use super::listener::Listener;

/// How long the plane waits for its words to be read.
const HEARD: Duration = Duration::from_secs(5);

/// What a started plane has to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Report {
    /// It serves.
    Ready,
    /// It does not, and why.
    Failed(String),
}

/// Where a starter listens.
#[derive(Debug)]
pub(super) struct Ear {
    listener: Listener,
    path: PathBuf,
}

// === impl Ear ===

impl Ear {
    /// Listens on a new socket in the folder.
    pub(super) fn open(folder: &Folder) -> Result<Self, DaemonError> {
        let path = folder.notify_socket();
        let listener = Listener::bind(&path)?;
        Ok(Self { listener, path })
    }

    /// Where to report to.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The first report that can be understood.
    pub(super) async fn report(&self) -> Report {
        loop {
            let Ok(stream) = self.listener.accept().await else {
                continue;
            };
            let mut line = String::new();
            let mut stream = BufReader::new(stream);
            if stream.read_line(&mut line).await.is_ok()
                && let Ok(report) = serde_json::from_str(&line)
            {
                return report;
            }
        }
    }
}

/// Reports to whoever listens there, and waits until it was heard. False when nobody listens any more.
pub(super) async fn report(to: &Path, report: &Report) -> bool {
    let send = async {
        let mut stream = UnixStream::connect(to).await?;
        let mut line = serde_json::to_vec(report)?;
        line.push(b'\n');
        stream.write_all(&line).await?;
        // The starter hangs up when it has read the line.
        let mut rest = [0; 1];
        stream.read(&mut rest).await
    };
    let heard = tokio::time::timeout(HEARD, send).await;
    matches!(heard, Ok(Ok(_)))
}
