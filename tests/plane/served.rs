//! The provider's binary as a plane in the foreground.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::command;

/// A plane in the foreground.
pub(crate) struct Served {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

// === impl Served ===

impl Served {
    /// A plane with its state and its key in a folder, where it works, too.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut child = command(&["plane", "serve", "--data", "state", "--key-path", "key"])
            .args(arguments)
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines }
    }

    /// The value of the next line, `name: value`.
    pub(crate) fn told(&mut self, name: &str) -> String {
        self.tells(name).expect("a line")
    }

    /// The same; nothing when the plane ends before it has told.
    pub(crate) fn tells(&mut self, name: &str) -> Option<String> {
        let line = self.lines.next()?.expect("text");
        let value = line
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix(": "));
        Some(value.unwrap_or_else(|| panic!("{line}")).to_owned())
    }

    /// Who it is.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Tells it to end, and waits until it has done so in order.
    pub(crate) fn end_by(mut self, signal: Signal) {
        kill_process(self.pid(), signal).expect("told");
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}");
    }
}

/// Never outlives a test that failed.
impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
