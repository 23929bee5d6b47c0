//! Where the load balancer of a cluster's Kubernetes API listens, and which control planes stand behind it.

use omni_api::kind::{self, Cluster, ClusterEndpoint};

use super::balancer_port::{self, BalancerPort};
use crate::engine::{Context, Controller, Error, Input, Next, Output};

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
        vec![
            Output::exclusive::<kind::LoadBalancerConfig>(),
            Output::exclusive::<BalancerPort>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let config = cx.get::<kind::LoadBalancerConfig>(id)?;
        if cx.get::<Cluster>(id)?.is_none() {
            if let Some(config) = config {
                balancer_port::give_back(cx, &config.spec.bind_port)?;
                cx.remove::<kind::LoadBalancerConfig>(id)?;
            }
            return Ok(Next::Done);
        }
        let Some(config) = config else {
            let port = balancer_port::lease(cx, id)?;
            write(cx, id, &port.to_string())?;
            balancer_port::pass(cx, port)?;
            return Ok(Next::Done);
        };
        let port = &config.spec.bind_port;
        balancer_port::keep(cx, id, port)?;
        write(cx, id, port)?;
        Ok(Next::Done)
    }
}

fn write(cx: &Context<'_>, id: &str, port: &str) -> Result<(), Error> {
    let endpoints = endpoints(cx, id)?;
    cx.put::<kind::LoadBalancerConfig>(id, |config| {
        port.clone_into(&mut config.spec.bind_port);
        config.spec.siderolink_endpoint = format!("https://[{}]:{port}", super::OMNI_ADDRESS);
        config.spec.endpoints.clone_from(&endpoints);
    })?;
    Ok(())
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
