//! `omni_kubernetes_healthcheck`: a job that must succeed before an upgrade goes on.

mod convert;
mod resource;
mod review;

use tfplugin::types::{Duration, Timeouts};
use tfplugin::{Attr, Object};

pub use resource::KubernetesHealthcheckResource;

use crate::values::Yaml;

/// A check of a cluster: a Kubernetes Job that Omni runs between the machines of a Talos upgrade. The upgrade goes on when it succeeds.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "kubernetes_healthcheck", version = 1, identity(id))]
pub struct KubernetesHealthcheck {
    /// Name of the check: lower-case letters, digits, dashes and dots. Changing it replaces the check.
    #[attr(required, replace)]
    pub name: Attr<String>,
    /// Cluster that is checked. Changing it replaces the check.
    #[attr(required, replace)]
    pub cluster: Attr<String>,
    /// The Job, as YAML. Omni gives it a name of its own, and the namespace `default` where it has none. Compared by meaning: formatting
    /// makes no difference.
    #[attr(required)]
    pub job: Attr<Yaml>,
    /// How long Omni waits between two attempts while it holds an upgrade, at least `5s`. Unset, it is 30 seconds.
    #[attr(optional)]
    pub interval: Attr<Duration>,
    /// How long each operation may take.
    #[attr(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
    pub timeouts: Attr<Timeouts>,
    /// Id of the check, unique in the account: its name, or, where the check of another cluster has that already,
    /// `cluster-<cluster>-<name>`.
    #[attr(computed)]
    pub id: Attr<String>,
}
