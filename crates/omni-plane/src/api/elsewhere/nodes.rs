//! Which nodes a call is for.

use http::HeaderMap;
use omni_api::{kind, labels};
use tonic::Status;

use super::header;
use crate::Store;
use crate::store::Query;

/// What the headers of a call name.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    cluster: String,
    names: Vec<String>,
}

// === impl Nodes ===

impl Nodes {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let cluster = header(headers, "cluster").or_else(|| header(headers, "context"));
        let one = header(headers, "node").map(str::to_owned);
        let several = headers.get_all("nodes").iter();
        let several = several.filter_map(|value| value.to_str().ok());
        let several = several.flat_map(|value| value.split(',').map(str::to_owned));
        Self {
            cluster: cluster.unwrap_or_default().to_owned(),
            names: one.into_iter().chain(several).collect(),
        }
    }

    /// The cluster that the call is for; `None` for machines that belong to none.
    pub(super) fn cluster(&self, store: &Store) -> Result<Option<String>, Status> {
        let first = self.cluster_of_nodes(store)?;
        let named = Some(self.cluster.clone()).filter(|cluster| !cluster.is_empty());
        let cluster = match (named, first) {
            (None, Some(cluster)) if cluster.is_empty() => return Ok(None),
            (Some(cluster), _) | (None, Some(cluster)) => cluster,
            (None, None) => {
                return Err(Status::invalid_argument(
                    "at least one of cluster, node, or nodes must be specified",
                ));
            }
        };
        if store.peek::<kind::ClusterEndpoint>(&cluster).is_none() {
            let text = format!("cluster {cluster:?} endpoint not found");
            return Err(Status::unavailable(text));
        }
        Ok(Some(cluster))
    }

    /// The cluster that all nodes belong to; empty where they belong to none.
    fn cluster_of_nodes(&self, store: &Store) -> Result<Option<String>, Status> {
        let unresolved = |text: &str| format!("resolve nodes: {text}");
        let mut first: Option<String> = None;
        for name in &self.names {
            if name.is_empty() {
                return Err(Status::invalid_argument(unresolved("empty node value")));
            }
            let missing = "node not found, cannot resolve its management address";
            let found = self.resolve(store, name);
            let found = found.ok_or_else(|| Status::not_found(unresolved(missing)))?;
            match &first {
                None => first = Some(found),
                Some(first) if *first == found => {}
                Some(first) => {
                    return Err(Status::invalid_argument(unresolved(&format!(
                        "all nodes should be in the same cluster, found clusters {first:?} and {found:?}"
                    ))));
                }
            }
        }
        Ok(first)
    }

    /// The cluster of the machine that goes by a name: its id, its address, or what it is called in its cluster. Empty where it has none.
    fn resolve(&self, store: &Store, name: &str) -> Option<String> {
        let by_id = store.peek::<kind::Machine>(name);
        let by_id = by_id.map(|machine| machine.id().to_owned());
        let by_address = || {
            let query = Query::label(labels::MACHINE_ADDRESS, name);
            let machines = store.peek_all::<kind::Machine>(&query);
            machines.first().map(|machine| machine.id().to_owned())
        };
        let by_name = || {
            let nodes = store.peek_all::<kind::ClusterMachineIdentity>(&Query::all());
            let mut named = nodes.iter().filter(|node| {
                let spec = &node.spec;
                spec.nodename == name || spec.node_ips.iter().any(|address| address == name)
            });
            named.find_map(|node| {
                let within = self.cluster.is_empty()
                    || node.metadata.label(labels::CLUSTER) == Some(&self.cluster);
                within.then(|| node.id().to_owned())
            })
        };
        let id = by_id.or_else(by_address).or_else(by_name)?;
        let member = store.peek::<kind::ClusterMachine>(&id);
        let cluster = member
            .and_then(|member| member.metadata.label(labels::CLUSTER).map(str::to_owned))
            .unwrap_or_default();
        let elsewhere = !self.cluster.is_empty() && !cluster.is_empty() && cluster != self.cluster;
        (!elsewhere).then_some(cluster)
    }
}
