//! What a plane is started with.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

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
        }
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
