//! What stands between a cluster and Ready: one value for each thing that is missing, in words a person can act on.

use std::fmt;

/// One thing that is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blocker {
    /// What it is about.
    pub subject: Subject,
    /// Why it is not ready: state, then the last error when there is one.
    pub reason: String,
}

/// What a blocker is about, in the order in which people should look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A machine, by its UUID.
    Machine(String),
    /// A request to an infrastructure provider.
    MachineRequest(String),
    /// A machine set.
    MachineSet(String),
    /// The control plane's conditions.
    ControlPlane,
    /// The Talos upgrade.
    TalosUpgrade,
    /// The Kubernetes upgrade.
    KubernetesUpgrade,
    /// The Kubernetes API.
    KubernetesApi,
    /// The cluster as a whole.
    Cluster,
}

// === impl Blocker ===

impl Blocker {
    /// A blocker.
    pub fn new(subject: Subject, reason: impl Into<String>) -> Self {
        Self {
            subject,
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.reason)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine(id) => write!(f, "machine {id}"),
            Self::MachineRequest(id) => write!(f, "machine request {id}"),
            Self::MachineSet(id) => write!(f, "machine set {id}"),
            Self::ControlPlane => f.write_str("control plane"),
            Self::TalosUpgrade => f.write_str("Talos"),
            Self::KubernetesUpgrade => f.write_str("Kubernetes"),
            Self::KubernetesApi => f.write_str("Kubernetes API"),
            Self::Cluster => f.write_str("cluster"),
        }
    }
}
