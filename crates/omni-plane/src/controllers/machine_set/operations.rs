//! The machines of a set come and go: one for every node, and never a control plane too many at once.
//!
//! # Rules
//! * Control planes: all that are missing are created first; nothing goes meanwhile. Then one goes at a time, only while the
//!   load balancer is healthy and etcd keeps its quorum without it. So the last one never goes by itself.
//! * Workers come at once, and go as many at a time as the delete strategy allows: all without one, none with an explicit 0.
//! * A set on its way out takes all its machines along, whatever their role.
//! * A locked cluster stands still.

use std::sync::Arc;

use omni_api::kind::{
    Cluster, ClusterMachine, LoadBalancerStatus, Machine, MachineSet, MachineSetNode,
};
use omni_api::specs::MachineSetSpec;
use omni_api::specs::machine_set_spec::{UpdateStrategy, UpdateStrategyConfig};
use omni_api::{Resource, labels};

use super::etcd::Etcd;
use super::members::Members;
use crate::controllers::common::{cluster_of, copy_labels, is_control_plane, is_locked};
use crate::engine::{Context, Error};

/// Takes the next steps for a set's machines.
///
/// # Errors
/// Those of the context.
pub(super) fn operate(
    cx: &Context<'_>,
    set: &Resource<MachineSet>,
    members: &Members,
) -> Result<(), Error> {
    hold(cx, members)?;
    let metadata = &set.metadata;
    let cluster = cluster_of(metadata)?;
    if is_locked(cx, cluster)? {
        return Ok(());
    }
    let leaving = &members.to_teardown;
    if metadata.tearing_down() {
        destroy(cx, members)?;
        teardown(cx, leaving)
    } else if is_control_plane(metadata) {
        operate_control_planes(cx, set, members, cluster)
    } else {
        destroy(cx, members)?;
        create(cx, set, members, cluster)?;
        teardown(
            cx,
            leaving.iter().take(allowance(&set.spec, members.leaving)),
        )
    }
}

fn operate_control_planes(
    cx: &Context<'_>,
    set: &Resource<MachineSet>,
    members: &Members,
    cluster: &str,
) -> Result<(), Error> {
    if !members.to_create.is_empty() {
        return create(cx, set, members, cluster);
    }
    if !members.to_destroy.is_empty() {
        return destroy(cx, members);
    }
    let balancer = cx.get::<LoadBalancerStatus>(cluster)?;
    let reachable = balancer.is_some_and(|balancer| balancer.spec.healthy);
    if members.leaving > 0 || !reachable {
        return Ok(());
    }
    if let Some(next) = members.to_teardown.first()
        && Etcd::of(cx, set.id())?.can_lose(next)
    {
        teardown(cx, [next])?;
    }
    Ok(())
}

/// Holds the nodes of a running set and the machines behind its cluster machines.
fn hold(cx: &Context<'_>, members: &Members) -> Result<(), Error> {
    for node in &members.nodes_to_release {
        cx.release::<MachineSetNode>(node)?;
    }
    for node in &members.nodes_to_hold {
        cx.hold::<MachineSetNode>(node)?;
    }
    for machine in &members.machines_to_hold {
        cx.hold::<Machine>(machine)?;
    }
    Ok(())
}

fn create(
    cx: &Context<'_>,
    set: &Resource<MachineSet>,
    members: &Members,
    cluster: &str,
) -> Result<(), Error> {
    let Some(cluster) = cx.get::<Cluster>(cluster)? else {
        return Ok(());
    };
    for id in &members.to_create {
        cx.put::<ClusterMachine>(id, |machine| {
            let roles = [
                labels::CLUSTER,
                labels::WORKER_ROLE,
                labels::CONTROL_PLANE_ROLE,
            ];
            copy_labels(&set.metadata, &mut machine.metadata, &roles);
            machine
                .metadata
                .labels
                .insert(labels::MACHINE_SET.into(), set.id().into());
            machine
                .spec
                .kubernetes_version
                .clone_from(&cluster.spec.kubernetes_version);
        })?;
    }
    Ok(())
}

fn teardown<'a>(
    cx: &Context<'_>,
    machines: impl IntoIterator<Item = &'a Arc<str>>,
) -> Result<(), Error> {
    machines
        .into_iter()
        .try_for_each(|id| cx.teardown_for::<ClusterMachine>(cx.controller(), id))
}

fn destroy(cx: &Context<'_>, members: &Members) -> Result<(), Error> {
    for id in &members.to_destroy {
        cx.remove::<ClusterMachine>(id)?;
        cx.release::<Machine>(id)?;
    }
    Ok(())
}

/// How many more workers may go now.
fn allowance(set: &MachineSetSpec, leaving: usize) -> usize {
    match parallelism(set.delete_strategy(), set.delete_strategy_config.as_ref()) {
        None => usize::MAX,
        Some(most) => most.saturating_sub(leaving),
    }
}

/// How many machines a strategy allows at once; `None` where it sets no limit.
pub(crate) fn parallelism(
    strategy: UpdateStrategy,
    config: Option<&UpdateStrategyConfig>,
) -> Option<usize> {
    if strategy != UpdateStrategy::Rolling {
        return None;
    }
    let rolling = config.and_then(|config| config.rolling.as_ref());
    Some(rolling.map_or(1, |rolling| {
        usize::try_from(rolling.max_parallelism).unwrap_or(usize::MAX)
    }))
}
