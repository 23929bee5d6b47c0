//! The manifest groups of a cluster: applied to its Kubernetes as soon as that can be reached, and shown as far as they are.
//!
//! Nothing is applied while the cluster is locked, its balancer is not healthy, or no control plane is connected. The emulated
//! Kubernetes ([`Workload`]) takes a while to take objects in.

mod apply;
pub(crate) mod documents;
mod status;
#[cfg(test)]
mod tests;

use std::time::Duration;

use omni_api::kind::{Cluster, ClusterStatus, KubernetesManifestGroup, LoadBalancerStatus};
use omni_api::{Resource, kind, labels};

use crate::Moment;
use crate::controllers::common::is_locked;
use crate::engine::{Context, Error, Input, Next, Output, Transform, Verdict};
use crate::machines::Workload;
use crate::machines::workload::WorkloadSpec;
use crate::store::Query;

use status::Wanted;

/// Applies manifests and reports on them.
#[derive(Debug)]
pub(super) struct ClusterKubernetesManifestsStatus;

/// How long Kubernetes takes until objects that were applied are there.
const TAKES_IN: Duration = Duration::from_millis(3_400);
/// How long Omni waits until it tries again what can succeed later.
const RETRY: Duration = Duration::from_secs(30);

// === impl ClusterKubernetesManifestsStatus ===

impl Transform for ClusterKubernetesManifestsStatus {
    type In = Cluster;
    type Out = kind::ClusterKubernetesManifestsStatus;
    const NAME: &'static str = "ClusterKubernetesManifestsStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<LoadBalancerStatus>(),
            Input::by_id::<kind::KubernetesStatus>(),
            Input::by_id::<ClusterStatus>(),
            Input::by_label::<KubernetesManifestGroup>(labels::CLUSTER),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<Workload>()]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let id = cluster.id();
        if !reachable(cx, id)? || is_locked(cx, id)? {
            return Ok(Verdict::SKIP);
        }
        let there = cx.get::<Workload>(id)?;
        let mut there = there.map(|there| there.spec.clone()).unwrap_or_default();
        let before = there.clone();
        let (wanted, unreadable) = wanted(cx, id, &output.spec)?;
        let (next, failure) = apply::step(&mut there, &wanted, cx.now());
        if there != before {
            put(cx, id, &there)?;
        }
        status::update(&mut output.spec, &wanted, &there);
        output.spec.last_error = unreadable.or(failure).unwrap_or_default();
        Ok(Verdict::Write(next))
    }

    fn finalize(&self, cx: &Context<'_>, cluster: &Resource<Self::In>) -> Result<bool, Error> {
        // The cluster's Kubernetes goes with its machines.
        cx.remove_for::<Workload>("", cluster.id())
    }
}

/// Whether something can be applied to the cluster at all.
fn reachable(cx: &Context<'_>, cluster: &str) -> Result<bool, Error> {
    let known = cx.get::<kind::KubernetesStatus>(cluster)?.is_some();
    let balancer = cx.get::<LoadBalancerStatus>(cluster)?;
    let status = cx.get::<ClusterStatus>(cluster)?;
    Ok(known
        && balancer.is_some_and(|balancer| balancer.spec.healthy)
        && status.is_some_and(|status| status.spec.has_connected_control_planes))
}

/// What the cluster's groups want, in the order of their ids; and why one of them cannot be read.
fn wanted(
    cx: &Context<'_>,
    cluster: &str,
    shown: &omni_api::specs::ClusterKubernetesManifestsStatusSpec,
) -> Result<(Vec<Wanted>, Option<String>), Error> {
    let (mut wanted, mut unreadable) = (Vec::new(), None);
    for group in cx.list::<KubernetesManifestGroup>(&Query::cluster(cluster))? {
        if group.metadata.tearing_down() {
            continue;
        }
        let mode = group.spec.mode();
        let system = group.metadata.label(labels::SYSTEM_MANIFEST).is_some();
        match documents::objects(&group, status::inventory(mode, system)) {
            Ok(objects) => wanted.push(Wanted {
                id: group.id().to_owned(),
                mode,
                objects: status::to_apply(shown, group.id(), mode, objects),
            }),
            Err(why) => unreadable = Some(why.to_string()),
        }
    }
    Ok((wanted, unreadable))
}

/// Writes what a cluster's Kubernetes holds.
pub(crate) fn put(cx: &Context<'_>, cluster: &str, contents: &WorkloadSpec) -> Result<(), Error> {
    cx.put_for_user::<Workload>(cluster, |workload| {
        workload.spec.objects.clone_from(&contents.objects);
        workload.spec.applied_at = contents.applied_at;
    })?;
    Ok(())
}

/// A moment as a workload keeps it.
pub(crate) fn keep(moment: Moment) -> u64 {
    u64::try_from(moment.since_unix().as_nanos()).unwrap_or(u64::MAX)
}

/// When the next look is due.
fn after(moment: u64, now: Moment) -> Next {
    let due = Moment::from_unix(Duration::from_nanos(moment));
    Next::After(due.since(now))
}
