//! The labels of machine statuses as resources of their own, so that a watcher of labels is not woken by every fact.

use omni_api::{Resource, kind};

use crate::engine::{Context, Error, Transform, Verdict};

/// Copies labels.
#[derive(Debug)]
pub(super) struct MachineStatusLabels;

impl Transform for MachineStatusLabels {
    type In = kind::MachineStatus;
    type Out = kind::MachineStatusLabels;
    const NAME: &'static str = "LabelsExtractor[MachineStatuses.omni.sidero.dev]";

    fn transform(
        &self,
        _: &Context<'_>,
        status: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        output.metadata.labels.clone_from(&status.metadata.labels);
        output
            .metadata
            .annotations
            .clone_from(&status.metadata.annotations);
        Ok(Verdict::DONE)
    }
}
