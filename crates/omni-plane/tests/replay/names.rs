//! Names that differ from run to run: requests, the machines made for them, Kubernetes nodes, users, join tokens.
//!
//! A request is called `<set>#n` on both sides, its machine `machine of <set>#n`, where n counts the machines of the set in the
//! order in which they became nodes (ids are random, and so is the order of what happens at the same moment). Every
//! Kubernetes node is `<node>`, a user is called after the identity, a join token after its name.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;

use crate::recording::Line;

const REQUESTS: &str = "MachineRequests.omni.sidero.dev";
const NODES: &str = "MachineSetNodes.omni.sidero.dev";
const IDENTITIES: &str = "Identities.omni.sidero.dev";
const TOKENS: &str = "JoinTokens.omni.sidero.dev";
const LINKS: &str = "Links.omni.sidero.dev";
const REQUEST_LABEL: &str = "omni.sidero.dev/machine-request";
const SET_LABEL: &str = "omni.sidero.dev/machine-request-set";

/// The names of one run.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<String, String>);

impl Names {
    /// Learns the names from everything that was seen, in its order.
    pub(crate) fn of(lines: &[Line]) -> Self {
        let created = |type_name: &'static str| {
            let of_type = lines.iter().filter(move |line| line.type_name == type_name);
            of_type.filter(|line| line.event == "created")
        };
        let machines: BTreeMap<&str, &str> = created(LINKS)
            .filter_map(|link| Some((link.labels[REQUEST_LABEL].as_str()?, link.id.as_str())))
            .collect();
        let turn = |request: &Line| {
            let machine = machines.get(request.id.as_str());
            let node =
                machine.and_then(|machine| created(NODES).position(|node| node.id == *machine));
            node.unwrap_or(usize::MAX)
        };
        let mut requests: Vec<&Line> = created(REQUESTS).collect();
        requests.sort_by_key(|request| turn(request));
        let mut names = Self::default();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for request in requests {
            let set = request.labels[SET_LABEL].as_str().unwrap_or_default();
            let count = counts.entry(set.to_owned()).or_default();
            *count += 1;
            let name = format!("{set}#{count}");
            if let Some(machine) = machines.get(request.id.as_str()) {
                names
                    .0
                    .insert((*machine).to_owned(), format!("machine of {name}"));
            }
            names.0.insert(request.id.clone(), name);
        }
        for account in created(IDENTITIES) {
            if let Some(user) = account.spec["user_id"].as_str() {
                names
                    .0
                    .insert(user.to_owned(), format!("user of {}", account.id));
            }
        }
        for token in created(TOKENS) {
            let name = token.spec["name"].as_str().unwrap_or_default();
            names.0.insert(token.id.clone(), format!("token {name}"));
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
