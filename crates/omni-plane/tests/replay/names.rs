//! Names that differ from run to run: requests, the machines made for them, Kubernetes nodes.
//!
//! The n-th request of a set is called `<set>#n` on both sides, its machine `machine of <set>#n`, and every node `<node>`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;

use crate::recording::Line;

const REQUESTS: &str = "MachineRequests.omni.sidero.dev";
const LINKS: &str = "Links.omni.sidero.dev";
const REQUEST_LABEL: &str = "omni.sidero.dev/machine-request";
const SET_LABEL: &str = "omni.sidero.dev/machine-request-set";

/// The names of one run.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<String, String>);

impl Names {
    /// Learns the names from everything that was seen, in its order.
    pub(crate) fn of(lines: &[Line]) -> Self {
        let mut names = Self::default();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for line in lines.iter().filter(|line| line.event == "created") {
            if line.type_name == REQUESTS {
                let set = line.labels[SET_LABEL].as_str().unwrap_or_default();
                let count = counts.entry(set.to_owned()).or_default();
                *count += 1;
                names.0.insert(line.id.clone(), format!("{set}#{count}"));
            }
            let request = line.labels[REQUEST_LABEL].as_str();
            if let Some(request) = request.filter(|_| line.type_name == LINKS) {
                let name = format!("machine of {}", names.plain(request));
                names.0.insert(line.id.clone(), name);
            }
        }
        names
    }

    /// A text with the names of both runs.
    pub(crate) fn plain(&self, text: &str) -> String {
        static NODE: OnceLock<Regex> = OnceLock::new();
        let node =
            NODE.get_or_init(|| Regex::new("talos-[0-9a-z]{3}-[0-9a-z]{3}").expect("a pattern"));
        let mut text = node.replace_all(text, "<node>").into_owned();
        for (id, name) in &self.0 {
            text = text.replace(id, name);
        }
        text
    }
}
