//! The Kubernetes upgrade of a cluster: what version it is at, what is going on, and the patches that take the next step.
//!
//! # Flow
//! 1. The cluster must be running and ready; a way back to the last version does not wait for that.
//! 2. The images of the new version are pulled on all nodes.
//! 3. One step at a time: a system patch changes one component of one machine, and the next step waits until that one runs
//!    and everything is ready again. A locked machine's kubelet waits for its unlocking.
//! 4. Done: the version is recorded, and where it may go from there.

use std::sync::Arc;

use omni_api::kind::{
    Cluster, ClusterConfigVersion, ClusterStatus, ConfigPatch, ImagePullRequest, ImagePullStatus,
    KubernetesStatus, TalosVersion,
};
use omni_api::specs::KubernetesUpgradeStatusSpec;
use omni_api::specs::cluster_status_spec::Phase as ClusterPhase;
use omni_api::specs::kubernetes_upgrade_status_spec::Phase;
use omni_api::{Metadata, Resource, kind, labels};

use super::machines::Machines;
use super::upgrade_path::{Facts, Path, images};
use super::versions::upgrade_versions;
use super::{prepull, steps};
use crate::Store;
use crate::engine::{Context, Error, Input, Output, Transform, Verdict};
use crate::store::Query;

/// Upgrades Kubernetes.
#[derive(Debug)]
pub(super) struct KubernetesUpgradeStatus;

pub(crate) const NAME: &str = "KubernetesUpgradeStatusController";

const CLUSTER_NOT_READY: &str = "waiting for the cluster to be ready";

// === impl KubernetesUpgradeStatus ===

impl Transform for KubernetesUpgradeStatus {
    type In = Cluster;
    type Out = kind::KubernetesUpgradeStatus;
    const NAME: &'static str = NAME;

    fn inputs(&self) -> Vec<Input> {
        let mut inputs = Machines::inputs();
        inputs.extend([
            Input::by_id::<ClusterStatus>(),
            Input::by_id::<ClusterConfigVersion>(),
            Input::by_id::<KubernetesStatus>(),
            Input::by_id::<ImagePullStatus>(),
            Input::mapped::<TalosVersion>(clusters_on),
        ]);
        inputs
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<ConfigPatch>(),
            Output::exclusive::<ImagePullRequest>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let id = cluster.id();
        let running = cx.get::<KubernetesStatus>(id)?;
        let status = cx.get::<ClusterStatus>(id)?;
        let (Some(running), Some(status)) = (running, status) else {
            return Ok(Verdict::SKIP);
        };
        let version = &cluster.spec.kubernetes_version;
        let upgrade = *version != output.spec.last_upgrade_version;
        output.spec.current_upgrade_version = if upgrade {
            version.clone()
        } else {
            String::new()
        };
        if upgrade {
            output.spec.set_phase(Phase::Upgrading);
        }
        let ready = status.spec.ready && status.spec.phase() == ClusterPhase::Running;
        if !ready && upgrade {
            CLUSTER_NOT_READY.clone_into(&mut output.spec.status);
            return Ok(Verdict::DONE);
        }
        let machines = cx.ledger::<Machines>(id, &())?;
        if machines.nameless > 0 {
            // A machine's node has no name yet: nothing can be said.
            return Ok(Verdict::SKIP);
        }
        cx.weigh(machines.entries().len());
        let facts = Facts {
            seen: &running.spec,
            // While a cluster is not ready, what is known about its components is not believed.
            trusted: ready,
        };
        let path = Path::to(version, &machines, facts);
        output
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), id.into());
        go_on(cx, cluster, &machines, &path, &mut output.spec)?;
        if output.spec.phase() == Phase::Done {
            let last = output.spec.last_upgrade_version.clone();
            output.spec.upgrade_versions =
                upgrade_versions(cx, &last, &cluster.spec.talos_version)?;
        } else {
            output.spec.upgrade_versions.clear();
        }
        Ok(Verdict::DONE)
    }

    fn finalize(&self, cx: &Context<'_>, cluster: &Resource<Self::In>) -> Result<bool, Error> {
        let patches = steps::remove_patches(cx, cluster.id())?;
        Ok(patches && cx.remove::<ImagePullRequest>(cluster.id())?)
    }
}

/// Takes the next step, if there is one and it may be taken.
fn go_on(
    cx: &Context<'_>,
    cluster: &Resource<Cluster>,
    machines: &Machines,
    path: &Path,
    status: &mut KubernetesUpgradeStatusSpec,
) -> Result<(), Error> {
    let version = &cluster.spec.kubernetes_version;
    let (id, all_ready) = (cluster.id(), path.unready.is_empty());
    let upgrade = *version != status.last_upgrade_version;
    let Some(next) = path.steps.first() else {
        if all_ready {
            *status = KubernetesUpgradeStatusSpec {
                last_upgrade_version: version.clone(),
                ..Default::default()
            };
            status.set_phase(Phase::Done);
        } else {
            status.status.clone_from(&path.unready);
            status.error.clear();
        }
        return Ok(());
    };
    if !upgrade && status.phase() != Phase::Done {
        if steps::apply(cx, id, &path.steps, version)? {
            status.set_phase(Phase::Reverting);
            "reverting the change".clone_into(&mut status.step);
            status.status.clear();
            status.error.clear();
        }
    } else if !all_ready {
        status.status.clone_from(&path.unready);
        status.error.clear();
    } else if prepull::is_done(cx, id, images(version, machines), status)? {
        status.set_phase(Phase::Upgrading);
        status.error.clear();
        if next.locked {
            status.step = format!("updating {} to {version}", next.component.name());
            status.status = format!(
                "waiting for a machine from {} to be unlocked",
                path.locked_nodes()
            );
        } else {
            status.step = format!(
                "{}: updating {} to {version}",
                next.node,
                next.component.name()
            );
            "waiting for a restart".clone_into(&mut status.status);
            steps::apply(cx, id, std::slice::from_ref(next), version)?;
        }
    }
    Ok(())
}

fn clusters_on(store: &Store, talos: &Metadata) -> Vec<Arc<str>> {
    let clusters = store.peek_all::<Cluster>(&Query::all());
    let ours = clusters
        .iter()
        .filter(|cluster| *cluster.spec.talos_version == *talos.id);
    ours.map(|cluster| cluster.metadata.id.clone()).collect()
}
