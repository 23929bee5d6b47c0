//! What a machine writes into its log.
//!
//! Omni keeps the kernel log of each machine. An emulated one has no kernel; its log tells, in the same form, what its state machine
//! does, and nothing that it does not do. A line is kept as [`Line`] in the annals; clock and sequence count from the last boot, so that
//! they are made when the log is read.

use prost::Message as _;
use serde::Serialize;

use super::state::{Image, MachineStateSpec, Stage};
use crate::Moment;
use crate::store::Row;

/// A line as it is kept.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct Line {
    #[prost(string, tag = "1")]
    pub(crate) text: String,
    /// Whether the machine boots with this line.
    #[prost(bool, tag = "2")]
    pub(crate) boots: bool,
}

/// Follows a machine while it goes on.
#[derive(Debug)]
pub(crate) struct Diary {
    before: MachineStateSpec,
    lines: Vec<Line>,
}

/// The stream of a machine's lines in the annals.
pub(crate) fn stream(machine: &str) -> String {
    format!("machine/{machine}")
}

// === impl Diary ===

impl Diary {
    /// Begins with the machine as it is remembered.
    pub(crate) fn of(machine: &MachineStateSpec) -> Self {
        Self {
            before: machine.clone(),
            lines: Vec::new(),
        }
    }

    /// The machine speaks to Omni for the first time.
    pub(crate) fn joined(&mut self, machine: &MachineStateSpec) {
        let image = machine.image.clone().unwrap_or_default();
        self.boot(format!("booting {}", talos(&image)));
        self.say("SideroLink is up: joined Omni".to_owned());
    }

    /// The machine has done a step.
    pub(crate) fn see(&mut self, machine: &MachineStateSpec) {
        if self.before.stage != machine.stage {
            self.stage(machine);
        }
        self.member(machine);
        self.before = machine.clone();
    }

    /// What there is to keep.
    pub(crate) fn lines(self) -> Vec<Vec<u8>> {
        self.lines.iter().map(Line::encode_to_vec).collect()
    }

    fn stage(&mut self, machine: &MachineStateSpec) {
        let text = stage(machine);
        if machine.stage() == Stage::Booting {
            self.boot(text);
        } else {
            self.say(text);
        }
    }

    fn member(&mut self, machine: &MachineStateSpec) {
        let Some(member) = &machine.member else {
            return;
        };
        let before = self.before.member.clone().unwrap_or_default();
        if before.applying != member.applying && !member.applying.is_empty() {
            self.say(format!(
                "applying the configuration {}",
                short(&member.applying)
            ));
        }
        if before.config_sha256 != member.config_sha256 {
            self.say(format!(
                "the configuration {} is in effect",
                short(&member.config_sha256)
            ));
        }
        let now = member.kubelet.iter().chain(&member.pods);
        let changed = now.filter(|one| {
            !before
                .kubelet
                .iter()
                .chain(&before.pods)
                .any(|old| old.app == one.app && old.version == one.version)
        });
        let lines: Vec<_> = changed
            .filter(|one| !one.version.is_empty())
            .map(|one| format!("{} v{} runs", one.app, one.version.trim_start_matches('v')))
            .collect();
        for line in lines {
            self.say(line);
        }
    }

    fn say(&mut self, text: String) {
        self.lines.push(Line { text, boots: false });
    }

    fn boot(&mut self, text: String) {
        self.lines.push(Line { text, boots: true });
    }
}

/// What a machine has begun to do.
fn stage(machine: &MachineStateSpec) -> String {
    let running = machine.image.clone().unwrap_or_default();
    let next = machine
        .next_image
        .clone()
        .unwrap_or_else(|| running.clone());
    let member = machine.member.clone().unwrap_or_default();
    let role = if member.control_plane {
        "control plane"
    } else {
        "worker"
    };
    match machine.stage() {
        Stage::Maintenance => "no configuration: waiting in maintenance mode".to_owned(),
        Stage::Installing => format!("installing {} to the disk", talos(&next)),
        Stage::Upgrading => format!("upgrading {} to {}", talos(&running), talos(&next)),
        Stage::Rebooting => "rebooting".to_owned(),
        Stage::Booting => format!("booting {}", talos(&running)),
        Stage::Running => format!("running as a {role} of the cluster {:?}", member.cluster),
        Stage::Resetting => format!("leaving the cluster {:?}: wiping the disk", member.cluster),
        Stage::Off => "power is off".to_owned(),
    }
}

fn talos(image: &Image) -> String {
    format!(
        "Talos v{}, schematic {}",
        image.version,
        short(&image.schematic)
    )
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// A line of a kernel log as Talos sends it.
#[derive(Debug, Serialize)]
struct Sent<'a> {
    clock: u64,
    facility: &'static str,
    msg: String,
    priority: &'static str,
    seq: u64,
    #[serde(rename = "talos-level")]
    level: &'static str,
    #[serde(rename = "talos-time")]
    time: &'a str,
}

/// Makes a log of kept lines, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    booted: Option<Moment>,
    sequence: u64,
}

// === impl Reader ===

impl Reader {
    /// The line as Omni would have received it.
    pub(crate) fn line(&mut self, row: &Row) -> Vec<u8> {
        let line = Line::decode(row.text.as_slice()).unwrap_or_default();
        if line.boots {
            self.booted = Some(row.at);
            self.sequence = 0;
        }
        self.sequence += 1;
        let since = row.at.since(*self.booted.get_or_insert(row.at));
        let nanos = i128::try_from(row.at.since_unix().as_nanos()).unwrap_or_default();
        let time = jiff::Timestamp::from_nanosecond(nanos).unwrap_or_default();
        let sent = Sent {
            clock: u64::try_from(since.as_micros()).unwrap_or(u64::MAX),
            facility: "user",
            msg: format!("[emulator] {}", line.text),
            priority: "info",
            seq: self.sequence,
            level: "info",
            time: &time.to_string(),
        };
        // Texts and numbers always have a JSON form.
        serde_json::to_vec(&sent).unwrap_or_default()
    }
}
