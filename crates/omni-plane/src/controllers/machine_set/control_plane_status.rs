//! The checks of a control plane: its machines are connected, its etcd is sound.
//!
//! Omni writes this status only when every check has passed (its controller drops what it computed when one fails), so that the
//! last success stays. A control plane that never passed has none. So does a set of workers.

use omni_api::kind::{ClusterMachine, ClusterMachineStatus, MachineSet};
use omni_api::specs::ConditionType;
use omni_api::specs::control_plane_status_spec::Condition;
use omni_api::specs::control_plane_status_spec::condition::{Severity, Status};
use omni_api::{Resource, kind, labels};

use super::etcd::Etcd;
use crate::controllers::common::{cluster_of, is_control_plane, set_of_control_plane};
use crate::controllers::reports::set_of_reporting_control_plane;
use crate::engine::{Context, Error, Input, Transform, Verdict};
use crate::machines::Observed;
use crate::store::Query;

/// Checks control planes.
#[derive(Debug)]
pub(super) struct ControlPlaneStatus;

impl Transform for ControlPlaneStatus {
    type In = MachineSet;
    type Out = kind::ControlPlaneStatus;
    const NAME: &'static str = "ControlPlaneStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<ClusterMachineStatus>(set_of_control_plane),
            Input::mapped::<ClusterMachine>(set_of_control_plane),
            Input::mapped::<Observed>(set_of_reporting_control_plane),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        set: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        if !is_control_plane(&set.metadata) {
            return Ok(Verdict::SKIP);
        }
        let machines = cx.list::<ClusterMachineStatus>(&Query::machine_set(set.id()))?;
        let connected = machines
            .iter()
            .any(|machine| machine.metadata.label(labels::MACHINE_CONNECTED).is_some());
        if !connected || !Etcd::of(cx, set.id())?.is_sound() {
            return Ok(Verdict::SKIP);
        }
        let cluster = cluster_of(&set.metadata)?.to_owned();
        output
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), cluster);
        output.spec.conditions = vec![
            passed(ConditionType::WireguardConnection),
            passed(ConditionType::Etcd),
        ];
        Ok(Verdict::DONE)
    }
}

fn passed(check: ConditionType) -> Condition {
    let mut condition = Condition::default();
    condition.set_type(check);
    condition.set_status(Status::Ready);
    condition.set_severity(Severity::Info);
    condition
}
