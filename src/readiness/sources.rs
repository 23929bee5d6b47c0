//! Where an [`Observed`] comes from: one watch per kind, or one list per kind.

use omni_api::{Kind, Resource, kind};
use omni_client::watch::Mirror;
use omni_client::{Client, Error, Query};

use super::observed::{ById, Observed};

/// Live views of everything that readiness is judged by, for one cluster.
pub struct Sources {
    cluster: Mirror<kind::Cluster>,
    cluster_status: Mirror<kind::ClusterStatus>,
    machine_sets: Mirror<kind::MachineSet>,
    machine_set_statuses: Mirror<kind::MachineSetStatus>,
    machine_set_nodes: Mirror<kind::MachineSetNode>,
    machines: Mirror<kind::ClusterMachineStatus>,
    machine_requests: Mirror<kind::ClusterMachineRequestStatus>,
    control_planes: Mirror<kind::ControlPlaneStatus>,
    load_balancer: Mirror<kind::LoadBalancerStatus>,
    talos_upgrade: Mirror<kind::TalosUpgradeStatus>,
    kubernetes_upgrade: Mirror<kind::KubernetesUpgradeStatus>,
}

/// Waits for a change in any of the views.
macro_rules! any_changed {
    ($sources:ident: $($field:ident),*) => {
        tokio::select! { $(changed = $sources.$field.changed() => changed,)* }
    };
}

/// Waits until every view is complete.
macro_rules! all_complete {
    ($sources:ident: $($field:ident),*) => {
        $($sources.$field.wait_for(|_| Some(())).await?;)*
    };
}

// === impl Sources ===

impl Sources {
    /// Watches a cluster. Answers when the first contents are complete.
    ///
    /// # Errors
    /// What ends a watch for good: the key, the role, a server that does not come back.
    pub async fn watch(client: &Client, cluster: &str) -> Result<Self, Error> {
        let labelled = Query::cluster(cluster);
        let state = client.state();
        let mut sources = Self {
            cluster: state.watch_one(cluster).mirror(),
            cluster_status: state.watch_one(cluster).mirror(),
            machine_sets: state.watch(&labelled).mirror(),
            machine_set_statuses: state.watch(&labelled).mirror(),
            machine_set_nodes: state.watch(&labelled).mirror(),
            machines: state.watch(&labelled).mirror(),
            machine_requests: state.watch(&labelled).mirror(),
            control_planes: state.watch(&labelled).mirror(),
            load_balancer: state.watch_one(cluster).mirror(),
            talos_upgrade: state.watch_one(cluster).mirror(),
            kubernetes_upgrade: state.watch_one(cluster).mirror(),
        };
        all_complete!(sources: cluster, cluster_status, machine_sets, machine_set_statuses, machine_set_nodes, machines,
            machine_requests, control_planes, load_balancer, talos_upgrade, kubernetes_upgrade);
        Ok(sources)
    }

    /// Waits until something changes.
    ///
    /// # Errors
    /// What ended a watch.
    pub async fn changed(&mut self) -> Result<(), Error> {
        any_changed!(self: cluster, cluster_status, machine_sets, machine_set_statuses, machine_set_nodes, machines,
            machine_requests, control_planes, load_balancer, talos_upgrade, kubernetes_upgrade)
    }

    /// The cluster as it is now.
    pub fn look(&self) -> Observed {
        Observed {
            cluster: only(&self.cluster),
            cluster_status: only(&self.cluster_status),
            machine_sets: all(&self.machine_sets),
            machine_set_statuses: all(&self.machine_set_statuses),
            machine_set_nodes: all(&self.machine_set_nodes),
            machines: all(&self.machines),
            machine_requests: all(&self.machine_requests),
            control_planes: all(&self.control_planes),
            load_balancer: only(&self.load_balancer),
            talos_upgrade: only(&self.talos_upgrade),
            kubernetes_upgrade: only(&self.kubernetes_upgrade),
        }
    }
}

/// Reads a cluster once.
///
/// # Errors
/// Those of the reads.
pub async fn read(client: &Client, cluster: &str) -> Result<Observed, Error> {
    let state = client.state();
    Ok(Observed {
        cluster: state.find(cluster).await?,
        cluster_status: state.find(cluster).await?,
        machine_sets: list(client, cluster).await?,
        machine_set_statuses: list(client, cluster).await?,
        machine_set_nodes: list(client, cluster).await?,
        machines: list(client, cluster).await?,
        machine_requests: list(client, cluster).await?,
        control_planes: list(client, cluster).await?,
        load_balancer: state.find(cluster).await?,
        talos_upgrade: state.find(cluster).await?,
        kubernetes_upgrade: state.find(cluster).await?,
    })
}

async fn list<K: Kind>(client: &Client, cluster: &str) -> Result<ById<K>, Error> {
    let all = client.state().list::<K>(&Query::cluster(cluster)).await?;
    Ok(all
        .into_iter()
        .map(|resource| (resource.id().to_owned(), resource))
        .collect())
}

fn only<K: Kind>(mirror: &Mirror<K>) -> Option<Resource<K>> {
    mirror.look(|world| {
        world
            .iter()
            .next()
            .map(|resource| Resource::clone(resource))
    })
}

fn all<K: Kind>(mirror: &Mirror<K>) -> ById<K> {
    mirror.look(|world| {
        world
            .iter()
            .map(|resource| (resource.id().to_owned(), Resource::clone(resource)))
            .collect()
    })
}
