//! The tree as JSON, for programs.
//!
//! Contract: the form is described in `docs/tree.md`. Within one major `format_version` fields are only added; nothing is folded.

use serde::Serialize;

use super::node::{Kind, Node, State, Word};

/// Version of the form.
const FORMAT: &str = "1.0";

/// Everything that is shown.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    format_version: &'static str,
    clusters: Vec<Item<'a>>,
}

/// A node.
#[derive(Debug, Serialize)]
struct Item<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_name: Option<&'a str>,
    state: &'static str,
    status: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    machines: Option<Machines>,
    waits_for: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    unchanged_since: Option<String>,
    children: Vec<Item<'a>>,
}

#[derive(Debug, Serialize)]
struct Machines {
    healthy: u32,
    total: u32,
}

// === impl Document ===

impl<'a> Document<'a> {
    /// The trees, which must not be folded.
    pub fn new(trees: &'a [Node]) -> Self {
        Self {
            format_version: FORMAT,
            clusters: trees.iter().map(Item::new).collect(),
        }
    }
}

// === impl Item ===

impl<'a> Item<'a> {
    fn new(node: &'a Node) -> Self {
        let machines = node.machines.map(|share| Machines {
            healthy: share.healthy,
            total: share.total,
        });
        Self {
            kind: kind(node.kind),
            id: node.ids.first().map(String::as_str),
            node_name: node.node_name.as_deref(),
            state: state(node.state),
            status: node.status.iter().map(Word::as_str).collect(),
            machines,
            waits_for: &node.waits_for,
            unchanged_since: node.unchanged_since.map(|time| time.to_string()),
            children: node.children.iter().map(Self::new).collect(),
        }
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Cluster => "cluster",
        Kind::KubernetesUpgrade => "kubernetes_upgrade",
        Kind::TalosUpgrade => "talos_upgrade",
        Kind::ControlPlane => "control_plane",
        Kind::Workers => "workers",
        Kind::AdditionalWorkers => "additional_workers",
        Kind::LoadBalancer => "load_balancer",
        Kind::StatusChecks => "status_checks",
        Kind::Machine => "machine",
        Kind::MachineRequest => "machine_request",
    }
}

/// The word of programs for a state; the page uses it, too.
pub(super) const fn state(state: State) -> &'static str {
    match state {
        State::Ready => "ready",
        State::Waiting => "waiting",
        State::Failing => "failing",
    }
}
