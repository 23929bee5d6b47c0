//! The names of the nodes that a cluster should have.

use std::collections::BTreeSet;
use std::sync::Arc;

use omni_api::kind::{ClusterMachineIdentity, ClusterUuid};
use omni_api::{Resource, kind, labels};

use crate::controllers::common::one_of;
use crate::engine::{Context, Error, Input, Ledger, Transform, Verdict};
use crate::store::Query;

/// Lists nodes.
#[derive(Debug)]
pub(super) struct ClusterKubernetesNodes;

/// The names of a cluster's nodes, each with its machine.
#[derive(Debug, Default, PartialEq)]
struct Names(BTreeSet<(String, Arc<str>)>);

impl Transform for ClusterKubernetesNodes {
    type In = ClusterUuid;
    type Out = kind::ClusterKubernetesNodes;
    const NAME: &'static str = "ClusterKubernetesNodesController";

    fn inputs(&self) -> Vec<Input> {
        vec![Input::by_label::<ClusterMachineIdentity>(labels::CLUSTER).of_member()]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let names = cx.ledger::<Names>(cluster.id(), &())?;
        cx.weigh(names.entries().len());
        output.spec.nodes = names.0.iter().map(|(name, _)| name.clone()).collect();
        Ok(Verdict::DONE)
    }
}

impl Ledger for Names {
    type Basis = ();
    type Entry = String;

    fn everybody(cx: &Context<'_>, cluster: &str) -> Result<Vec<Arc<str>>, Error> {
        cx.ids::<ClusterMachineIdentity>(&Query::cluster(cluster))
    }

    fn look(
        cx: &Context<'_>,
        cluster: &str,
        (): &(),
        machine: &str,
    ) -> Result<Option<String>, Error> {
        let known = one_of::<ClusterMachineIdentity>(cx, labels::CLUSTER, cluster, machine)?;
        let known = known.filter(|known| !known.metadata.tearing_down());
        Ok(known.map(|known| known.spec.nodename.clone()))
    }

    fn enter(&mut self, machine: &Arc<str>, name: &String) {
        self.0.insert((name.clone(), machine.clone()));
    }

    fn strike(&mut self, machine: &Arc<str>, name: &String) {
        self.0.remove(&(name.clone(), machine.clone()));
    }
}
