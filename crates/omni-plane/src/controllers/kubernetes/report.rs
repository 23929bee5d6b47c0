//! What the machines of a cluster report of its Kubernetes, as far as they stay.
//!
//! A ledger of the cluster: what is shown lists all of them, and a turn looks at those that something has happened to.

use std::collections::BTreeMap;
use std::sync::Arc;

use omni_api::kind::ClusterMachine;
use omni_api::labels;
use omni_api::specs::kubernetes_status_spec::{NodeStaticPods, NodeStatus, StaticPodStatus};

use crate::controllers::common::one_of;
use crate::controllers::reports::cluster_of_reporting_machine;
use crate::engine::{Context, Error, Input, Ledger, Memo};
use crate::machines::Observed;
use crate::machines::observed::{Member, ObservedSpec, StaticPod};
use crate::store::Query;

/// What the machines of a cluster report.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reports {
    /// How many API servers answer.
    pub(super) answering: usize,
    nodes: Memo<Vec<NodeStatus>>,
    pods: Memo<Vec<NodeStaticPods>>,
}

/// What one machine reports.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Report {
    api_answers: bool,
    node: Option<NodeStatus>,
    pods: Option<NodeStaticPods>,
}

// === impl Reports ===

impl Reports {
    /// What they are made from.
    pub(super) fn inputs() -> Vec<Input> {
        vec![
            Input::by_label::<ClusterMachine>(labels::CLUSTER).of_member(),
            Input::mapped::<Observed>(cluster_of_reporting_machine).of_member(),
        ]
    }

    /// All nodes, by their names.
    pub(super) fn nodes(&self, reports: &BTreeMap<Arc<str>, Report>) -> &[NodeStatus] {
        self.nodes.get(|| {
            let nodes = reports.values().filter_map(|report| report.node.as_ref());
            let mut nodes: Vec<_> = nodes.cloned().collect();
            nodes.sort_by(|a, b| a.nodename.cmp(&b.nodename));
            nodes
        })
    }

    /// The components of all nodes, by their names.
    pub(super) fn pods(&self, reports: &BTreeMap<Arc<str>, Report>) -> &[NodeStaticPods] {
        self.pods.get(|| {
            let pods = reports.values().filter_map(|report| report.pods.as_ref());
            let mut pods: Vec<_> = pods.cloned().collect();
            pods.sort_by(|a, b| a.nodename.cmp(&b.nodename));
            pods
        })
    }
}

impl Ledger for Reports {
    type Basis = ();
    type Entry = Report;

    fn everybody(cx: &Context<'_>, cluster: &str) -> Result<Vec<Arc<str>>, Error> {
        cx.ids::<ClusterMachine>(&Query::cluster(cluster))
    }

    fn look(
        cx: &Context<'_>,
        cluster: &str,
        (): &(),
        machine: &str,
    ) -> Result<Option<Report>, Error> {
        let member = one_of::<ClusterMachine>(cx, labels::CLUSTER, cluster, machine)?;
        if member.is_none_or(|member| member.metadata.tearing_down()) {
            return Ok(None);
        }
        let observed = cx.get::<Observed>(machine)?;
        let report = observed.map(|observed| Report::of(&observed.spec));
        Ok(report.filter(|report| *report != Report::default()))
    }

    fn enter(&mut self, _: &Arc<str>, report: &Report) {
        self.answering += usize::from(report.api_answers);
    }

    fn strike(&mut self, _: &Arc<str>, report: &Report) {
        self.answering -= usize::from(report.api_answers);
    }

    fn replaced(&mut self, former: Option<&Report>, now: Option<&Report>) {
        let reports = [former, now];
        let [before, after] = reports.map(|report| report.and_then(|report| report.node.as_ref()));
        if before != after {
            self.nodes = Memo::default();
        }
        let [before, after] = reports.map(|report| report.and_then(|report| report.pods.as_ref()));
        if before != after {
            self.pods = Memo::default();
        }
    }
}

// === impl Report ===

impl Report {
    fn of(observed: &ObservedSpec) -> Self {
        let member = observed.member.as_ref();
        Self {
            api_answers: observed.api_answers(),
            node: member.and_then(node),
            pods: member.and_then(pods),
        }
    }
}

/// The node, once Kubernetes knows it.
fn node(member: &Member) -> Option<NodeStatus> {
    (!member.kubelet_version.is_empty()).then(|| NodeStatus {
        nodename: member.nodename.clone(),
        kubelet_version: member.kubelet_version.clone(),
        ready: member.node_ready,
        skip_audit: false,
    })
}

/// The components that it runs, if there are any.
fn pods(member: &Member) -> Option<NodeStaticPods> {
    let shown = |pod: &StaticPod| StaticPodStatus {
        app: pod.app.clone(),
        version: pod.version.clone(),
        ready: pod.ready,
    };
    (!member.static_pods.is_empty()).then(|| NodeStaticPods {
        nodename: member.nodename.clone(),
        static_pods: member.static_pods.iter().map(shown).collect(),
    })
}
