//! What a running plane says of itself, at its door and in `plane.json`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::options::Settings;

/// What a running plane says of itself. The first line at its door; the file beside it is for people and for finding the door.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Which build of the program it is.
    pub build: String,
    /// Version of the data's form.
    pub data_version: u32,
    /// Its process.
    pub pid: u32,
    /// How it is set up.
    pub settings: Settings,
    /// Where its API answers: a Unix socket.
    pub socket: PathBuf,
    /// Where its door is: a Unix socket.
    pub door: PathBuf,
}

// === impl Record ===

impl Record {
    /// The endpoint for clients, `unix:///…`.
    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Whether it is the plane that a caller of this build wants.
    pub(super) fn fits(&self, build: &str, settings: &Settings) -> bool {
        self.build == build && self.settings.agree(settings)
    }

    /// Reads the file; `None` where there is none that can be understood, which is as good as none.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let text = std::fs::read(path).ok()?;
        serde_json::from_slice(&text).ok()
    }
}
