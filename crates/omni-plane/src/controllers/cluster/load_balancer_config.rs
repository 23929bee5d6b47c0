//! Where the load balancer of a cluster's Kubernetes API listens, and which control planes stand behind it.

use std::collections::BTreeSet;

use omni_api::kind::{self, Cluster, ClusterEndpoint};

use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::store::Query;

/// The first port that is given to a load balancer.
const FIRST_PORT: u16 = 10_000;

/// Gives load balancers their ports and endpoints.
#[derive(Debug)]
pub(super) struct LoadBalancerConfig;

impl Controller for LoadBalancerConfig {
    fn name(&self) -> &'static str {
        "ClusterLoadBalancerController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::by_id::<Cluster>(), Input::by_id::<ClusterEndpoint>()]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::LoadBalancerConfig>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        if cx.get::<Cluster>(id)?.is_none() {
            cx.remove::<kind::LoadBalancerConfig>(id)?;
            return Ok(Next::Done);
        }
        let port = match cx.get::<kind::LoadBalancerConfig>(id)? {
            Some(config) => config.spec.bind_port.clone(),
            None => free_port(cx)?,
        };
        let endpoints = endpoints(cx, id)?;
        cx.put::<kind::LoadBalancerConfig>(id, |config| {
            config.spec.bind_port.clone_from(&port);
            config.spec.siderolink_endpoint = format!("https://[{}]:{port}", super::OMNI_ADDRESS);
            config.spec.endpoints.clone_from(&endpoints);
        })?;
        Ok(Next::Done)
    }
}

/// The control planes' addresses; none any more for a cluster on its way out.
fn endpoints(cx: &Context<'_>, cluster: &str) -> Result<Vec<String>, Error> {
    let known = cx.running::<ClusterEndpoint>(cluster)?;
    let addresses = known
        .iter()
        .flat_map(|known| &known.spec.management_addresses);
    Ok(addresses
        .map(|address| format!("[{address}]:6443"))
        .collect())
}

/// The lowest port that no other load balancer has.
fn free_port(cx: &Context<'_>) -> Result<String, Error> {
    let configs = cx.list::<kind::LoadBalancerConfig>(&Query::all())?;
    let taken: BTreeSet<u16> = configs
        .iter()
        .filter_map(|config| config.spec.bind_port.parse().ok())
        .collect();
    let free = (FIRST_PORT..=u16::MAX).find(|port| !taken.contains(port));
    free.map(|port| port.to_string())
        .ok_or_else(|| Error::Unusable {
            what: "the range of load balancer ports".into(),
            reason: "every port is taken".into(),
        })
}
