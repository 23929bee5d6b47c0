//! Where an [`Observed`] comes from: one watch per kind, or one list per kind, for one cluster or for all of them.

use std::collections::BTreeMap;

use omni_api::{Kind, Resource, kind, labels};
use omni_client::watch::Mirror;
use omni_client::{Client, Error, Query};

use super::observed::{ById, Observed};

/// Live views of everything that readiness is judged by, for one cluster or for all.
pub struct Sources {
    cluster: Mirror<kind::Cluster>,
    cluster_status: Mirror<kind::ClusterStatus>,
    machine_sets: Mirror<kind::MachineSet>,
    machine_set_statuses: Mirror<kind::MachineSetStatus>,
    machine_set_nodes: Mirror<kind::MachineSetNode>,
    machines: Mirror<kind::ClusterMachineStatus>,
    extensions: Mirror<kind::MachineExtensionsStatus>,
    kernel_args: Mirror<kind::KernelArgsStatus>,
    machine_requests: Mirror<kind::ClusterMachineRequestStatus>,
    control_planes: Mirror<kind::ControlPlaneStatus>,
    load_balancer: Mirror<kind::LoadBalancerStatus>,
    talos_upgrade: Mirror<kind::TalosUpgradeStatus>,
    kubernetes_upgrade: Mirror<kind::KubernetesUpgradeStatus>,
}

/// Clusters while they are sorted out.
#[derive(Default)]
struct Fleet(BTreeMap<String, Observed>);

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
        let sources = Self {
            cluster: state.watch_one(cluster).mirror(),
            cluster_status: state.watch_one(cluster).mirror(),
            machine_sets: state.watch(&labelled).mirror(),
            machine_set_statuses: state.watch(&labelled).mirror(),
            machine_set_nodes: state.watch(&labelled).mirror(),
            machines: state.watch(&labelled).mirror(),
            extensions: state.watch(&labelled).mirror(),
            kernel_args: state.watch(&labelled).mirror(),
            machine_requests: state.watch(&labelled).mirror(),
            control_planes: state.watch(&labelled).mirror(),
            load_balancer: state.watch_one(cluster).mirror(),
            talos_upgrade: state.watch_one(cluster).mirror(),
            kubernetes_upgrade: state.watch_one(cluster).mirror(),
        };
        sources.complete().await
    }

    /// Watches all clusters. Answers when the first contents are complete.
    ///
    /// # Errors
    /// As [`watch`](Self::watch).
    pub async fn watch_all(client: &Client) -> Result<Self, Error> {
        let (all, state) = (Query::all(), client.state());
        let sources = Self {
            cluster: state.watch(&all).mirror(),
            cluster_status: state.watch(&all).mirror(),
            machine_sets: state.watch(&all).mirror(),
            machine_set_statuses: state.watch(&all).mirror(),
            machine_set_nodes: state.watch(&all).mirror(),
            machines: state.watch(&all).mirror(),
            extensions: state.watch(&all).mirror(),
            kernel_args: state.watch(&all).mirror(),
            machine_requests: state.watch(&all).mirror(),
            control_planes: state.watch(&all).mirror(),
            load_balancer: state.watch(&all).mirror(),
            talos_upgrade: state.watch(&all).mirror(),
            kubernetes_upgrade: state.watch(&all).mirror(),
        };
        sources.complete().await
    }

    async fn complete(mut self) -> Result<Self, Error> {
        all_complete!(self: cluster, cluster_status, machine_sets, machine_set_statuses, machine_set_nodes, machines,
            extensions, kernel_args, machine_requests, control_planes, load_balancer, talos_upgrade, kubernetes_upgrade);
        Ok(self)
    }

    /// Waits until something changes.
    ///
    /// # Errors
    /// What ended a watch.
    pub async fn changed(&mut self) -> Result<(), Error> {
        any_changed!(self: cluster, cluster_status, machine_sets, machine_set_statuses, machine_set_nodes, machines,
            extensions, kernel_args, machine_requests, control_planes, load_balancer, talos_upgrade, kubernetes_upgrade)
    }

    /// All clusters as they are now, by name.
    pub fn look_all(&self) -> BTreeMap<String, Observed> {
        let mut fleet = Fleet::default();
        fleet.ones(copies(&self.cluster), |one| &mut one.cluster);
        fleet.ones(copies(&self.cluster_status), |one| &mut one.cluster_status);
        fleet.parts(copies(&self.machine_sets), |one| &mut one.machine_sets);
        fleet.parts(copies(&self.machine_set_statuses), |one| {
            &mut one.machine_set_statuses
        });
        fleet.parts(copies(&self.machine_set_nodes), |one| {
            &mut one.machine_set_nodes
        });
        fleet.parts(copies(&self.machines), |one| &mut one.machines);
        fleet.parts(copies(&self.extensions), |one| &mut one.extensions);
        fleet.parts(copies(&self.kernel_args), |one| &mut one.kernel_args);
        fleet.parts(copies(&self.machine_requests), |one| {
            &mut one.machine_requests
        });
        fleet.parts(copies(&self.control_planes), |one| &mut one.control_planes);
        fleet.ones(copies(&self.load_balancer), |one| &mut one.load_balancer);
        fleet.ones(copies(&self.talos_upgrade), |one| &mut one.talos_upgrade);
        fleet.ones(copies(&self.kubernetes_upgrade), |one| {
            &mut one.kubernetes_upgrade
        });
        fleet.clusters()
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
            extensions: all(&self.extensions),
            kernel_args: all(&self.kernel_args),
            machine_requests: all(&self.machine_requests),
            control_planes: all(&self.control_planes),
            load_balancer: only(&self.load_balancer),
            talos_upgrade: only(&self.talos_upgrade),
            kubernetes_upgrade: only(&self.kubernetes_upgrade),
        }
    }
}

/// Reads all clusters once: as many calls for a thousand of them as for one.
///
/// # Errors
/// As [`Sources::watch`].
pub async fn read_all(client: &Client) -> Result<BTreeMap<String, Observed>, Error> {
    Ok(Sources::watch_all(client).await?.look_all())
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
        extensions: list(client, cluster).await?,
        kernel_args: list(client, cluster).await?,
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
    let named = |resource: Resource<K>| (resource.id().to_owned(), resource);
    copies(mirror).into_iter().map(named).collect()
}

fn copies<K: Kind>(mirror: &Mirror<K>) -> Vec<Resource<K>> {
    let copy = |resource: &std::sync::Arc<Resource<K>>| Resource::clone(resource);
    mirror.look(|world| world.iter().map(copy).collect())
}

// === impl Fleet ===

impl Fleet {
    /// Sorts resources in of which a cluster has one, under its own name.
    fn ones<K: Kind>(
        &mut self,
        all: Vec<Resource<K>>,
        field: fn(&mut Observed) -> &mut Option<Resource<K>>,
    ) {
        for resource in all {
            let cluster = self.0.entry(resource.id().to_owned()).or_default();
            *field(cluster) = Some(resource);
        }
    }

    /// Sorts resources in of which a cluster has many, each with the cluster's label.
    fn parts<K: Kind>(&mut self, all: Vec<Resource<K>>, field: fn(&mut Observed) -> &mut ById<K>) {
        for resource in all {
            if let Some(cluster) = resource.metadata.label(labels::CLUSTER) {
                let cluster = self.0.entry(cluster.to_owned()).or_default();
                field(cluster).insert(resource.id().to_owned(), resource);
            }
        }
    }

    /// Those that are clusters; leftovers of one that is gone are none.
    fn clusters(mut self) -> BTreeMap<String, Observed> {
        self.0
            .retain(|_, one| one.cluster.is_some() || one.cluster_status.is_some());
        self.0
    }
}
