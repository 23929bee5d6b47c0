//! Waiting, on watches: for readiness, for an upgrade, for a machine to leave.
//!
//! Contract: nothing here polls; every change of what is missing goes to Terraform's log; an end before success says what was
//! missing then and which timeout to raise. The settle time is wall-clock time: it covers the 30 to 60 ms in which a server still
//! shows the old "ready" after a change, and is not scaled by the plane's speed.

use std::time::Duration;

use omni_api::{Kind, Resource, kind, labels};
use omni_client::query::{Labels, Query};
use omni_client::watch::Event;
use omni_client::{Client, Error};
use tfplugin::objects::{Cx, Interrupted};
use tfplugin::{Diagnostic, Diagnostics};

use super::sources::{self, Sources};
use super::{Blocker, Observed, Subject, Wanted, blockers};
use crate::session::{Session, explain};

/// How long a cluster must have been ready without a break, unless the user says otherwise.
pub const SETTLE: Duration = Duration::from_secs(2);

/// How many blockers a message names.
const NAMED: usize = 8;

/// Waits until a cluster is ready and has been so for the settle time.
///
/// # Errors
/// What is missing where the wait ends early; any error of the server.
pub async fn ready(
    cx: &Cx<Session>,
    client: &Client,
    cluster: &str,
    wanted: &Wanted,
    settle: Duration,
) -> Result<(), Diagnostics> {
    until(cx, client, cluster, settle, |observed| {
        blockers(observed, wanted)
    })
    .await
}

/// Waits until both upgrades of a cluster are done. A cluster without machines has nothing to upgrade.
///
/// # Errors
/// As [`ready`].
pub async fn upgraded(
    cx: &Cx<Session>,
    client: &Client,
    cluster: &str,
    wanted: &Wanted,
) -> Result<(), Diagnostics> {
    let missing = |observed: &Observed| {
        if observed.machines.is_empty() && observed.machine_set_nodes.is_empty() {
            return Vec::new();
        }
        let all = blockers(observed, wanted);
        let upgrades = |blocker: &Blocker| {
            matches!(
                blocker.subject,
                Subject::TalosUpgrade | Subject::KubernetesUpgrade | Subject::Cluster
            )
        };
        if all.iter().any(upgrades) {
            all
        } else {
            Vec::new()
        }
    };
    until(cx, client, cluster, SETTLE, missing).await
}

/// Reads a cluster once, for a view of it.
///
/// # Errors
/// Those of the reads.
pub async fn look(client: &Client, cluster: &str) -> Result<Observed, Error> {
    sources::read(client, cluster).await
}

/// Waits until a resource exists.
///
/// # Errors
/// What ends a watch for good.
pub async fn appeared<K: Kind>(client: &Client, id: &str) -> Result<Resource<K>, Error> {
    let mut watch = client.state().watch_one::<K>(id);
    loop {
        if let Event::Created(resource) | Event::Updated { new: resource, .. } =
            watch.next().await?
        {
            return Ok(Resource::clone(&resource));
        }
    }
}

/// Waits until a resource is gone or nobody holds it any more.
///
/// # Errors
/// What ends a watch for good.
pub async fn released<K: Kind>(client: &Client, id: &str) -> Result<(), Error> {
    let mut mirror = client.state().watch_one::<K>(id).mirror();
    let free = |resource: &Resource<K>| resource.metadata.finalizers.is_empty();
    mirror
        .wait_for(|world| world.iter().all(|resource| free(resource)).then_some(()))
        .await
}

/// Waits until a machine has left a cluster: its `ClusterMachine` is gone or belongs to another cluster.
///
/// The last machine of a control plane is never reset by removing its node; it waits for its machine set. Where that is what is left,
/// this ends, and the delete of the set waits.
///
/// # Errors
/// What holds the machine where the wait ends early; any error of the server.
pub async fn machine_left(
    cx: &Cx<Session>,
    client: &Client,
    id: &str,
    set: &str,
    cluster: &str,
) -> Result<(), Diagnostics> {
    let failed = |error| explain::failed(&format!("watch the machine {id:?} leave"), &error);
    let of_set = Query::from(Labels::new().equal(labels::MACHINE_SET, set));
    let mut machines = client
        .state()
        .watch::<kind::ClusterMachine>(&of_set)
        .mirror();
    let mut nodes = client
        .state()
        .watch::<kind::MachineSetNode>(&of_set)
        .mirror();
    let left = async {
        nodes.wait_for(|_| Some(())).await?;
        machines.wait_for(|_| Some(())).await?;
        loop {
            let remaining = nodes.look(|world| {
                world
                    .iter()
                    .filter(|node| !node.metadata.tearing_down())
                    .count()
            });
            let done = machines.look(|world| match world.get(id) {
                None => true,
                Some(machine) if machine.metadata.label(labels::CLUSTER) != Some(cluster) => true,
                Some(machine) => {
                    let control_plane = machine
                        .metadata
                        .labels
                        .contains_key(labels::CONTROL_PLANE_ROLE);
                    control_plane && remaining == 0 && world.len() == 1
                }
            });
            if done {
                return Ok(());
            }
            tokio::select! {
                changed = machines.changed() => changed?,
                changed = nodes.changed() => changed?,
            }
        }
    };
    match cx.wait(left).await {
        Ok(result) => Ok(result.map_err(failed)?),
        Err(why) => {
            let blocked = destroy_blockers(client, cluster).await;
            Err(
                Diagnostic::error(format!("The machine {id} has not left the cluster yet"))
                    .detail(format!("{}. {blocked}", capital(&why.to_string())))
                    .remedy(remedy(why, "delete"))
                    .into(),
            )
        }
    }
}

/// What holds a cluster or a part of it that is being destroyed, in sentences.
pub async fn destroy_blockers(client: &Client, cluster: &str) -> String {
    let Ok(observed) = look(client, cluster).await else {
        return "What holds it could not be read.".to_owned();
    };
    let holding: Vec<String> = observed
        .machines
        .iter()
        .map(|(id, machine)| holds(id, machine))
        .take(NAMED)
        .collect();
    match observed.machines.len() {
        0 => "Its machines have left; Omni is still removing what belongs to it.".to_owned(),
        count if count > NAMED => format!(
            "It waits for {count} machines, among them: {}.",
            holding.join("; ")
        ),
        _ => format!("It waits for: {}.", holding.join("; ")),
    }
}

fn holds(id: &str, machine: &Resource<kind::ClusterMachineStatus>) -> String {
    let stage = machine.spec.stage().as_str_name();
    if machine
        .metadata
        .labels
        .contains_key(labels::MACHINE_CONNECTED)
    {
        return format!("machine {id} (stage {stage})");
    }
    format!(
        "machine {id}, which is not connected: it blocks until it comes back, its link is removed (`omnictl delete link {id}`) or a forced \
         destroy is asked for"
    )
}

/// Waits until nothing is missing and nothing has been missing for the settle time.
async fn until(
    cx: &Cx<Session>,
    client: &Client,
    cluster: &str,
    settle: Duration,
    missing: impl Fn(&Observed) -> Vec<Blocker>,
) -> Result<(), Diagnostics> {
    let failed = |error| explain::failed(&format!("watch the cluster {cluster:?}"), &error);
    let mut last = Vec::new();
    let waited = async {
        let mut sources = Sources::watch(client, cluster).await?;
        loop {
            let now = missing(&sources.look());
            if now != last {
                log(cluster, &now);
                last.clone_from(&now);
            }
            if now.is_empty() {
                // Any change starts the settle time anew, because the predicate is judged again.
                tokio::select! {
                    () = tokio::time::sleep(settle) => return Ok(()),
                    changed = sources.changed() => changed?,
                }
            } else {
                sources.changed().await?;
            }
        }
    };
    match cx.wait(waited).await {
        Ok(result) => Ok(result.map_err(failed)?),
        Err(why) => Err(not_ready(cluster, why, &last).into()),
    }
}

fn log(cluster: &str, missing: &[Blocker]) {
    match missing {
        [] => tracing::info!(cluster, "ready; waiting for it to stay so"),
        [first, rest @ ..] => tracing::info!(cluster, more = rest.len(), "waiting: {first}"),
    }
}

fn not_ready(cluster: &str, why: Interrupted, missing: &[Blocker]) -> Diagnostic {
    let named: Vec<String> = missing
        .iter()
        .take(NAMED)
        .map(|blocker| format!("  - {blocker}"))
        .collect();
    let more = missing.len().saturating_sub(NAMED);
    let more = if more == 0 {
        String::new()
    } else {
        format!("\n  - and {more} more")
    };
    let verb = match why {
        Interrupted::TimedOut { verb, .. } => verb.name(),
        Interrupted::Cancelled => "create",
    };
    Diagnostic::error(format!("The cluster {cluster:?} is not ready"))
        .detail(format!(
            "{}. Missing:\n{}{more}",
            capital(&why.to_string()),
            named.join("\n")
        ))
        .remedy(remedy(why, verb))
}

fn remedy(why: Interrupted, verb: &str) -> String {
    match why {
        Interrupted::Cancelled => {
            "Nothing is lost: run the same command again to go on waiting.".to_owned()
        }
        Interrupted::TimedOut { .. } => {
            format!(
                "Mend what is named above, or raise `timeouts.{verb}` where it only takes longer, and run the same command again."
            )
        }
    }
}

/// The text with a capital first letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
