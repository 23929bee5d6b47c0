//! Folders for planes, and the provider's binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use omni_plane::daemon::{self, Launch, Options, Running, Settings};
use serde_json::Value as Json;
use tempfile::TempDir;

/// The provider's binary.
pub(crate) const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-omni");

/// A folder for a plane; what runs in it is stopped at the end.
pub(crate) struct Place {
    folder: TempDir,
    path: PathBuf,
}

// === impl Place ===

impl Place {
    pub(crate) fn new() -> Self {
        Self::below("plane")
    }

    /// With a path of its own below the folder.
    pub(crate) fn below(path: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(path);
        Self { folder, path }
    }

    /// The plane's folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file beside the plane's folder.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Joins or starts the plane, with this many machines, as the build of that name.
    pub(crate) async fn ensure(&self, machines: u32, build: &str) -> Running {
        let options = Options::new(&self.path, settings(machines));
        daemon::ensure(&options, &launch(build))
            .await
            .expect("a plane")
    }

    /// What the plane lists of a kind.
    pub(crate) fn list(&self, kind: &str) -> Vec<Json> {
        let output = provider(&["plane", "get", kind, "--json", "--path", self.text()]);
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// The id of the account: drawn at random once, so that it tells one state from another.
    pub(crate) fn account(&self) -> String {
        let features = self.list("featuresconfigs");
        features[0]["spec"]["account"]["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    /// The path as text.
    pub(crate) fn text(&self) -> &str {
        self.path.to_str().expect("text")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        provider(&["plane", "stop", "--path", self.text()]);
    }
}

/// How a plane is set up here.
pub(crate) fn settings(machines: u32) -> Settings {
    Settings {
        machines,
        speed: 1000.0,
        ..Settings::default()
    }
}

/// The provider's binary as a plane of that build.
pub(crate) fn launch(build: &str) -> Launch {
    Launch {
        program: PROVIDER.into(),
        arguments: vec!["plane".into(), "child".into()],
        build: build.to_owned(),
    }
}

/// Runs the provider's binary.
pub(crate) fn provider(arguments: &[&str]) -> Output {
    command(arguments).output().expect("it starts")
}

/// The provider's binary with nothing of Omni's in its environment.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROVIDER);
    for name in [
        "OMNI_ENDPOINT",
        "OMNI_SERVICE_ACCOUNT_KEY",
        "SIDERO_SERVICE_ACCOUNT_KEY",
        "OMNICONFIG",
    ] {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

/// Everything that a program printed.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
