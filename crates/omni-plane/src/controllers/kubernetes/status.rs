//! What runs in a cluster's Kubernetes: its nodes, the components of its control planes, and the services that it exposes.
//!
//! It appears when an API server first answers, and shows the nodes before the pods. While none answers, it stays as it was.

use std::sync::Arc;
use std::time::Duration;

use omni_api::kind::{self, Cluster, ClusterMachine, ExposedService};
use omni_api::specs::kubernetes_status_spec::{NodeStaticPods, NodeStatus, StaticPodStatus};
use omni_api::{Resource, labels};

use super::exposed;
use crate::controllers::reports::cluster_of_reporting_machine;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::machines::observed::Member;
use crate::machines::{Observed, Workload};
use crate::store::Query;

/// Looks at Kubernetes.
#[derive(Debug)]
pub(super) struct KubernetesStatus;

/// How long the pods come after the nodes.
const PODS_AFTER_NODES: Duration = Duration::from_millis(10);

// === impl KubernetesStatus ===

impl Controller for KubernetesStatus {
    fn name(&self) -> &'static str {
        "KubernetesStatusController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<Cluster>(),
            Input::by_label::<ClusterMachine>(labels::CLUSTER),
            Input::mapped::<Observed>(cluster_of_reporting_machine),
            Input::by_id::<Workload>(),
            Input::by_label::<ExposedService>(labels::CLUSTER),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::exclusive::<kind::KubernetesStatus>(),
            Output::exclusive::<ExposedService>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let known = cx.get::<kind::KubernetesStatus>(id)?.is_some();
        if cx.running::<Cluster>(id)?.is_none() {
            if known {
                cx.remove::<kind::KubernetesStatus>(id)?;
            }
            exposed::forget(cx, id)?;
            return Ok(Next::Done);
        }
        let reports = reports(cx, id)?;
        if !reports.iter().any(|report| report.spec.api_answers()) {
            return Ok(Next::Done);
        }
        let members: Vec<&Member> = reports
            .iter()
            .filter_map(|report| report.spec.member.as_ref())
            .collect();
        cx.put::<kind::KubernetesStatus>(id, |status| {
            status
                .metadata
                .labels
                .insert(labels::CLUSTER.into(), id.into());
            status.spec.nodes = nodes(&members);
            if known {
                status.spec.static_pods = pods(&members);
            }
        })?;
        exposed::expose(cx, id)?;
        Ok(if known {
            Next::Done
        } else {
            Next::After(PODS_AFTER_NODES)
        })
    }
}

/// The reports of the members that are not on their way out.
fn reports(cx: &Context<'_>, cluster: &str) -> Result<Vec<Arc<Resource<Observed>>>, Error> {
    let mut reports = Vec::new();
    for machine in cx.list::<ClusterMachine>(&Query::cluster(cluster))? {
        if !machine.metadata.tearing_down() {
            reports.extend(cx.get::<Observed>(machine.id())?);
        }
    }
    Ok(reports)
}

fn nodes(members: &[&Member]) -> Vec<NodeStatus> {
    let known = members
        .iter()
        .filter(|member| !member.kubelet_version.is_empty());
    let mut nodes: Vec<_> = known
        .map(|member| NodeStatus {
            nodename: member.nodename.clone(),
            kubelet_version: member.kubelet_version.clone(),
            ready: member.node_ready,
            skip_audit: false,
        })
        .collect();
    nodes.sort_by(|a, b| a.nodename.cmp(&b.nodename));
    nodes
}

fn pods(members: &[&Member]) -> Vec<NodeStaticPods> {
    let running = members
        .iter()
        .filter(|member| !member.static_pods.is_empty());
    let mut pods: Vec<_> = running
        .map(|member| NodeStaticPods {
            nodename: member.nodename.clone(),
            static_pods: member
                .static_pods
                .iter()
                .map(|pod| StaticPodStatus {
                    app: pod.app.clone(),
                    version: pod.version.clone(),
                    ready: pod.ready,
                })
                .collect(),
        })
        .collect();
    pods.sort_by(|a, b| a.nodename.cmp(&b.nodename));
    pods
}
