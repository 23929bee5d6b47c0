//! The machines of a set come and go: one for every node, and never a control plane too many at once.
//!
//! # Rules
//! * Control planes: all that are missing are created first; nothing goes meanwhile. Then one goes at a time, only while the
//!   load balancer is healthy and etcd keeps its quorum without it. So the last one never goes by itself.
//! * Workers come at once, and go as many at a time as the delete strategy allows: all without one, none with an explicit 0.
//! * A set on its way out takes all its machines along, whatever their role.
//! * A locked cluster stands still.

use std::sync::Arc;

use omni_api::kind::{Cluster, ClusterMachine, LoadBalancerStatus, Machine, MachineSetNode};
use omni_api::labels;
use omni_api::specs::MachineSetSpec;
use omni_api::specs::machine_set_spec::{UpdateStrategy, UpdateStrategyConfig};

use super::etcd::Etcd;
use super::members::Members;
use crate::controllers::common::{cluster_of, copy_labels, is_control_plane, is_held, is_locked};
use crate::engine::{Context, Error};

/// Takes the next steps for a set's machines.
///
/// # Errors
/// Those of the context.
pub(super) fn operate(cx: &Context<'_>, members: &Members) -> Result<(), Error> {
    hold(cx, members)?;
    let metadata = &members.set.metadata;
    let cluster = cluster_of(metadata)?;
    if is_locked(cx, cluster)? {
        return Ok(());
    }
    if metadata.tearing_down() {
        destroy(cx, members)?;
        teardown(cx, &members.to_teardown())
    } else if is_control_plane(metadata) {
        operate_control_planes(cx, members, cluster)
    } else {
        destroy(cx, members)?;
        create(cx, members, cluster)?;
        let leaving = members.to_teardown();
        let allowed = allowance(&members.set.spec, members.tearing_down()).min(leaving.len());
        teardown(cx, &leaving[..allowed])
    }
}

fn operate_control_planes(cx: &Context<'_>, members: &Members, cluster: &str) -> Result<(), Error> {
    if !members.to_create().is_empty() {
        return create(cx, members, cluster);
    }
    if !members.to_destroy().is_empty() {
        return destroy(cx, members);
    }
    let balancer = cx.get::<LoadBalancerStatus>(cluster)?;
    let reachable = balancer.is_some_and(|balancer| balancer.spec.healthy);
    if members.tearing_down() > 0 || !reachable {
        return Ok(());
    }
    if let Some(next) = members.to_teardown().first()
        && Etcd::of(cx, members.set.id())?.can_lose(next)
    {
        teardown(cx, std::slice::from_ref(next))?;
    }
    Ok(())
}

/// Holds the nodes of a running set and the machines behind its cluster machines.
fn hold(cx: &Context<'_>, members: &Members) -> Result<(), Error> {
    for node in members.nodes.values() {
        let leaves = node.metadata.tearing_down() || members.set.metadata.tearing_down();
        let held = is_held(&node.metadata, cx.controller());
        match (leaves, held) {
            (true, true) => cx.release::<MachineSetNode>(node.id())?,
            (false, false) => cx.hold::<MachineSetNode>(node.id())?,
            (true, false) | (false, true) => continue,
        };
    }
    for machine in members
        .machines
        .values()
        .filter(|machine| !machine.metadata.tearing_down())
    {
        let known = cx.running::<Machine>(machine.id())?;
        if known.is_some_and(|known| !is_held(&known.metadata, cx.controller())) {
            cx.hold::<Machine>(machine.id())?;
        }
    }
    Ok(())
}

fn create(cx: &Context<'_>, members: &Members, cluster: &str) -> Result<(), Error> {
    let Some(cluster) = cx.get::<Cluster>(cluster)? else {
        return Ok(());
    };
    let set = &members.set;
    for id in members.to_create() {
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

fn teardown(cx: &Context<'_>, machines: &[Arc<str>]) -> Result<(), Error> {
    machines
        .iter()
        .try_for_each(|id| cx.teardown_for::<ClusterMachine>(cx.controller(), id))
}

fn destroy(cx: &Context<'_>, members: &Members) -> Result<(), Error> {
    for id in members.to_destroy() {
        cx.remove::<ClusterMachine>(&id)?;
        cx.release::<Machine>(&id)?;
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
