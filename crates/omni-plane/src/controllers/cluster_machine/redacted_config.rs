//! The configuration that a machine runs, for people: without its secrets, and with a history of its changes.

use omni_api::kind::{ClusterMachineConfigStatus, MachineConfigDiff};
use omni_api::selector::Term;
use omni_api::{Resource, kind, labels};

use crate::Moment;
use crate::controllers::common::copy_all_labels;
use crate::controllers::machine_config::unified;
use crate::engine::{Context, Error, Output, Transform, Verdict};
use crate::store::Query;

/// Shows configurations.
#[derive(Debug)]
pub(super) struct RedactedClusterMachineConfig;

// === impl RedactedClusterMachineConfig ===

impl Transform for RedactedClusterMachineConfig {
    type In = ClusterMachineConfigStatus;
    type Out = kind::RedactedClusterMachineConfig;
    const NAME: &'static str = "RedactedClusterMachineConfigController";

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<MachineConfigDiff>()]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        status: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let text = &status.spec.redacted_current_machine_config;
        if text.is_empty() {
            return Ok(Verdict::SKIP);
        }
        copy_all_labels(&status.metadata, &mut output.metadata);
        if !output.spec.data.is_empty() && output.spec.data != *text {
            remember(cx, status, &unified(&output.spec.data, text))?;
        }
        output.spec.data.clone_from(text);
        Ok(Verdict::DONE)
    }

    fn finalize(&self, cx: &Context<'_>, status: &Resource<Self::In>) -> Result<bool, Error> {
        let machine = status.id();
        let Some(cluster) = status.metadata.label(labels::CLUSTER) else {
            return Ok(true);
        };
        let ours = Query::cluster(cluster).and(Term::equal(labels::MACHINE, machine));
        let mut gone = true;
        for diff in cx.list::<MachineConfigDiff>(&ours)? {
            gone &= cx.remove::<MachineConfigDiff>(diff.id())?;
        }
        Ok(gone)
    }
}

/// Keeps a change, under the machine and the time.
fn remember(
    cx: &Context<'_>,
    status: &Resource<ClusterMachineConfigStatus>,
    diff: &str,
) -> Result<(), Error> {
    let at = text(cx.now());
    cx.put::<MachineConfigDiff>(&format!("{}-{at}", status.id()), |kept| {
        copy_all_labels(&status.metadata, &mut kept.metadata);
        let metadata = &mut kept.metadata;
        metadata
            .labels
            .insert(labels::MACHINE.into(), status.id().into());
        metadata
            .annotations
            .insert(labels::MODIFIED_AT.into(), at.clone());
        diff.clone_into(&mut kept.spec.diff);
    })?;
    Ok(())
}

/// The moment as RFC 3339.
fn text(moment: Moment) -> String {
    let since = moment.since_unix();
    let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
    let nanos = i32::try_from(since.subsec_nanos()).unwrap_or_default();
    jiff::Timestamp::new(seconds, nanos)
        .unwrap_or_default()
        .to_string()
}
