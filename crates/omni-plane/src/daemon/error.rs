//! Why a plane could not be started, joined or stopped.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a plane could not be started, joined or stopped.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The plane's folder, or a file in it, cannot be made or read.
    #[error("{} cannot be used for a plane", path.display())]
    Folder {
        /// The folder or the file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The folder holds other files and is open to other users: closing it might surprise somebody.
    #[error(
        "{} holds other files and is open to other users (mode {mode:o}); a plane needs a folder of its own", path.display()
    )]
    Shared {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The folder belongs to somebody else.
    #[error("{} belongs to another user", .0.display())]
    Foreign(PathBuf),
    /// Somebody else has been starting or stopping the plane for too long.
    #[error("another process has held {} for {after:?}", path.display())]
    Held {
        /// The lock.
        path: PathBuf,
        /// How long was waited.
        after: Duration,
    },
    /// The program of the plane cannot be started.
    #[error("{} cannot be started", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The plane said why it does not start.
    #[error("the embedded plane does not start: {reason} (log: {})", log.display())]
    Refused {
        /// Its own words.
        reason: String,
        /// Its log.
        log: PathBuf,
    },
    /// The plane's process ended before it was ready.
    #[error("the embedded plane ended before it was ready, {status}; the end of its log {}:\n{tail}", log.display())]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The log's last lines.
        tail: String,
    },
    /// The plane took too long.
    #[error("the embedded plane was not ready within {after:?} (log: {})", log.display())]
    Slow {
        /// How long was waited.
        after: Duration,
        /// Its log.
        log: PathBuf,
    },
    /// The plane said that it was ready and was gone at once.
    #[error("the embedded plane was ready and is gone again (log: {})", log.display())]
    Lost {
        /// Its log.
        log: PathBuf,
    },
    /// A plane holds the folder and does not answer.
    #[error("the plane at {} (process {}) does not answer; `plane stop` ends it", path.display(), process(*pid))]
    Silent {
        /// The folder.
        path: PathBuf,
        /// Its process, where the system tells.
        pid: Option<i32>,
    },
    /// What answers at the door is no plane.
    #[error("what answers at {} is no plane", path.display())]
    Stranger {
        /// The socket.
        path: PathBuf,
        /// What was not understood.
        #[source]
        source: serde_json::Error,
    },
    /// The plane's process cannot be ended.
    #[error("the plane at {} (process {}) cannot be ended", path.display(), process(*pid))]
    Unstoppable {
        /// The folder.
        path: PathBuf,
        /// Its process, where the system tells.
        pid: Option<i32>,
    },
}

// === impl DaemonError ===

impl DaemonError {
    /// A failure of the system at a path.
    pub fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Folder { path, source }
    }
}

fn process(pid: Option<i32>) -> String {
    pid.map_or_else(|| "unknown".to_owned(), |pid| pid.to_string())
}

/// An error and everything below it, on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(source) = below {
        text.push_str(": ");
        text.push_str(&source.to_string());
        below = source.source();
    }
    text
}
