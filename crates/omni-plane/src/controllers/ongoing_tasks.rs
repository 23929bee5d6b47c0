//! What is going on, for people who look at the whole account: destructions, upgrades, rotations of secrets.
//!
//! The id to reconcile is the task's: the cluster's name and what is done to it.

use omni_api::Metadata;
use omni_api::kind::{
    ClusterDestroyStatus, ClusterSecretsRotationStatus, KubernetesUpgradeStatus, OngoingTask,
    TalosUpgradeStatus,
};
use omni_api::specs::ongoing_task_spec::Details;
use std::sync::Arc;

use crate::Store;
use crate::engine::{Context, Controller, Error, Input, Next, Output};

/// Lists tasks.
#[derive(Debug)]
pub(super) struct OngoingTasks;

const DESTROY: &str = "-destroy";
const TALOS: &str = "-talos-update";
const KUBERNETES: &str = "-kubernetes-update";
const ROTATION: &str = "-secret-rotation";

impl Controller for OngoingTasks {
    fn name(&self) -> &'static str {
        "OngoingTaskController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<ClusterDestroyStatus>(destruction),
            Input::mapped::<TalosUpgradeStatus>(talos_update),
            Input::mapped::<KubernetesUpgradeStatus>(kubernetes_update),
            Input::mapped::<ClusterSecretsRotationStatus>(rotation),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<OngoingTask>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        if let Some((cluster, title, details)) = task(cx, id)? {
            cx.put::<OngoingTask>(id, |task| {
                task.spec.title = format!("{title} {cluster}");
                cluster.clone_into(&mut task.spec.resource_id);
                task.spec.details = Some(details.clone());
            })?;
        } else if cx.get::<OngoingTask>(id)?.is_some() {
            cx.remove::<OngoingTask>(id)?;
        }
        Ok(Next::Done)
    }
}

/// The cluster, the title before its name, and the details of a task that is going on.
fn task<'a>(
    cx: &Context<'_>,
    id: &'a str,
) -> Result<Option<(&'a str, &'static str, Details)>, Error> {
    if let Some(cluster) = id.strip_suffix(DESTROY)
        && let Some(status) = cx.running::<ClusterDestroyStatus>(cluster)?
    {
        return Ok(Some((
            cluster,
            "Destroying Cluster",
            Details::Destroy(status.spec.clone()),
        )));
    }
    if let Some(cluster) = id.strip_suffix(TALOS)
        && let Some(status) = cx.running::<TalosUpgradeStatus>(cluster)?
        && !status.spec.status.is_empty()
    {
        return Ok(Some((
            cluster,
            "Updating Cluster",
            Details::TalosUpgrade(status.spec.clone()),
        )));
    }
    if let Some(cluster) = id.strip_suffix(KUBERNETES)
        && let Some(status) = cx.running::<KubernetesUpgradeStatus>(cluster)?
        && !status.spec.step.is_empty()
    {
        return Ok(Some((
            cluster,
            "Updating Cluster",
            Details::KubernetesUpgrade(status.spec.clone()),
        )));
    }
    if let Some(cluster) = id.strip_suffix(ROTATION)
        && let Some(status) = cx.running::<ClusterSecretsRotationStatus>(cluster)?
        && !status.spec.status.is_empty()
    {
        return Ok(Some((
            cluster,
            "Rotating Secret for Cluster",
            Details::SecretsRotation(status.spec.clone()),
        )));
    }
    Ok(None)
}

fn destruction(_: &Store, status: &Metadata) -> Vec<Arc<str>> {
    vec![format!("{}{DESTROY}", status.id).into()]
}

fn talos_update(_: &Store, status: &Metadata) -> Vec<Arc<str>> {
    vec![format!("{}{TALOS}", status.id).into()]
}

fn kubernetes_update(_: &Store, status: &Metadata) -> Vec<Arc<str>> {
    vec![format!("{}{KUBERNETES}", status.id).into()]
}

fn rotation(_: &Store, status: &Metadata) -> Vec<Arc<str>> {
    vec![format!("{}{ROTATION}", status.id).into()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::World;

    #[test]
    fn a_task_lasts_as_long_as_its_status_says_so() {
        let mut world = World::of(vec![Box::new(OngoingTasks)]);
        let upgrade = |world: &World, status: &str| {
            world.other::<TalosUpgradeStatus>("a-destroy", |upgrade| {
                upgrade.spec.status = status.into();
            });
        };
        upgrade(&world, "updating");
        world.other::<ClusterDestroyStatus>("b", |_| {});
        world.settle();
        let titles: Vec<_> = world
            .all::<OngoingTask>()
            .into_iter()
            .map(|task| task.spec.title)
            .collect();
        assert_eq!(
            titles,
            ["Updating Cluster a-destroy", "Destroying Cluster b"]
        );
        upgrade(&world, "");
        world.settle();
        assert_eq!(world.ids::<OngoingTask>(), ["b-destroy"]);
    }
}
