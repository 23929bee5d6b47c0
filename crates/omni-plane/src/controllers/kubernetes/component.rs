//! The components of Kubernetes that are upgraded one after the other.

use crate::controllers::machine_config::Images;
use crate::machines::desired::Components;

/// A Kubernetes component, in the order of upgrades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Component {
    ApiServer,
    ControllerManager,
    Scheduler,
    Kubelet,
}

// === impl Component ===

impl Component {
    /// The components of a control plane.
    pub(super) const STATIC_PODS: [Self; 3] =
        [Self::ApiServer, Self::ControllerManager, Self::Scheduler];

    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kubelet => "kubelet",
        }
    }

    /// The versions of a patch that changes this component only.
    pub(super) fn at(self, version: &str) -> Components {
        let mut components = Components::default();
        let field = match self {
            Self::ApiServer => &mut components.apiserver,
            Self::ControllerManager => &mut components.controller_manager,
            Self::Scheduler => &mut components.scheduler,
            Self::Kubelet => &mut components.kubelet,
        };
        version.clone_into(field);
        components
    }

    /// The image that it runs at a version.
    pub(super) fn image(self, version: &str) -> String {
        match self {
            Self::Kubelet => Images::kubelet(version),
            other => Images::kubernetes(other.name(), version),
        }
    }
}
