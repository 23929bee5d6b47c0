//! The steps of a recording: what the client asked for, and what happened to the machines beside it.
//!
//! The recorder noted the latter in words only; the table says what each note did to which machine.

use std::collections::BTreeMap;
use std::time::Duration;

use omni_plane::infra::machine::{self, NewMachine};

use crate::bed::Bed;
use crate::commands::{self, Command};
use crate::recording::{Note, Recording, Request};

/// A step and its moment, in seconds since the start.
pub(crate) struct Step {
    pub(crate) t: f64,
    pub(crate) what: What,
}

/// What somebody did, or what happened.
pub(crate) enum What {
    Ask(Request),
    DestroyWhatIsGone(Request),
    Run(&'static Command, Note),
    Happen(&'static Incident),
}

/// Something that happened to machines.
#[derive(Debug)]
pub(crate) struct Incident {
    recording: &'static str,
    note: &'static str,
    /// What passed from the note to the first change that Omni saw.
    delay: f64,
    machines: &'static [&'static str],
    fate: Fate,
}

#[derive(Debug)]
enum Fate {
    /// They are switched on for the first time.
    Boot,
    /// They hear and answer nothing while their tunnels stay up.
    Deafen,
    /// They stop, with their tunnels.
    Freeze,
    /// They go on where they stopped.
    Thaw,
}

const THREE: &[&str] = &[
    "19001802-c798-4da7-a410-f09abb48c8d8",
    "19011802-c798-4da7-a410-f09abb48c8d8",
    "19021802-c798-4da7-a410-f09abb48c8d8",
];

const INCIDENTS: &[Incident] = &[
    Incident {
        recording: "16",
        note: "three machines start for the first time and join",
        delay: 2.2,
        machines: THREE,
        fate: Fate::Boot,
    },
    // Their network is cut, their tunnels stay up: nobody answers at the other end. The notes say that the network came back
    // later, but no call of the server got through to any of them until the end of the recording.
    Incident {
        recording: "16",
        note: "network of both workers cut",
        delay: 0.0,
        machines: &[THREE[1], THREE[2]],
        fate: Fate::Deafen,
    },
    Incident {
        recording: "16b",
        note: "three machines join again",
        delay: 1.6,
        machines: THREE,
        fate: Fate::Boot,
    },
    Incident {
        recording: "16b",
        note: "all three machines stop answering (frozen)",
        delay: 0.0,
        machines: THREE,
        fate: Fate::Freeze,
    },
    Incident {
        recording: "16b",
        note: "the machines come back",
        delay: 16.84,
        machines: THREE,
        fate: Fate::Thaw,
    },
];

/// How long a command takes, in seconds: it was noted at its end.
const COMMAND: f64 = 0.1;

/// How long after an answer the recorder's watch may have told what was written, in seconds.
const SEEN: f64 = 0.05;

/// Requests that are not replayed, and why.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    (
        "16",
        "NodeForceDestroyRequests.omni.sidero.dev",
        "the recorded controller was stuck in a call to the machine and did not see the request for 71 s, until the machine's link \
         was removed, which does the same; ours do not get stuck in calls",
    ),
    (
        "20",
        "EtcdBackupS3Configs.omni.sidero.dev",
        "the environment of the recorded server broke its S3 client before it could ask the bucket; ours asks, which \
         `tests/backups.rs` shows",
    ),
];

/// The steps in order.
pub(crate) fn of(recording: &Recording) -> Vec<Step> {
    let mut steps = Vec::new();
    for request in &recording.requests {
        if LEFT_OUT
            .iter()
            .any(|(number, kind, _)| *number == recording.number && *kind == request.type_name)
        {
            continue;
        }
        steps.push(Step {
            t: moment(recording, request),
            what: What::Ask(request.clone()),
        });
        if request.op == "delete" && request.result == "NotFound" {
            steps.push(Step {
                t: request.t + request.took,
                what: What::DestroyWhatIsGone(request.clone()),
            });
        }
    }
    for note in &recording.notes {
        let happened = INCIDENTS.iter().filter(|incident| {
            incident.recording == recording.number && note.text.contains(incident.note)
        });
        steps.extend(happened.map(|incident| Step {
            t: note.t + incident.delay,
            what: What::Happen(incident),
        }));
    }
    let answered = recording.notes.iter().filter(|note| note.result.is_some());
    let commands = commands::of(&recording.number).iter().zip(answered);
    steps.extend(commands.map(|(command, note)| Step {
        t: note.t - COMMAND,
        what: What::Run(command, note.clone()),
    }));
    steps.sort_by(|a, b| a.t.total_cmp(&b.t));
    steps
}

/// When a request took effect: the recorder stamped it before it was sent, and what it wrote was seen when it was done.
fn moment(recording: &Recording, request: &Request) -> f64 {
    let span = request.t..=request.t + request.took + SEEN;
    let written = recording.events.iter().find(|line| {
        let same = line.type_name == request.type_name && line.id == request.id;
        let done = match request.op.as_str() {
            "create" => line.event == "created",
            "update" => line.event == "updated" && line.phase == "running",
            _ => line.phase == "tearingDown" || line.event == "destroyed",
        };
        same && done && span.contains(&line.t)
    });
    written.map_or(request.t, |line| line.t)
}

// === impl Incident ===

impl Incident {
    pub(crate) fn happen(&self, bed: &Bed) {
        let now = bed.store.clock().moment();
        for (place, id) in (0_u32..).zip(self.machines) {
            match self.fate {
                Fate::Boot => {
                    let machine = NewMachine {
                        id: (*id).to_owned(),
                        talos_version: "1.13.7".to_owned(),
                        labels: BTreeMap::new(),
                        installed: false,
                        join_args: Vec::new(),
                        extensions: vec!["siderolabs/hello-world-service".to_owned()],
                        data_disk: false,
                    };
                    let apart = Duration::from_millis(60) * place;
                    machine::boot(&bed.store, &machine, now + apart).expect("new");
                }
                Fate::Deafen => machine::deafen(&bed.store, id, true).expect("known"),
                Fate::Freeze => machine::silence(&bed.store, id, Some(now)).expect("known"),
                Fate::Thaw => machine::silence(&bed.store, id, None).expect("known"),
            }
        }
    }
}
