//! What a plane is started with.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Instance;

/// What a caller wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The plane's folder; relative to the working directory.
    pub path: PathBuf,
    /// How the plane is set up.
    pub settings: Settings,
    /// How long a plane lives that nobody needs.
    pub idle: Duration,
}

/// How a plane is set up. Two callers with different settings do not share a plane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Bare-metal machines that have checked in before the first call is answered.
    pub machines: u32,
    /// Emulated seconds per second.
    pub speed: f64,
    /// A table of versions in place of the built-in one; an absolute path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<PathBuf>,
    /// A script of what goes wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faults: Option<PinnedFile>,
    /// What an Omni is configured with.
    #[serde(default)]
    pub instance: Instance,
}

/// A file, and what is in it: with another content it is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedFile {
    /// Where it is; an absolute path.
    pub path: PathBuf,
    /// SHA-256 of what is in it.
    pub sha256: String,
}

/// The program that runs a plane.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The executable.
    pub program: PathBuf,
    /// Its first arguments; those of the options follow.
    pub arguments: Vec<OsString>,
    /// What tells this build from any other. A running plane of another one is stopped.
    pub build: String,
}

/// How long a plane lives that nobody needs, unless said otherwise.
pub const IDLE: Duration = Duration::from_secs(10);

// === impl Settings ===

impl Settings {
    /// Whether both mean the same plane. A speed that went through a text may have lost its last bit.
    pub fn agree(&self, other: &Self) -> bool {
        let apart = (self.speed - other.speed).abs();
        self.machines == other.machines
            && self.versions == other.versions
            && self.faults == other.faults
            && self.instance == other.instance
            && apart <= self.speed.abs() * 1e-9
    }

    /// The same as arguments of a command.
    pub(super) fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec![
            "--machines".into(),
            self.machines.to_string().into(),
            "--speed".into(),
            self.speed.to_string().into(),
        ];
        if let Some(versions) = &self.versions {
            arguments.extend(["--versions".into(), versions.into()]);
        }
        if let Some(faults) = &self.faults {
            arguments.extend(["--faults".into(), faults.path.clone().into()]);
        }
        arguments.extend(self.instance.arguments());
        arguments
    }
}

/// Nothing but what a plane needs: no machines, time as it is.
impl Default for Settings {
    fn default() -> Self {
        Self {
            machines: 0,
            speed: 1.0,
            versions: None,
            faults: None,
            instance: Instance::default(),
        }
    }
}

// === impl PinnedFile ===

impl PinnedFile {
    /// The file as it is now.
    ///
    /// # Errors
    /// The system's.
    pub fn new(path: PathBuf) -> io::Result<Self> {
        let sha256 = hex::encode(Sha256::digest(std::fs::read(&path)?));
        Ok(Self { path, sha256 })
    }
}

// === impl Options ===

impl Options {
    /// The plane of a folder, ended when nobody has needed it for [`IDLE`].
    pub fn new(path: impl Into<PathBuf>, settings: Settings) -> Self {
        Self {
            path: path.into(),
            settings,
            idle: IDLE,
        }
    }
}
