//! From what was observed to a tree, in omnictl's order: upgrades, control plane, workers, machines.

use std::collections::BTreeMap;

use jiff::Timestamp;
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::{
    ClusterStatusSpec, MachineSetPhase, MachineSetStatusSpec, cluster_status_spec,
};
use omni_api::{Metadata, Resource, kind, labels};

use super::node::{Kind, Node, Share, Tone, Word};
use super::words;
use crate::readiness::{Observed, Subject, Wanted, blockers};

/// The tree of one cluster.
pub fn cluster(name: &str, observed: &Observed) -> Node {
    let missing = Missing::of_cluster(observed);
    let builder = Builder {
        name,
        observed,
        missing,
    };
    builder.cluster()
}

struct Builder<'a> {
    name: &'a str,
    observed: &'a Observed,
    missing: Missing,
}

/// What readiness misses, by what it is about.
struct Missing(BTreeMap<Subject, Vec<String>>);

// === impl Builder ===

impl Builder<'_> {
    fn cluster(&self) -> Node {
        let status = self.observed.cluster_status.as_ref();
        let spec = status.map(|status| &status.spec);
        let phase = spec.map_or(
            cluster_status_spec::Phase::Unknown,
            ClusterStatusSpec::phase,
        );
        let ready = words::ready(spec.is_some_and(|spec| spec.ready));
        let machines = spec.and_then(|spec| spec.machines).unwrap_or_default();
        let mut children = self.upgrades();
        let sets = self.machine_sets();
        let mut missing = self.missing.of(&Subject::Cluster);
        if !sets.iter().any(|set| set.kind == Kind::ControlPlane) {
            missing.extend(self.missing.of(&Subject::ControlPlane));
        }
        children.extend(sets);
        let mut node = Node::new(Kind::Cluster, vec![words::cluster(phase), ready], missing);
        node.machines = Some(Share {
            healthy: machines.healthy,
            total: machines.total,
        });
        changed(&mut node, status.map(|status| &status.metadata));
        node.of(self.name).with(children)
    }

    fn upgrades(&self) -> Vec<Node> {
        let kubernetes = self.observed.kubernetes_upgrade.as_ref().map(|status| {
            let missing = self.missing.of(&Subject::KubernetesUpgrade);
            let mut node = Node::new(Kind::KubernetesUpgrade, words::kubernetes(status), missing);
            changed(&mut node, Some(&status.metadata));
            node
        });
        let talos = self.observed.talos_upgrade.as_ref().map(|status| {
            let missing = self.missing.of(&Subject::TalosUpgrade);
            let mut node = Node::new(Kind::TalosUpgrade, words::talos(status), missing);
            changed(&mut node, Some(&status.metadata));
            node
        });
        kubernetes.into_iter().chain(talos).collect()
    }

    /// Control planes first, then the set of the usual name, then the others by id.
    fn machine_sets(&self) -> Vec<Node> {
        let wanted = self.observed.machine_sets.keys();
        let there = self.observed.machine_set_statuses.keys();
        let mut ids: Vec<&String> = wanted.chain(there).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut sets: Vec<Node> = ids.into_iter().map(|id| self.machine_set(id)).collect();
        sets.sort_by_key(|set| set.kind);
        sets
    }

    fn machine_set(&self, id: &str) -> Node {
        let status = self.observed.machine_set_statuses.get(id);
        let kind = self.machine_set_kind(id);
        let spec = status.map(|status| &status.spec);
        let phase = spec.map_or(MachineSetPhase::Unknown, MachineSetStatusSpec::phase);
        let ready = words::ready(spec.is_some_and(|spec| spec.ready));
        let machines = spec.and_then(|spec| spec.machines).unwrap_or_default();
        let missing = self.missing.of(&Subject::MachineSet(id.to_owned()));
        let mut node = Node::new(kind, vec![words::machine_set(phase), ready], missing);
        node.machines = Some(Share {
            healthy: machines.healthy,
            total: machines.total,
        });
        changed(&mut node, status.map(|status| &status.metadata));
        let mut children = Vec::new();
        if kind == Kind::ControlPlane {
            children.extend(self.checks(id));
        }
        children.extend(self.machines(id));
        node.of(id).with(children)
    }

    fn machine_set_kind(&self, id: &str) -> Kind {
        let status = self.observed.machine_set_statuses.get(id);
        let wanted = self.observed.machine_sets.get(id);
        let metadata = (wanted.map(|set| &set.metadata)).or(status.map(|status| &status.metadata));
        let control_plane =
            metadata.is_some_and(|metadata| metadata.label(labels::CONTROL_PLANE_ROLE).is_some());
        if control_plane {
            Kind::ControlPlane
        } else if id.strip_prefix(self.name) == Some("-workers") {
            Kind::Workers
        } else {
            Kind::AdditionalWorkers
        }
    }

    /// Load balancer and conditions of the control plane.
    fn checks(&self, set: &str) -> Vec<Node> {
        let balancer = self.observed.load_balancer.as_ref().map(|status| {
            let missing = self.missing.of(&Subject::KubernetesApi);
            let ready = words::ready(status.spec.healthy);
            let mut node = Node::new(Kind::LoadBalancer, vec![ready], missing);
            changed(&mut node, Some(&status.metadata));
            node
        });
        let missing = self.missing.of(&Subject::ControlPlane);
        let conditions = match self.observed.control_planes.get(set) {
            Some(status) => {
                let mut node = Node::new(
                    Kind::StatusChecks,
                    vec![words::checks(&status.spec)],
                    missing,
                );
                changed(&mut node, Some(&status.metadata));
                node
            }
            None => Node::new(
                Kind::StatusChecks,
                vec![Word::new("Unknown", Tone::Lacking)],
                missing,
            ),
        };
        balancer.into_iter().chain([conditions]).collect()
    }

    /// Machines, machines that have not been seen yet, requests for machines.
    fn machines(&self, set: &str) -> Vec<Node> {
        let seen = self
            .observed
            .machines_of(set)
            .map(|(id, status)| self.machine(id, status));
        let in_set = |metadata: &Metadata| metadata.label(labels::MACHINE_SET) == Some(set);
        let unseen = self.observed.machine_set_nodes.iter().filter(|(id, node)| {
            in_set(&node.metadata) && !self.observed.machines.contains_key(*id)
        });
        let unseen = unseen.map(|(id, node)| {
            let missing = self.missing.of(&Subject::Machine(id.clone()));
            let stage = Word::new(Stage::Unknown.as_str_name(), Tone::Lacking);
            let mut machine = Node::new(Kind::Machine, vec![stage], missing);
            changed(&mut machine, Some(&node.metadata));
            machine.of(id)
        });
        let requests = self
            .observed
            .machine_requests
            .iter()
            .filter_map(|(id, request)| {
                let missing = self.missing.of(&Subject::MachineRequest(id.clone()));
                // A request that has become a machine is shown as that.
                (in_set(&request.metadata) && !missing.is_empty()).then(|| {
                    let stage = words::request(request.spec.stage());
                    let mut node = Node::new(Kind::MachineRequest, vec![stage], missing);
                    changed(&mut node, Some(&request.metadata));
                    node.of(id)
                })
            });
        seen.chain(unseen).chain(requests).collect()
    }

    fn machine(&self, id: &str, status: &Resource<kind::ClusterMachineStatus>) -> Node {
        let missing = self.missing.of(&Subject::Machine(id.to_owned()));
        let mut node = Node::new(Kind::Machine, words::machine(status), missing);
        let name = status.metadata.label(labels::NODE_NAME);
        node.node_name = name.filter(|name| !name.is_empty()).map(str::to_owned);
        changed(&mut node, Some(&status.metadata));
        node.of(id)
    }
}

/// Since when a node that waits is as it is.
fn changed(node: &mut Node, metadata: Option<&Metadata>) {
    let stamp = metadata.and_then(|metadata| metadata.updated.or(metadata.created));
    if !node.waits_for.is_empty()
        && let Some(stamp) = stamp
        && let Ok(time) = Timestamp::new(stamp.seconds, 0)
    {
        node.unchanged_since = Some(time);
    }
}

// === impl Missing ===

impl Missing {
    fn of_cluster(observed: &Observed) -> Self {
        let mut missing: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for blocker in blockers(observed, &Wanted::default()) {
            let about = missing.entry(blocker.subject).or_default();
            about.push(blocker.reason);
        }
        Self(missing)
    }

    fn of(&self, subject: &Subject) -> Vec<String> {
        self.0.get(subject).cloned().unwrap_or_default()
    }
}
