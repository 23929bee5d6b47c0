//! What runs in a cluster's Kubernetes: its nodes, the components of its control planes, and the services that it exposes.
//!
//! It appears when an API server first answers, and shows the nodes before the pods. While none answers, it stays as it was.

use std::time::Duration;

use omni_api::kind::{self, Cluster, ExposedService};
use omni_api::labels;
use omni_api::specs::KubernetesStatusSpec;

use super::exposed;
use super::report::Reports;
use crate::engine::{Book, Context, Controller, Error, Input, Next, Output};
use crate::machines::Workload;

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
        let mut inputs = Reports::inputs();
        inputs.extend([
            Input::by_id::<Cluster>(),
            Input::by_id::<Workload>(),
            Input::by_label::<ExposedService>(labels::CLUSTER),
        ]);
        inputs
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::exclusive::<kind::KubernetesStatus>(),
            Output::exclusive::<ExposedService>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let known = cx.get::<kind::KubernetesStatus>(id)?;
        if cx.running::<Cluster>(id)?.is_none() {
            if known.is_some() {
                cx.remove::<kind::KubernetesStatus>(id)?;
            }
            exposed::forget(cx, id)?;
            return Ok(Next::Done);
        }
        let reports = cx.ledger::<Reports>(id, &())?;
        if reports.answering == 0 {
            return Ok(Next::Done);
        }
        show(cx, id, known.as_ref().map(|known| &known.spec), &reports)?;
        exposed::expose(cx, id)?;
        Ok(if known.is_some() {
            Next::Done
        } else {
            Next::After(PODS_AFTER_NODES)
        })
    }
}

/// Writes what is reported, unless it is known already; the first time the nodes alone.
fn show(
    cx: &Context<'_>,
    cluster: &str,
    known: Option<&KubernetesStatusSpec>,
    reports: &Book<Reports>,
) -> Result<(), Error> {
    let nodes = reports.nodes(reports.entries());
    let pods = reports.pods(reports.entries());
    if known.is_some_and(|known| known.nodes == nodes && known.static_pods == pods) {
        return Ok(());
    }
    cx.weigh(nodes.len());
    cx.put::<kind::KubernetesStatus>(cluster, |status| {
        let marks = &mut status.metadata.labels;
        marks.insert(labels::CLUSTER.into(), cluster.into());
        status.spec.nodes = nodes.to_vec();
        if known.is_some() {
            status.spec.static_pods = pods.to_vec();
        }
    })?;
    Ok(())
}
