//! A node of the tree.

use std::fmt;

use jiff::Timestamp;

/// A line of the tree and what is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its id; several where equal siblings were folded, none where there is only one of the kind.
    pub ids: Vec<String>,
    /// Name of the Kubernetes node.
    pub node_name: Option<String>,
    /// How it is, in Omni's words.
    pub status: Vec<Word>,
    /// How many of its machines are healthy.
    pub machines: Option<Share>,
    /// How it is, in short.
    pub state: State,
    /// What it waits for.
    pub waits_for: Vec<String>,
    /// Since when the server shows it as it is, by the server's clock; only where it waits for something.
    pub unchanged_since: Option<Timestamp>,
    /// What is below it; of folded siblings the siblings themselves.
    pub children: Vec<Node>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A cluster.
    Cluster,
    /// The upgrade of Kubernetes.
    KubernetesUpgrade,
    /// The upgrade of Talos.
    TalosUpgrade,
    /// The machine set with the control plane.
    ControlPlane,
    /// The machine set of that name.
    Workers,
    /// Any other machine set.
    AdditionalWorkers,
    /// The load balancer of the Kubernetes API.
    LoadBalancer,
    /// The checks of a control plane.
    StatusChecks,
    /// A machine.
    Machine,
    /// A request for a machine.
    MachineRequest,
}

/// One of the words that say how a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// What it means to the reader.
    pub tone: Tone,
}

/// What a word means to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// On its way.
    Changing,
    /// Not there yet.
    Lacking,
    /// Something is wrong, or on its way out.
    Bad,
    /// Set by somebody on purpose.
    Held,
    /// Neither.
    Plain,
}

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Healthy ones.
    pub healthy: u32,
    /// All.
    pub total: u32,
}

/// How a node is, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing is missing.
    Ready,
    /// Something is missing.
    Waiting,
    /// Something is wrong.
    Failing,
}

// === impl Node ===

impl Node {
    /// A node that has nothing below it.
    pub fn new(kind: Kind, status: Vec<Word>, waits_for: Vec<String>) -> Self {
        let state = match (
            status.iter().any(|word| word.tone == Tone::Bad),
            waits_for.is_empty(),
        ) {
            (true, _) => State::Failing,
            (false, false) => State::Waiting,
            (false, true) => State::Ready,
        };
        Self {
            kind,
            ids: Vec::new(),
            node_name: None,
            status,
            machines: None,
            state,
            waits_for,
            unchanged_since: None,
            children: Vec::new(),
        }
    }

    /// The same with an id.
    #[must_use]
    pub fn of(mut self, id: &str) -> Self {
        self.ids = vec![id.to_owned()];
        self
    }

    /// Whether it stands for equal siblings, which are below it.
    pub fn is_folded(&self) -> bool {
        self.ids.len() > 1
    }

    /// The same with something below it, which can be no better than that.
    #[must_use]
    pub fn with(mut self, children: Vec<Self>) -> Self {
        if self.state == State::Ready && children.iter().any(|child| child.state != State::Ready) {
            self.state = State::Waiting;
        }
        self.children = children;
        self
    }
}

// === impl Kind ===

impl Kind {
    /// Omni's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "Cluster",
            Self::KubernetesUpgrade => "Kubernetes Upgrade",
            Self::TalosUpgrade => "Talos Upgrade",
            Self::ControlPlane => "Control Plane",
            Self::Workers => "Workers",
            Self::AdditionalWorkers => "Additional Workers",
            Self::LoadBalancer => "Load Balancer",
            Self::StatusChecks => "Status Checks",
            Self::Machine => "Machine",
            Self::MachineRequest => "Machine Request",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl Word ===

impl Word {
    /// A word.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}
