//! What runs in a cluster's Kubernetes: its nodes, the components of its control planes, and the services that it exposes.
//!
//! It appears when an API server first answers, and shows the nodes before the pods. While none answers, it stays as it was.

use std::time::Duration;

use omni_api::kind::{self, Cluster, ExposedService};
use omni_api::labels;

use super::exposed;
use super::report::{Reports, all_nodes, all_pods};
use crate::engine::{Context, Controller, Error, Input, Next, Output};
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
        let known = cx.get::<kind::KubernetesStatus>(id)?.is_some();
        if cx.running::<Cluster>(id)?.is_none() {
            if known {
                cx.remove::<kind::KubernetesStatus>(id)?;
            }
            exposed::forget(cx, id)?;
            return Ok(Next::Done);
        }
        let reports = cx.ledger::<Reports>(id, &())?;
        if reports.answering == 0 {
            return Ok(Next::Done);
        }
        cx.weigh(reports.entries().len());
        cx.put::<kind::KubernetesStatus>(id, |status| {
            status
                .metadata
                .labels
                .insert(labels::CLUSTER.into(), id.into());
            status.spec.nodes = all_nodes(reports.entries());
            if known {
                status.spec.static_pods = all_pods(reports.entries());
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
