//! The steps that bring a cluster's Kubernetes to a version, in their order.
//!
//! Component after component: API servers (and the proxies' image with them), controller managers, schedulers, kubelets. Within
//! a component unlocked machines first, then by the node's name. A step changes one component of one machine.

use std::collections::{BTreeMap, BTreeSet};

use omni_api::specs::KubernetesStatusSpec;

use super::component::Component;
use super::machines::{ByNode, Machines};

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
}

/// What is known of the components of a cluster.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    /// What was seen.
    pub(super) seen: &'a KubernetesStatusSpec,
    /// Whether something that was seen ready is ready.
    pub(super) trusted: bool,
}

// === impl Path ===

impl Path {
    /// The way from what runs to a version.
    pub(super) fn to(version: &str, machines: &Machines, running: Facts<'_>) -> Self {
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
        running: Facts<'_>,
    ) -> BTreeSet<String> {
        let mut unready = BTreeSet::new();
        let by_node = first_by(&running.seen.static_pods, |pods| &pods.nodename);
        for (node, machine) in machines.control_planes.iter() {
            let pods = by_node.get(node);
            for component in Component::STATIC_PODS {
                let pod = pods.and_then(|pods| {
                    pods.static_pods
                        .iter()
                        .find(|pod| pod.app == component.name())
                });
                if pod.is_none_or(|pod| pod.version != version) {
                    self.steps.push(Step::new(component, node, machine, false));
                }
                if !pod.is_some_and(|pod| pod.ready && running.trusted) {
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
        running: Facts<'_>,
    ) -> BTreeSet<String> {
        let mut unready = BTreeSet::new();
        let by_node = first_by(&running.seen.nodes, |kubelet| &kubelet.nodename);
        for (node, machine) in machines
            .control_planes
            .iter()
            .chain(machines.workers.iter())
        {
            let kubelet = by_node.get(node);
            if kubelet.is_none_or(|kubelet| kubelet.kubelet_version != version) {
                let locked = machines.locked.contains(node);
                self.steps
                    .push(Step::new(Component::Kubelet, node, machine, locked));
            }
            if !kubelet.is_some_and(|kubelet| kubelet.ready && running.trusted) {
                unready.insert(node.to_owned());
            }
        }
        unready
    }
}

/// The images that each node needs at a version.
pub(super) fn images(version: &str, machines: &Machines) -> BTreeMap<String, BTreeSet<String>> {
    let kubelet = BTreeSet::from([Component::Kubelet.image(version)]);
    let mut control_plane = kubelet.clone();
    control_plane.extend(Component::STATIC_PODS.map(|component| component.image(version)));
    let of_each = |nodes: &ByNode, images: &BTreeSet<String>| -> BTreeMap<_, _> {
        let nodes = nodes.iter().map(|(node, _)| node.to_owned());
        nodes.map(|node| (node, images.clone())).collect()
    };
    let mut images = of_each(&machines.workers, &kubelet);
    images.extend(of_each(&machines.control_planes, &control_plane));
    images
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

    use super::super::machines::Machine;
    use super::*;
    use crate::engine::Ledger as _;

    fn machines() -> Machines {
        let mut machines = Machines::default();
        for (id, node, control_plane, locked) in [
            ("1", "cp", true, false),
            ("2", "a", false, true),
            ("3", "b", false, false),
        ] {
            let machine = Machine {
                node: Some(node.into()),
                control_plane,
                locked,
            };
            machines.enter(&id.into(), &machine);
        }
        machines
    }

    fn path(version: &str, seen: &KubernetesStatusSpec) -> Path {
        let trusted = true;
        Path::to(version, &machines(), Facts { seen, trusted })
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
        let path = path("1.36.2", &running("1.35.6", true));
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
        let path = path("1.35.6", &running("1.35.6", true));
        assert!(path.steps.is_empty() && path.unready.is_empty());
    }

    #[test]
    fn what_is_not_ready_is_named() {
        let not_ready = path("1.35.6", &running("1.35.6", false));
        let expected = r#"static pods ["cp/kube-apiserver" "cp/kube-controller-manager" "cp/kube-scheduler"] are not ready"#;
        assert_eq!(not_ready.unready, expected);
        let mut gone = running("1.35.6", true);
        gone.nodes.remove(0);
        assert_eq!(
            path("1.35.6", &gone).unready,
            r#"nodes ["a"] are not ready"#
        );
    }

    #[test]
    fn what_is_not_trusted_is_not_ready_and_runs_what_it_runs() {
        let seen = running("1.35.6", true);
        let facts = Facts {
            seen: &seen,
            trusted: false,
        };
        let path = Path::to("1.35.6", &machines(), facts);
        assert!(path.steps.is_empty());
        let expected = r#"static pods ["cp/kube-apiserver" "cp/kube-controller-manager" "cp/kube-scheduler"] are not ready"#;
        assert_eq!(path.unready, expected);
    }

    #[test]
    fn a_control_plane_needs_four_images_and_a_worker_one() {
        let images = images("1.36.2", &machines());
        assert_eq!((images["cp"].len(), images["a"].len()), (4, 1));
        assert!(images["a"].contains("ghcr.io/siderolabs/kubelet:v1.36.2"));
    }
}
