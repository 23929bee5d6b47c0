//! Whether the etcd of a cluster was bootstrapped, and the order to do it: once, on the first control plane that stays.
//!
//! A cluster that was imported has one already, one that is restored waits for its backup. The control planes' machine set is held,
//! so that a cluster which loses it counts as not bootstrapped before the set is gone.

use omni_api::kind::{ClusterEndpoint, ClusterStatus, MachineSet};
use omni_api::selector::Term;
use omni_api::{Resource, kind, labels};

use crate::controllers::backup::Recovered;
use crate::controllers::common::{cluster_of_control_plane, control_planes_of};
use crate::controllers::reports::cluster_of_reporting_control_plane;
use crate::engine::{Context, Error, Input, Output, Transform, Verdict};
use crate::machines::workload::WorkloadSpec;
use crate::machines::{Desired, Observed, Workload};
use crate::store::Query;

/// Bootstraps clusters.
#[derive(Debug)]
pub(super) struct ClusterBootstrapStatus;

impl Transform for ClusterBootstrapStatus {
    type In = ClusterStatus;
    type Out = kind::ClusterBootstrapStatus;
    const NAME: &'static str = "ClusterBootstrapStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<ClusterEndpoint>(),
            Input::mapped::<MachineSet>(cluster_of_control_plane),
            Input::mapped::<Observed>(cluster_of_reporting_control_plane),
            Input::quiet::<kind::ClusterMachineStatus>(),
            Input::quiet::<kind::MachineSetNode>(),
            Input::by_id::<Recovered>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<Desired>(), Output::shared::<Workload>()]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        status: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let set = cx.get::<MachineSet>(&control_planes_of(status.id()))?;
        let Some(set) = set.filter(|set| !set.metadata.tearing_down()) else {
            output.spec.bootstrapped = false;
            cx.release::<MachineSet>(&control_planes_of(status.id()))?;
            return Ok(Verdict::DONE);
        };
        cx.hold::<MachineSet>(set.id())?;
        let reachable = status.spec.available && status.spec.has_connected_control_planes;
        let imported = labels::CLUSTER_TAINTED_BY_IMPORTING;
        if !output.spec.bootstrapped && reachable {
            output.spec.bootstrapped =
                status.metadata.label(imported).is_some() || begin(cx, status.id(), &set)?;
        }
        Ok(Verdict::DONE)
    }

    fn finalize(&self, cx: &Context<'_>, status: &Resource<Self::In>) -> Result<bool, Error> {
        cx.release::<MachineSet>(&control_planes_of(status.id()))?;
        Ok(true)
    }
}

/// Begins the etcd: with nothing in it, or with what a backup brings back, as soon as that is there.
fn begin(cx: &Context<'_>, cluster: &str, set: &Resource<MachineSet>) -> Result<bool, Error> {
    let objects = match &set.spec.bootstrap_spec {
        None => Vec::new(),
        Some(wanted) => {
            let recovered = cx.get::<Recovered>(cluster)?;
            match recovered.filter(|it| it.spec.fetched && it.spec.is_of(wanted)) {
                None => return Ok(false),
                Some(recovered) => recovered.spec.objects.clone(),
            }
        }
    };
    let begun = bootstrap(cx, cluster)?;
    if begun && (!objects.is_empty() || cx.get::<Workload>(cluster)?.is_some()) {
        cx.put_for_user::<Workload>(cluster, |workload| {
            workload.spec = WorkloadSpec {
                objects: objects.clone(),
                ..WorkloadSpec::default()
            };
        })?;
    }
    Ok(begun)
}

/// Tells the first control plane to bootstrap etcd, as soon as it runs its configuration; whether it was told.
fn bootstrap(cx: &Context<'_>, cluster: &str) -> Result<bool, Error> {
    let Some(machine) = first(cx, cluster)? else {
        return Ok(false);
    };
    let observed = cx.get::<Observed>(&machine)?;
    let member =
        observed.is_some_and(|observed| observed.spec.connected && observed.spec.member.is_some());
    if member {
        cx.put_for_user::<Desired>(&machine, |desired| desired.spec.bootstrap = true)?;
    }
    Ok(member)
}

/// The control plane that bootstraps: the one that was told before a crash, otherwise the first of the cluster's endpoints that is
/// to stay. So two machines are never told to.
///
/// Omni takes the first endpoint in any case. One that has lost its node before it was configured is never configured, and a
/// cluster with that endpoint in the first place is never bootstrapped there; here it is.
fn first(cx: &Context<'_>, cluster: &str) -> Result<Option<String>, Error> {
    let endpoint = cx.get::<ClusterEndpoint>(cluster)?;
    let addresses = endpoint.map(|endpoint| endpoint.spec.management_addresses.clone());
    let control_planes = Query::cluster(cluster).and(Term::exists(labels::CONTROL_PLANE_ROLE));
    let machines = cx.list::<kind::ClusterMachineStatus>(&control_planes)?;
    let mut staying = None;
    for address in addresses.unwrap_or_default() {
        let at_address = |machine: &&std::sync::Arc<Resource<kind::ClusterMachineStatus>>| {
            machine.spec.management_address == address
        };
        let Some(machine) = machines.iter().find(at_address) else {
            continue;
        };
        let desired = cx.get::<Desired>(machine.id())?;
        if desired.is_some_and(|desired| desired.spec.bootstrap) {
            return Ok(Some(machine.id().to_owned()));
        }
        if staying.is_none() && cx.running::<kind::MachineSetNode>(machine.id())?.is_some() {
            staying = Some(machine.id().to_owned());
        }
    }
    Ok(staying)
}
