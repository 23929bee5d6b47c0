//! The addresses under which a cluster's control planes are managed.

use omni_api::selector::Term;
use omni_api::{Resource, kind, labels};

use crate::engine::{Context, Error, Input, Transform, Verdict};
use crate::store::Query;

/// Lists the management addresses of control planes.
#[derive(Debug)]
pub(super) struct ClusterEndpoint;

impl Transform for ClusterEndpoint {
    type In = kind::Cluster;
    type Out = kind::ClusterEndpoint;
    const NAME: &'static str = "ClusterEndpointController";

    fn inputs(&self) -> Vec<Input> {
        vec![Input::mapped::<kind::ClusterMachineStatus>(
            crate::controllers::common::cluster_of_control_plane,
        )]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let control_planes =
            Query::cluster(cluster.id()).and(Term::exists(labels::CONTROL_PLANE_ROLE));
        let machines = cx.list::<kind::ClusterMachineStatus>(&control_planes)?;
        let addresses = machines
            .iter()
            .map(|machine| &machine.spec.management_address);
        output.spec.management_addresses = addresses
            .filter(|address| !address.is_empty())
            .cloned()
            .collect();
        Ok(Verdict::DONE)
    }
}
