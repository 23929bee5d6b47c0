//! `tree --watch` on a terminal: it is left as it was found, however the watch ends.

use std::fs::{File, OpenOptions};
use std::io::Read as _;

use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::lab::{Lab, end};
use crate::support::command;

/// What a terminal is told when the tree takes it, and when it gives it back: the other screen, the cursor, folded lines.
const TAKEN: &str = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l";
const GIVEN_BACK: &str = "\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l";

/// A terminal, and everything that it was told.
struct Terminal {
    ours: File,
    told: String,
}

// === impl Terminal ===

impl Terminal {
    /// A terminal, and the side of it that a program writes to.
    fn open() -> (Self, File) {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&ours).expect("ours");
        unlockpt(&ours).expect("unlocked");
        let name = ptsname(&ours, Vec::new()).expect("a name");
        let theirs = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name.to_str().expect("a path"))
            .expect("the other side");
        let terminal = Self {
            ours: ours.into(),
            told: String::new(),
        };
        (terminal, theirs)
    }

    /// Reads on until it was told this, or until nobody can tell anything any more.
    fn read_until(&mut self, text: &str) {
        let mut some = [0; 4096];
        while !self.told.contains(text) {
            // The last writer's end is an error on this side of a terminal.
            match self.ours.read(&mut some) {
                Ok(0) | Err(_) => return,
                Ok(read) => self.told.push_str(&String::from_utf8_lossy(&some[..read])),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_is_given_back_on_every_signal() {
    let lab = Lab::with_cluster(0).await;
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let (mut terminal, theirs) = Terminal::open();
        let mut watching = command(&["tree", "--watch", "--path", lab.place.text()])
            .env("TERM", "xterm-256color")
            .stdin(theirs.try_clone().expect("a copy"))
            .stderr(theirs.try_clone().expect("a copy"))
            .stdout(theirs)
            .spawn()
            .expect("it starts");
        // Colours stand between the words.
        terminal.read_until("lab");
        assert!(terminal.told.starts_with(TAKEN), "{:?}", terminal.told);
        assert!(!terminal.told.contains(GIVEN_BACK), "{:?}", terminal.told);
        end(&watching, signal);
        let status = watching.wait().expect("it ends");
        terminal.read_until("before everything was ready");
        assert_eq!(status.code(), Some(1), "{signal:?}: {:?}", terminal.told);
        let (_, after) = terminal
            .told
            .split_once(GIVEN_BACK)
            .unwrap_or_else(|| panic!("{signal:?}: {:?}", terminal.told));
        assert!(
            after.contains("lab") && after.contains("before everything was ready"),
            "the last picture stays: {after:?}"
        );
        assert!(
            !after.contains("[?1049h") && !after.contains("[?25l"),
            "{after:?}"
        );
    }
}
