//! The steps that bring a cluster's Kubernetes to a version, in their order.
//!
//! Component after component: API servers (and the proxies' image with them), controller managers, schedulers, kubelets. Within
//! a component unlocked machines first, then by the node's name. A step changes one component of one machine.

use std::collections::{BTreeMap, BTreeSet};

use omni_api::specs::KubernetesStatusSpec;

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

/// The machines of a cluster by the names of their nodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Machines {
    /// Ids of control planes.
    pub(super) control_planes: BTreeMap<String, String>,
    /// Ids of workers.
    pub(super) workers: BTreeMap<String, String>,
    /// Nodes that must not be touched.
    pub(super) locked: BTreeSet<String>,
}

/// One component of one machine; ordered as the steps are taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub(super) component: Component,
    pub(super) locked: bool,
    pub(super) node: String,
    pub(super) machine: String,
}

/// What is to be done, and whether it may be.
#[derive(Debug, Clone, Default)]
pub(super) struct Path {
    /// The steps, first one first.
    pub(super) steps: Vec<Step>,
    /// What is not ready, in words; empty when everything is.
    pub(super) unready: String,
    /// The images that each node needs.
    pub(super) images: BTreeMap<String, BTreeSet<String>>,
}

// === impl Component ===

impl Component {
    /// The components of a control plane.
    const STATIC_PODS: [Self; 3] = [Self::ApiServer, Self::ControllerManager, Self::Scheduler];

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

    fn image(self, version: &str) -> String {
        match self {
            Self::Kubelet => Images::kubelet(version),
            other => Images::kubernetes(other.name(), version),
        }
    }
}

// === impl Path ===

impl Path {
    /// The way from what runs to a version.
    pub(super) fn to(version: &str, machines: &Machines, running: &KubernetesStatusSpec) -> Self {
        let mut path = Self::default();
        let unready_pods = path.look_at_pods(version, machines, running);
        let unready_nodes = path.look_at_nodes(version, machines, running);
        path.steps.sort();
        if !unready_pods.is_empty() {
            path.unready = format!("static pods {} are not ready", quoted(&unready_pods));
        } else if !unready_nodes.is_empty() {
            path.unready = format!("nodes {} are not ready", quoted(&unready_nodes));
        }
        path
    }

    /// The nodes of locked machines that a step is for.
    pub(super) fn locked_nodes(&self) -> String {
        let nodes: BTreeSet<_> = self
            .steps
            .iter()
            .filter(|step| step.locked)
            .map(|step| step.node.clone())
            .collect();
        quoted(&nodes)
    }

    fn look_at_pods(
        &mut self,
        version: &str,
        machines: &Machines,
        running: &KubernetesStatusSpec,
    ) -> BTreeSet<String> {
        let mut unready = BTreeSet::new();
        let by_node = first_by(&running.static_pods, |pods| &pods.nodename);
        for (node, machine) in &machines.control_planes {
            let pods = by_node.get(node.as_str());
            for component in Component::STATIC_PODS {
                let pod = pods.and_then(|pods| {
                    pods.static_pods
                        .iter()
                        .find(|pod| pod.app == component.name())
                });
                self.need(node, component, version);
                if pod.is_none_or(|pod| pod.version != version) {
                    self.steps.push(Step::new(component, node, machine, false));
                }
                if pod.is_none_or(|pod| !pod.ready) {
                    unready.insert(format!("{node}/{}", component.name()));
                }
            }
        }
        unready
    }

    fn look_at_nodes(
        &mut self,
        version: &str,
        machines: &Machines,
        running: &KubernetesStatusSpec,
    ) -> BTreeSet<String> {
        let mut unready = BTreeSet::new();
        let by_node = first_by(&running.nodes, |kubelet| &kubelet.nodename);
        for (node, machine) in machines.control_planes.iter().chain(&machines.workers) {
            let kubelet = by_node.get(node.as_str());
            self.need(node, Component::Kubelet, version);
            if kubelet.is_none_or(|kubelet| kubelet.kubelet_version != version) {
                let locked = machines.locked.contains(node);
                self.steps
                    .push(Step::new(Component::Kubelet, node, machine, locked));
            }
            if kubelet.is_none_or(|kubelet| !kubelet.ready) {
                unready.insert(node.clone());
            }
        }
        unready
    }

    fn need(&mut self, node: &str, component: Component, version: &str) {
        let images = self.images.entry(node.to_owned()).or_default();
        images.insert(component.image(version));
    }
}

// === impl Step ===

impl Step {
    fn new(component: Component, node: &str, machine: &str, locked: bool) -> Self {
        Self {
            component,
            locked,
            node: node.to_owned(),
            machine: machine.to_owned(),
        }
    }
}

/// The first of each name.
fn first_by<T>(all: &[T], name: impl Fn(&T) -> &String) -> BTreeMap<&str, &T> {
    let mut firsts = BTreeMap::new();
    for one in all {
        firsts.entry(name(one).as_str()).or_insert(one);
    }
    firsts
}

/// `["a" "b"]`, as Go prints a list of quoted texts.
fn quoted(texts: &BTreeSet<String>) -> String {
    let quoted: Vec<_> = texts.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", quoted.join(" "))
}

#[cfg(test)]
mod tests {
    use omni_api::specs::kubernetes_status_spec::{NodeStaticPods, NodeStatus, StaticPodStatus};

    use super::*;

    fn machines() -> Machines {
        Machines {
            control_planes: BTreeMap::from([("cp".into(), "1".into())]),
            workers: BTreeMap::from([("a".into(), "2".into()), ("b".into(), "3".into())]),
            locked: BTreeSet::from(["a".into()]),
        }
    }

    fn running(version: &str, ready: bool) -> KubernetesStatusSpec {
        let pod = |component: Component| StaticPodStatus {
            app: component.name().into(),
            version: version.into(),
            ready,
        };
        let node = |name: &str| NodeStatus {
            nodename: name.into(),
            kubelet_version: version.into(),
            ready: true,
            skip_audit: false,
        };
        KubernetesStatusSpec {
            nodes: ["a", "b", "cp"].map(node).into(),
            static_pods: vec![NodeStaticPods {
                nodename: "cp".into(),
                static_pods: Component::STATIC_PODS.map(pod).into(),
            }],
        }
    }

    #[test]
    fn control_planes_go_component_by_component_and_locked_kubelets_last() {
        let path = Path::to("1.36.2", &machines(), &running("1.35.6", true));
        let steps: Vec<_> = path
            .steps
            .iter()
            .map(|step| format!("{} {}", step.component.name(), step.node))
            .collect();
        let expected = [
            "kube-apiserver cp",
            "kube-controller-manager cp",
            "kube-scheduler cp",
            "kubelet b",
            "kubelet cp",
            "kubelet a",
        ];
        assert_eq!(steps, expected);
        assert_eq!(
            (path.unready.as_str(), path.locked_nodes().as_str()),
            ("", "[\"a\"]")
        );
    }

    #[test]
    fn nothing_is_to_be_done_at_the_version() {
        let path = Path::to("1.35.6", &machines(), &running("1.35.6", true));
        assert!(path.steps.is_empty() && path.unready.is_empty());
    }

    #[test]
    fn what_is_not_ready_is_named() {
        let path = Path::to("1.35.6", &machines(), &running("1.35.6", false));
        let expected = r#"static pods ["cp/kube-apiserver" "cp/kube-controller-manager" "cp/kube-scheduler"] are not ready"#;
        assert_eq!(path.unready, expected);
        let mut gone = running("1.35.6", true);
        gone.nodes.remove(0);
        assert_eq!(
            Path::to("1.35.6", &machines(), &gone).unready,
            r#"nodes ["a"] are not ready"#
        );
    }

    #[test]
    fn a_control_plane_needs_four_images_and_a_worker_one() {
        let path = Path::to("1.36.2", &machines(), &running("1.35.6", true));
        assert_eq!((path.images["cp"].len(), path.images["a"].len()), (4, 1));
        assert!(path.images["a"].contains("ghcr.io/siderolabs/kubelet:v1.36.2"));
    }
}
