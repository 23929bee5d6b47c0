//! The Talos upgrade of a cluster: what version it is at, what is going on, and which machine may change now.
//!
//! A change of the version is an upgrade; the way back to the last version is a reversal; another image of the same version is
//! an update of schematics. It is done when no machine is outdated and none is about to be.

use std::sync::Arc;

use omni_api::kind::{
    Cluster, ClusterConfigVersion, ClusterMachineTalosVersion, KubernetesHealthCheck,
    KubernetesHealthCheckStatus, MachineSet, SchematicConfiguration, TalosVersion, UpgradeRollout,
};
use omni_api::specs::TalosUpgradeStatusSpec;
use omni_api::specs::talos_upgrade_status_spec::Phase;
use omni_api::{Metadata, Resource, kind, labels};

use super::health_checks::{self, Gate};
use super::progress::Progress;
use super::rollout::quotas;
use super::versions::upgrade_versions;
use crate::Store;
use crate::controllers::common::{copy_all_labels, ids};
use crate::engine::{Context, Error, Input, Next, Output, Transform, Verdict};
use crate::machines::Workload;
use crate::store::Query;

/// Upgrades Talos.
#[derive(Debug)]
pub(super) struct TalosUpgradeStatus;

// === impl TalosUpgradeStatus ===

impl Transform for TalosUpgradeStatus {
    type In = Cluster;
    type Out = kind::TalosUpgradeStatus;
    const NAME: &'static str = "TalosUpgradeStatusController";

    fn inputs(&self) -> Vec<Input> {
        let mut inputs = Progress::inputs();
        inputs.extend([
            Input::by_label::<MachineSet>(labels::CLUSTER),
            Input::by_label::<KubernetesHealthCheck>(labels::CLUSTER),
            Input::by_id::<ClusterConfigVersion>(),
            Input::mapped::<TalosVersion>(every_cluster),
        ]);
        inputs
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::exclusive::<ClusterMachineTalosVersion>(),
            Output::exclusive::<UpgradeRollout>(),
            Output::exclusive::<KubernetesHealthCheckStatus>(),
            Output::shared::<Workload>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let wanted = &cluster.spec.talos_version;
        let progress = cx.ledger::<Progress>(cluster.id(), wanted)?;
        describe(&mut output.spec, wanted, &progress);
        let next = roll_out(cx, cluster.id(), &progress, &mut output.spec)?;
        health_checks::tidy(cx, cluster.id(), is_gated(&output.spec))?;
        assign_versions(cx, &progress)?;
        if output.spec.phase() != Phase::Done {
            output.spec.upgrade_versions.clear();
            return Ok(Verdict::Write(next));
        }
        let Some(versions) = upgrade_versions(cx, cluster, &output.spec.last_upgrade_version)?
        else {
            return Ok(Verdict::SKIP);
        };
        output.spec.upgrade_versions = versions;
        Ok(Verdict::DONE)
    }

    fn finalize(&self, cx: &Context<'_>, cluster: &Resource<Self::In>) -> Result<bool, Error> {
        let mut gone = true;
        for version in cx.list::<ClusterMachineTalosVersion>(&Query::cluster(cluster.id()))? {
            gone &= cx.remove::<ClusterMachineTalosVersion>(version.id())?;
        }
        Ok(gone
            && cx.remove::<UpgradeRollout>(cluster.id())?
            && health_checks::remove(cx, cluster.id())?)
    }
}

fn describe(status: &mut TalosUpgradeStatusSpec, wanted: &str, progress: &Progress) {
    if progress.pending == 0 && progress.outdated == 0 {
        status.set_phase(Phase::Done);
        status.status.clear();
        status.step.clear();
        status.current_upgrade_version.clear();
        wanted.clone_into(&mut status.last_upgrade_version);
        return;
    }
    let upgrade = *wanted != status.last_upgrade_version;
    let machines = progress.machines;
    let turn = format!(
        "{}/{machines}",
        (machines + 1)
            .saturating_sub(progress.pending)
            .min(machines)
    );
    status.current_upgrade_version = if upgrade {
        wanted.to_owned()
    } else {
        String::new()
    };
    if upgrade || progress.pending_schematics > 0 {
        status.set_phase(if upgrade {
            Phase::Upgrading
        } else {
            Phase::UpdatingMachineSchematics
        });
        status.status = match progress.pending {
            0 => "updating".to_owned(),
            _ => format!("updating machines {turn}"),
        };
    } else {
        status.set_phase(Phase::Reverting);
        status.status = format!("reverting update {turn}");
    }
    let upgrading: Vec<&str> = progress.upgrading.iter().map(AsRef::as_ref).collect();
    let noun = if upgrading.len() == 1 {
        "machine"
    } else {
        "machines"
    };
    if !upgrading.is_empty() {
        status.step = format!("current {noun}: {}", upgrading.join(", "));
    } else if progress.pending > 0 && progress.pending_locked == progress.pending {
        "all machines are locked".clone_into(&mut status.step);
        "waiting for machines to be unlocked".clone_into(&mut status.status);
    } else {
        "no machines are currently upgrading".clone_into(&mut status.step);
    }
}

/// Whether the upgrade is one that health checks may hold: a way back is not.
fn is_gated(status: &TalosUpgradeStatusSpec) -> bool {
    matches!(
        status.phase(),
        Phase::Upgrading | Phase::UpdatingMachineSchematics
    )
}

/// Publishes the quotas, and says so when there is none although there is something to do; answers when to look again.
///
/// Between two machines the health checks must pass; until then nobody has a quota.
fn roll_out(
    cx: &Context<'_>,
    cluster: &str,
    progress: &Progress,
    status: &mut TalosUpgradeStatusSpec,
) -> Result<Next, Error> {
    let between = progress.upgrading.is_empty() && progress.unready == 0;
    if is_gated(status)
        && between
        && let Gate::Held { reason, again } = health_checks::run(cx, cluster)?
    {
        status.step = reason;
        cx.put::<UpgradeRollout>(cluster, |rollout| {
            rollout.spec.machine_sets_upgrade_quota.clear();
        })?;
        return Ok(again);
    }
    // A change that is taken back waits for nobody.
    let unready = if status.phase() == Phase::Reverting {
        0
    } else {
        progress.unready
    };
    let control_planes_first = progress.outdated_control_planes > 0;
    let quotas = quotas(cx, cluster, control_planes_first, unready)?;
    if quotas.is_empty() && status.phase() != Phase::Done {
        "waiting for the cluster to be ready".clone_into(&mut status.step);
    }
    cx.put::<UpgradeRollout>(cluster, |rollout| {
        rollout.spec.machine_sets_upgrade_quota.clone_from(&quotas);
    })?;
    Ok(Next::Done)
}

/// Tells machines their images, and those who have none any more that they have none.
fn assign_versions(cx: &Context<'_>, progress: &Progress) -> Result<(), Error> {
    for machine in &progress.to_tell {
        let Some(image) = cx.get::<SchematicConfiguration>(machine)? else {
            continue;
        };
        cx.put::<ClusterMachineTalosVersion>(machine, |version| {
            copy_all_labels(&image.metadata, &mut version.metadata);
            version
                .spec
                .talos_version
                .clone_from(&image.spec.talos_version);
            version
                .spec
                .schematic_id
                .clone_from(&image.spec.schematic_id);
        })?;
    }
    for machine in &progress.to_withdraw {
        cx.remove::<ClusterMachineTalosVersion>(machine)?;
    }
    Ok(())
}

fn every_cluster(store: &Store, _: &Metadata) -> Vec<Arc<str>> {
    ids::<Cluster>(store, &Query::all())
}
