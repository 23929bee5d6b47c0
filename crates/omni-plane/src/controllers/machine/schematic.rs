//! The image that a machine is to run: a schematic, and the Talos version of its cluster or its own.
//!
//! A machine keeps the schematic that it runs.

use omni_api::kind::{Cluster, MachineStatus};
use omni_api::{Resource, kind, labels};

use crate::controllers::common::those_of_cluster;
use crate::engine::{Context, Error, Input, Transform, Verdict};

/// Decides about images.
#[derive(Debug)]
pub(super) struct SchematicConfiguration;

impl Transform for SchematicConfiguration {
    type In = MachineStatus;
    type Out = kind::SchematicConfiguration;
    const NAME: &'static str = "SchematicConfigurationController";

    fn inputs(&self) -> Vec<Input> {
        vec![Input::mapped::<Cluster>(those_of_cluster::<MachineStatus>)]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        machine: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let running = machine.spec.schematic.clone().unwrap_or_default();
        let own = machine.spec.talos_version.trim_start_matches('v');
        if running.full_id.is_empty() || own.is_empty() {
            return Ok(Verdict::SKIP);
        }
        output.metadata.labels.remove(labels::CLUSTER);
        let cluster = match machine.spec.cluster.as_str() {
            "" => None,
            cluster => cx.get::<Cluster>(cluster)?,
        };
        own.clone_into(&mut output.spec.talos_version);
        if let Some(cluster) = cluster {
            output
                .metadata
                .labels
                .insert(labels::CLUSTER.into(), cluster.id().into());
            output
                .spec
                .talos_version
                .clone_from(&cluster.spec.talos_version);
        }
        output.spec.schematic_id = running.full_id;
        Ok(Verdict::DONE)
    }
}
