//! A recording: what a client asked of a running Omni, and what Omni showed.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// A recorded session.
#[derive(Debug)]
pub(crate) struct Recording {
    /// Its number, `01`.
    pub(crate) number: String,
    /// What was there at the beginning.
    pub(crate) existing: Vec<Line>,
    /// What changed, in the order in which it was seen.
    pub(crate) events: Vec<Line>,
    /// What the client asked for, in order.
    pub(crate) requests: Vec<Request>,
    /// What the recorder noted beside it.
    pub(crate) notes: Vec<Note>,
    /// How long it was recorded, in seconds.
    pub(crate) length: f64,
}

/// A resource, as it was at a moment.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Line {
    #[serde(default)]
    pub(crate) t: f64,
    pub(crate) event: String,
    #[serde(rename = "type", default)]
    pub(crate) type_name: String,
    #[serde(default)]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) phase: String,
    #[serde(default)]
    pub(crate) owner: String,
    #[serde(default)]
    pub(crate) labels: Value,
    #[serde(default)]
    pub(crate) annotations: Value,
    #[serde(default)]
    pub(crate) spec: Value,
}

/// Something that the client asked for.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Request {
    pub(crate) t: f64,
    pub(crate) op: String,
    #[serde(rename = "type")]
    pub(crate) type_name: String,
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) detail: Value,
    pub(crate) result: String,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default)]
    pub(crate) took: f64,
}

/// A step of the recorder's script, or what a command line client said.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Note {
    #[serde(default)]
    pub(crate) t: f64,
    #[serde(rename = "note")]
    pub(crate) text: String,
    /// `exit 0` or `exit 1`; nothing for a mere remark.
    #[serde(default)]
    pub(crate) result: Option<String>,
    #[serde(default)]
    pub(crate) message: Option<String>,
}

// === impl Recording ===

impl Recording {
    /// Reads the recording with this file name.
    pub(crate) fn read(name: &str) -> Self {
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/omni-api/recordings");
        let text = std::fs::read_to_string(folder.join(name).with_extension("jsonl")).expect(name);
        let mut recording = Self {
            number: name.split('-').next().unwrap_or_default().to_owned(),
            existing: Vec::new(),
            events: Vec::new(),
            requests: Vec::new(),
            notes: Vec::new(),
            length: 0.0,
        };
        for line in text.lines() {
            let json: Value = serde_json::from_str(line).expect("a line of JSON");
            recording.take(json);
        }
        recording.requests.sort_by(|a, b| a.t.total_cmp(&b.t));
        recording
    }

    fn take(&mut self, json: Value) {
        if let Some(t) = json["t"].as_f64() {
            self.length = self.length.max(t);
        }
        match json["event"].as_str() {
            Some("existing" | "snapshot") => self.existing.push(line(json)),
            Some("created" | "updated" | "destroyed") => self.events.push(line(json)),
            Some("request") => {
                let request = serde_json::from_value(json).expect("a request has these fields");
                self.requests.push(request);
            }
            Some("note") => {
                let note = serde_json::from_value(json).expect("a note has these fields");
                self.notes.push(note);
            }
            _ => {}
        }
    }

    /// The resources of a type that were there at the beginning.
    pub(crate) fn existing_of<'a>(&'a self, type_name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.existing
            .iter()
            .filter(move |line| line.type_name == type_name)
    }
}

fn line(json: Value) -> Line {
    serde_json::from_value(json).expect("a resource has these fields")
}
