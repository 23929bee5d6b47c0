//! The Talos upgrade of a cluster: what version it is at, what is going on, and which machine may change now.
//!
//! A change of the version is an upgrade; the way back to the last version is a reversal; another image of the same version is
//! an update of schematics. It is done when no machine is outdated and none is about to be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use omni_api::kind::{
    Cluster, ClusterConfigVersion, ClusterMachine, ClusterMachineConfigStatus,
    ClusterMachineStatus, ClusterMachineTalosVersion, KubernetesHealthCheck,
    KubernetesHealthCheckStatus, MachinePendingUpdates, MachineSet, MachineSetNode,
    SchematicConfiguration, TalosVersion, UpgradeRollout,
};
use omni_api::specs::TalosUpgradeStatusSpec;
use omni_api::specs::talos_upgrade_status_spec::Phase;
use omni_api::{Metadata, Resource, kind, labels};

use super::health_checks::{self, Gate};
use super::outdated::Outdated;
use super::rollout::{quotas, unready};
use super::versions::upgrade_versions;
use crate::Store;
use crate::controllers::common::{copy_all_labels, ids};
use crate::engine::{Context, Error, Input, Next, Output, Transform, Verdict};
use crate::machines::Workload;
use crate::store::Query;

/// Upgrades Talos.
#[derive(Debug)]
pub(super) struct TalosUpgradeStatus;

/// A machine of the cluster, and the image that was made for it.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) machine: Arc<Resource<ClusterMachine>>,
    pub(super) image: Option<Arc<Resource<SchematicConfiguration>>>,
}

/// Machines with an upgrade ahead of them.
#[derive(Debug, Default)]
struct Pending {
    count: usize,
    locked: usize,
    schematics: bool,
}

// === impl TalosUpgradeStatus ===

impl Transform for TalosUpgradeStatus {
    type In = Cluster;
    type Out = kind::TalosUpgradeStatus;
    const NAME: &'static str = "TalosUpgradeStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_label::<ClusterMachineStatus>(labels::CLUSTER),
            Input::by_label::<MachineSetNode>(labels::CLUSTER),
            Input::by_label::<ClusterMachine>(labels::CLUSTER),
            Input::by_label::<SchematicConfiguration>(labels::CLUSTER),
            Input::by_label::<MachinePendingUpdates>(labels::CLUSTER),
            Input::by_label::<ClusterMachineConfigStatus>(labels::CLUSTER),
            Input::by_label::<MachineSet>(labels::CLUSTER),
            Input::by_label::<KubernetesHealthCheck>(labels::CLUSTER),
            Input::by_id::<ClusterConfigVersion>(),
            Input::mapped::<TalosVersion>(every_cluster),
        ]
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
        let members = Member::all(cx, cluster.id())?;
        let outdated = Outdated::among(cx, &members, wanted)?;
        let pending = Pending::of(cx, cluster.id())?;
        describe(&mut output.spec, wanted, members.len(), &outdated, &pending);
        let next = roll_out(cx, cluster.id(), &outdated, &mut output.spec)?;
        health_checks::tidy(cx, cluster.id(), is_gated(&output.spec))?;
        assign_versions(cx, cluster, &members)?;
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

fn describe(
    status: &mut TalosUpgradeStatusSpec,
    wanted: &str,
    machines: usize,
    outdated: &Outdated,
    pending: &Pending,
) {
    if pending.count == 0 && outdated.count == 0 {
        status.set_phase(Phase::Done);
        status.status.clear();
        status.step.clear();
        status.current_upgrade_version.clear();
        wanted.clone_into(&mut status.last_upgrade_version);
        return;
    }
    let upgrade = *wanted != status.last_upgrade_version;
    let turn = format!(
        "{}/{machines}",
        (machines + 1).saturating_sub(pending.count).min(machines)
    );
    status.current_upgrade_version = if upgrade {
        wanted.to_owned()
    } else {
        String::new()
    };
    if upgrade || pending.schematics {
        status.set_phase(if upgrade {
            Phase::Upgrading
        } else {
            Phase::UpdatingMachineSchematics
        });
        status.status = match pending.count {
            0 => "updating".to_owned(),
            _ => format!("updating machines {turn}"),
        };
    } else {
        status.set_phase(Phase::Reverting);
        status.status = format!("reverting update {turn}");
    }
    let noun = if outdated.upgrading.len() == 1 {
        "machine"
    } else {
        "machines"
    };
    if !outdated.upgrading.is_empty() {
        status.step = format!("current {noun}: {}", outdated.upgrading.join(", "));
    } else if pending.count > 0 && pending.locked == pending.count {
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
    outdated: &Outdated,
    status: &mut TalosUpgradeStatusSpec,
) -> Result<Next, Error> {
    let unready = unready(cx, cluster)?;
    let between = outdated.upgrading.is_empty() && unready == 0;
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
        unready
    };
    let quotas = quotas(cx, cluster, outdated, unready)?;
    if quotas.is_empty() && status.phase() != Phase::Done {
        "waiting for the cluster to be ready".clone_into(&mut status.step);
    }
    cx.put::<UpgradeRollout>(cluster, |rollout| {
        rollout.spec.machine_sets_upgrade_quota.clone_from(&quotas);
    })?;
    Ok(Next::Done)
}

/// Tells each machine its image, once the image is made for the cluster's version.
fn assign_versions(
    cx: &Context<'_>,
    cluster: &Resource<Cluster>,
    members: &[Member],
) -> Result<(), Error> {
    let known = cx.list::<ClusterMachineTalosVersion>(&Query::cluster(cluster.id()))?;
    let told: BTreeMap<&str, _> = known.iter().map(|told| (told.id(), told)).collect();
    let mut assigned = BTreeSet::new();
    let staying = members
        .iter()
        .filter(|member| !member.machine.metadata.tearing_down());
    for Member { machine, image } in staying {
        let image = image.as_ref();
        let Some(image) = image.filter(|image| !image.metadata.tearing_down()) else {
            continue;
        };
        assigned.insert(machine.id());
        let current = told.get(machine.id());
        if image.spec.talos_version != cluster.spec.talos_version
            || current.is_some_and(|told| says(told, image))
        {
            continue;
        }
        cx.put::<ClusterMachineTalosVersion>(machine.id(), |version| {
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
    for version in &known {
        if !assigned.contains(version.id()) {
            cx.remove::<ClusterMachineTalosVersion>(version.id())?;
        }
    }
    Ok(())
}

/// Whether a machine has been told to run this image, by all the labels that the image has.
fn says(
    told: &Resource<ClusterMachineTalosVersion>,
    image: &Resource<SchematicConfiguration>,
) -> bool {
    let mut labels = image.metadata.labels.iter();
    told.spec.talos_version == image.spec.talos_version
        && told.spec.schematic_id == image.spec.schematic_id
        && !told.metadata.tearing_down()
        && labels.all(|(key, value)| told.metadata.label(key) == Some(value))
}

// === impl Member ===

impl Member {
    /// The members of a cluster, by their ids.
    fn all(cx: &Context<'_>, cluster: &str) -> Result<Vec<Self>, Error> {
        let machines = cx.list::<ClusterMachine>(&Query::cluster(cluster))?;
        let with_image = |machine: Arc<Resource<ClusterMachine>>| {
            let image = cx.get::<SchematicConfiguration>(machine.id())?;
            Ok(Self { machine, image })
        };
        machines.into_iter().map(with_image).collect()
    }
}

// === impl Pending ===

impl Pending {
    fn of(cx: &Context<'_>, cluster: &str) -> Result<Self, Error> {
        let mut pending = Self::default();
        for update in cx.list::<MachinePendingUpdates>(&Query::cluster(cluster))? {
            let Some(upgrade) = &update.spec.upgrade else {
                continue;
            };
            let node = cx.get::<MachineSetNode>(update.id())?;
            let locked =
                node.is_some_and(|node| node.metadata.annotation(labels::MACHINE_LOCKED).is_some());
            pending.count += 1;
            pending.locked += usize::from(locked);
            pending.schematics |= upgrade.from_schematic != upgrade.to_schematic;
        }
        Ok(pending)
    }
}

fn every_cluster(store: &Store, _: &Metadata) -> Vec<Arc<str>> {
    ids::<Cluster>(store, &Query::all())
}
