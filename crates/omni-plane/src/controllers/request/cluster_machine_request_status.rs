//! How far a machine request of a machine set is, in the words that people see.

use std::sync::Arc;

use omni_api::kind::{
    ClusterMachineStatus, Machine, MachineRequest, MachineRequestStatus, MachineSet,
};
use omni_api::specs::cluster_machine_request_status_spec::Stage;
use omni_api::specs::machine_request_status_spec::Stage as ProviderStage;
use omni_api::specs::{ClusterMachineRequestStatusSpec, MachineRequestStatusSpec};
use omni_api::{Kind as _, Metadata, Resource, kind, labels};

use crate::Store;
use crate::controllers::common::{copy_labels, flag, ids};
use crate::engine::{Context, Error, Input, Patience, Transform, Verdict};
use crate::store::Query;

/// Reports on requests.
#[derive(Debug)]
pub(super) struct ClusterMachineRequestStatus;

/// Its name, which others must not take off a request.
pub(super) const NAME: &str = "ClusterMachineRequestStatusController";

// === impl ClusterMachineRequestStatus ===

impl Transform for ClusterMachineRequestStatus {
    type In = MachineRequest;
    type Out = kind::ClusterMachineRequestStatus;
    const NAME: &'static str = NAME;
    const PATIENCE: Patience = Patience::Everybody;

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<MachineRequestStatus>(),
            Input::mapped::<MachineSet>(requests_of_set),
            Input::mapped::<ClusterMachineStatus>(request_of_machine),
            Input::quiet::<Machine>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        request: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let set = match request.metadata.label(labels::MACHINE_REQUEST_SET) {
            Some(set) => cx.get::<MachineSet>(set)?,
            None => None,
        };
        let Some(set) = set else {
            return Ok(Verdict::Remove);
        };
        let answer = cx.get::<MachineRequestStatus>(request.id())?;
        let leaves = request.metadata.tearing_down();
        describe(
            leaves,
            answer.as_ref().map(|answer| &answer.spec),
            &mut output.spec,
        );
        if let Some(answer) = &answer {
            let used = !answer.spec.id.is_empty()
                && cx.get::<ClusterMachineStatus>(&answer.spec.id)?.is_some();
            flag(&mut output.metadata, labels::MACHINE_REQUEST_IN_USE, used);
        }
        let provider = request.metadata.label(labels::INFRA_PROVIDER_ID);
        provider
            .unwrap_or_default()
            .clone_into(&mut output.spec.provider_id);
        let roles = [
            labels::WORKER_ROLE,
            labels::CONTROL_PLANE_ROLE,
            labels::CLUSTER,
        ];
        copy_labels(&set.metadata, &mut output.metadata, &roles);
        output
            .metadata
            .labels
            .insert(labels::MACHINE_SET.into(), set.id().into());
        Ok(Verdict::DONE)
    }
}

fn describe(
    leaves: bool,
    answer: Option<&MachineRequestStatusSpec>,
    spec: &mut ClusterMachineRequestStatusSpec,
) {
    if let Some(answer) = answer.filter(|_| !leaves) {
        spec.machine_uuid.clone_from(&answer.id);
        spec.error.clone_from(&answer.error);
    }
    let (stage, text) = match (leaves, answer) {
        (true, _) => (
            Stage::Deprovisioning,
            "Waiting for the infra provider to finish teardown".to_owned(),
        ),
        (false, None) => (
            Stage::Pending,
            "Waiting for the infra provider to start provision".to_owned(),
        ),
        (false, Some(answer)) => match answer.stage() {
            ProviderStage::Unknown => (Stage::Pending, answer.status.clone()),
            ProviderStage::Provisioning => (Stage::Provisioning, answer.status.clone()),
            ProviderStage::Provisioned => (
                Stage::Provisioned,
                "Waiting for the machine to join Omni".to_owned(),
            ),
            ProviderStage::Failed => (Stage::Failed, format!("Provision Failed: {}", answer.error)),
        },
    };
    spec.set_stage(stage);
    spec.status = text;
}

fn requests_of_set(store: &Store, set: &Metadata) -> Vec<Arc<str>> {
    ids::<MachineRequest>(store, &Query::label(labels::MACHINE_REQUEST_SET, &set.id))
}

fn request_of_machine(store: &Store, member: &Metadata) -> Vec<Arc<str>> {
    let machine = store.get(Machine::NAMESPACE, Machine::TYPE, &member.id);
    let request = machine.and_then(|machine| {
        machine
            .metadata
            .label(labels::MACHINE_REQUEST)
            .map(Arc::from)
    });
    request.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(leaves: bool, answer: Option<(ProviderStage, &str, &str)>) -> (Stage, String) {
        let answer = answer.map(|(stage, status, error)| {
            let mut answer = MachineRequestStatusSpec {
                status: status.into(),
                error: error.into(),
                ..Default::default()
            };
            answer.set_stage(stage);
            answer
        });
        let mut spec = ClusterMachineRequestStatusSpec::default();
        describe(leaves, answer.as_ref(), &mut spec);
        (spec.stage(), spec.status)
    }

    #[test]
    fn the_words_follow_the_provider() {
        use ProviderStage::{Failed, Provisioned, Provisioning};
        assert_eq!(
            told(false, None).1,
            "Waiting for the infra provider to start provision"
        );
        let running = told(
            false,
            Some((Provisioning, "Running Step: \"createMachine\" (1/1)", "")),
        );
        assert_eq!(
            running,
            (
                Stage::Provisioning,
                "Running Step: \"createMachine\" (1/1)".into()
            )
        );
        assert_eq!(
            told(false, Some((Provisioned, "Provision Complete", ""))).1,
            "Waiting for the machine to join Omni"
        );
        assert_eq!(
            told(false, Some((Failed, "", "no quota"))),
            (Stage::Failed, "Provision Failed: no quota".into())
        );
        assert_eq!(
            told(true, Some((Provisioned, "", ""))).0,
            Stage::Deprovisioning
        );
    }
}
