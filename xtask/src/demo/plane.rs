//! The plane of a demo, asked by the provider's own commands.

use std::path::Path;

use serde_json::Value as Json;

use super::lab::Lab;
use super::{Failure, tools};

/// The plane of a demo.
pub(super) struct Plane<'a> {
    lab: &'a Lab,
}

// === impl Plane ===

impl<'a> Plane<'a> {
    /// The plane of this demo.
    pub(super) fn of(lab: &'a Lab) -> Self {
        Self { lab }
    }

    /// The clusters as a tree.
    pub(super) fn tree(&self) -> Result<String, Failure> {
        self.say(&["tree", "--path", ".omni"])
    }

    /// Everything that the plane has of a kind.
    pub(super) fn list(&self, kind: &str) -> Result<Vec<Json>, Failure> {
        let text = self.say(&["plane", "get", kind, "--json", "--path", ".omni"])?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Stops it and waits for its end.
    pub(super) fn stop(&self) -> Result<(), Failure> {
        self.say(&["plane", "stop", "--path", ".omni"]).map(drop)
    }

    fn say(&self, arguments: &[&str]) -> Result<String, Failure> {
        let provider: &Path = self.lab.provider();
        tools::run(self.lab.command(provider).args(arguments))
    }
}
