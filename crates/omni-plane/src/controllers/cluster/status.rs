//! The state of a cluster, summed up from its machine sets.
//!
//! Sets that are on their way out and have no machine left count as gone. The status stays until everybody else has let go
//! of the cluster, so that its end can be watched.

use omni_api::kind::{
    Cluster, ClusterSecrets, ControlPlaneStatus, LoadBalancerStatus, MachineSetStatus,
};
use omni_api::specs::cluster_status_spec::Phase;
use omni_api::specs::control_plane_status_spec::condition::Status;
use omni_api::specs::{self, MachineSetPhase, Machines};
use omni_api::{Metadata, Resource, kind, labels};

use crate::controllers::common::{flag, is_control_plane, note};
use crate::engine::{Context, Error, Input, Patience, Transform, Verdict};
use crate::release::Release;
use crate::store::Query;

/// The message of the features of a cluster.
const FEATURES: &str = "specs.ClusterSpec.Features";

/// The name of the controller that owns the status.
pub(crate) const CLUSTER_STATUS: &str = "ClusterStatusController";

/// Sums up a cluster.
#[derive(Debug)]
pub(super) struct ClusterStatus;

/// What the machine sets of a cluster add up to.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a field of the status that they add up to"
)]
#[derive(Debug, Default)]
struct Sum {
    machines: Machines,
    phases: Vec<MachineSetPhase>,
    unready: bool,
    available: bool,
    connected: bool,
    control_plane_healthy: bool,
    checks_passed: bool,
}

// === impl ClusterStatus ===

impl Transform for ClusterStatus {
    type In = Cluster;
    type Out = kind::ClusterStatus;
    const NAME: &'static str = CLUSTER_STATUS;
    const PATIENCE: Patience = Patience::Everybody;

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<LoadBalancerStatus>(),
            Input::by_label::<MachineSetStatus>(labels::CLUSTER),
            Input::by_label::<ControlPlaneStatus>(labels::CLUSTER),
            Input::by_id::<kind::ClusterConfigVersion>(),
            Input::by_id::<ClusterSecrets>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let spec = &mut output.spec;
        if spec.initial_talos_version.is_empty() {
            let version = cx.get::<kind::ClusterConfigVersion>(cluster.id())?;
            let Some(version) = version else {
                return Ok(Verdict::SKIP);
            };
            let version = version.spec.version.trim_start_matches('v');
            version.clone_into(&mut spec.initial_talos_version);
        }
        let sum = Sum::of(cx, cluster.id())?;
        let phase = sum.phase(cluster.metadata.tearing_down());
        let balancer = cx.get::<LoadBalancerStatus>(cluster.id())?;
        spec.available = sum.available;
        spec.ready = !sum.unready && phase == Phase::Running;
        spec.kubernetes_api_ready = balancer.is_some_and(|balancer| balancer.spec.healthy);
        spec.controlplane_ready = sum.checks_passed && sum.control_plane_healthy;
        spec.set_phase(phase);
        spec.machines = Some(sum.machines);
        spec.has_connected_control_planes = sum.connected;
        copy_wishes(cx.omni(), &cluster.spec, spec);
        let user_labels = cluster.metadata.labels.clone();
        output.metadata.labels.retain(|key, _| is_taint(key));
        output.metadata.labels.extend(user_labels);
        let locked = cluster
            .metadata
            .annotation(labels::CLUSTER_LOCKED)
            .is_some();
        note(&mut output.metadata, labels::CLUSTER_LOCKED, locked);
        if let Some(secrets) = cx.get::<ClusterSecrets>(cluster.id())? {
            let rotated = rotations(&secrets);
            let tainted = secrets.spec.imported && rotated.is_none();
            let label = labels::CLUSTER_TAINTED_BY_IMPORTING;
            flag(&mut output.metadata, label, tainted);
            if rotated.is_some_and(|earliest| is_mended(&output.metadata, earliest)) {
                let metadata = &mut output.metadata;
                flag(metadata, labels::CLUSTER_TAINTED_BY_BREAK_GLASS, false);
                note(metadata, labels::TAINTED_BY_BREAK_GLASS_TIMESTAMP, false);
            }
        }
        Ok(Verdict::DONE)
    }
}

/// When both authorities had been replaced at least once: the earlier one's time, 0 where it cannot be read.
fn rotations(secrets: &Resource<ClusterSecrets>) -> Option<u64> {
    let time = |end: &str| secrets.metadata.annotation(end).map(seconds);
    let talos = time(labels::ROTATE_TALOS_CA_TIMESTAMP)?;
    let kubernetes = time(labels::ROTATE_KUBERNETES_CA_TIMESTAMP)?;
    Some(talos.min(kubernetes))
}

/// Whether both authorities were replaced since somebody got a file that leads past Omni.
fn is_mended(status: &Metadata, earliest: u64) -> bool {
    let broken = status.annotation(labels::TAINTED_BY_BREAK_GLASS_TIMESTAMP);
    broken.is_some_and(|broken| earliest > seconds(broken))
}

fn seconds(text: &str) -> u64 {
    text.parse().unwrap_or_default()
}

/// What a server does not know of the wishes it does not copy.
fn copy_wishes(release: Release, wished: &specs::ClusterSpec, spec: &mut specs::ClusterStatusSpec) {
    let features = wished.features.unwrap_or_default();
    let knows_switch = release.has_field(FEATURES, "disable_public_discovery_service");
    spec.use_embedded_discovery_service = features.use_embedded_discovery_service;
    spec.disable_public_discovery_service = knows_switch
        && features.use_embedded_discovery_service
        && features.disable_public_discovery_service;
    spec.talos_version.clone_from(&wished.talos_version);
    spec.kubernetes_version
        .clone_from(&wished.kubernetes_version);
}

fn is_taint(key: &str) -> bool {
    let taints = [
        labels::CLUSTER_TAINTED_BY_BREAK_GLASS,
        labels::CLUSTER_TAINTED_BY_EXPORTING,
        labels::CLUSTER_TAINTED_BY_IMPORTING,
    ];
    taints.contains(&key)
}

// === impl Sum ===

impl Sum {
    fn of(cx: &Context<'_>, cluster: &str) -> Result<Self, Error> {
        let mut sum = Self::default();
        for set in cx.list::<MachineSetStatus>(&Query::cluster(cluster))? {
            follow(cx, &set)?;
            sum.add(cx, &set)?;
        }
        Ok(sum)
    }

    fn add(&mut self, cx: &Context<'_>, set: &Resource<MachineSetStatus>) -> Result<(), Error> {
        let machines = set.spec.machines.unwrap_or_default();
        let leaving = [MachineSetPhase::Destroying, MachineSetPhase::ScalingDown];
        if machines.total == 0 && leaving.contains(&set.spec.phase()) {
            return Ok(());
        }
        self.machines.total += machines.total;
        self.machines.healthy += machines.healthy;
        self.machines.requested += machines.requested;
        self.machines.connected += machines.connected;
        self.phases.push(set.spec.phase());
        self.unready |= !set.spec.ready;
        if is_control_plane(&set.metadata) {
            self.available |= machines.total > 0;
            self.connected |= machines.connected > 0;
            self.control_plane_healthy |=
                set.spec.phase() == MachineSetPhase::Running && set.spec.ready;
            let checks = cx.get::<ControlPlaneStatus>(set.id())?;
            self.checks_passed |= checks.is_some_and(|checks| passed(&checks.spec));
        }
        Ok(())
    }

    fn phase(&self, tearing_down: bool) -> Phase {
        let any =
            |wanted: &[MachineSetPhase]| self.phases.iter().any(|phase| wanted.contains(phase));
        let all_destroying = !self.phases.is_empty()
            && self
                .phases
                .iter()
                .all(|phase| *phase == MachineSetPhase::Destroying);
        if tearing_down || all_destroying {
            Phase::Destroying
        } else if any(&[MachineSetPhase::ScalingUp]) {
            Phase::ScalingUp
        } else if any(&[MachineSetPhase::ScalingDown, MachineSetPhase::Destroying]) {
            Phase::ScalingDown
        } else if any(&[
            MachineSetPhase::Running,
            MachineSetPhase::Reconfiguring,
            MachineSetPhase::Upgrading,
        ]) {
            Phase::Running
        } else {
            Phase::Unknown
        }
    }
}

/// Holds a running machine set's status, so that its last words are counted, and lets go of one on its way out.
fn follow(cx: &Context<'_>, set: &Resource<MachineSetStatus>) -> Result<(), Error> {
    if set.metadata.tearing_down() {
        cx.release::<MachineSetStatus>(set.id())?;
    } else {
        cx.hold::<MachineSetStatus>(set.id())?;
    }
    Ok(())
}

fn passed(checks: &specs::ControlPlaneStatusSpec) -> bool {
    let mut conditions = checks.conditions.iter();
    !checks.conditions.is_empty() && conditions.all(|condition| condition.status() == Status::Ready)
}
