//! The state of a cluster's rotation of secrets, and each machine's secrets.
//!
//! # Flow
//! 1. At rest every machine has the cluster's secrets. A user's request, new or written again, makes a new authority and begins.
//! 2. Three phases, each over all machines ([`super::rotation`]). Each phase is written down in the cluster's secrets before the next begins.
//! 3. After the last one everything is at rest again, with the new authority.

use std::sync::Arc;

use omni_api::kind::{
    self, ClusterMachineConfigStatus, ClusterMachineSecrets, ClusterMachineStatus, ClusterSecrets,
    ClusterStatus, KubernetesStatus, RotateKubernetesCa, RotateTalosCa, SecretRotation,
};
use omni_api::specs::ClusterSecretsRotationStatusSpec;
use omni_api::specs::cluster_secrets_spec::Certs;
use omni_api::specs::secret_rotation_spec::{Component, Phase, Status};
use omni_api::{Kind, Metadata, Resource, labels};

use super::bundle::{Bundle, authority};
use super::machine_secrets::only;
use super::roster::Roster;
use super::rotation;
use crate::Store;
use crate::controllers::common::{PLACE, copy_labels};
use crate::engine::{Context, Error, Input, Output, Transform, Verdict};
use crate::store::Query;

/// Rotates secrets.
#[derive(Debug)]
pub(super) struct ClusterSecretsRotationStatus;

// === impl ClusterSecretsRotationStatus ===

impl Transform for ClusterSecretsRotationStatus {
    type In = ClusterSecrets;
    type Out = kind::ClusterSecretsRotationStatus;
    const NAME: &'static str = "SecretRotationStatusController";

    fn inputs(&self) -> Vec<Input> {
        let mut inputs = vec![
            Input::mapped::<ClusterMachineStatus>(of_machine),
            Input::mapped::<ClusterMachineSecrets>(while_rotating),
            Input::mapped::<ClusterMachineConfigStatus>(while_rotating),
            Input::mapped::<ClusterStatus>(while_rotating),
            Input::mapped::<KubernetesStatus>(while_rotating),
            Input::by_id::<RotateTalosCa>(),
            Input::by_id::<RotateKubernetesCa>(),
            Input::by_id::<SecretRotation>(),
        ];
        inputs.extend(Roster::inputs());
        inputs
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::exclusive::<SecretRotation>(),
            Output::exclusive::<ClusterMachineSecrets>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        secrets: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let id = secrets.id();
        let rotation = cx.get::<SecretRotation>(id)?;
        let Some(rotation) = rotation.filter(|one| one.spec.status() == Status::InProgress) else {
            return rest(cx, secrets, output);
        };
        let noted = secrets.metadata.annotation(labels::SECRET_ROTATION_VERSION);
        if noted != Some(rotation.metadata.version.to_string().as_str()) {
            return Ok(Verdict::SKIP);
        }
        let next = match rotation.spec.phase() {
            Phase::Ok => Phase::PreRotate,
            Phase::PreRotate => Phase::Rotate,
            Phase::Rotate => Phase::PostRotate,
            Phase::PostRotate => return rest(cx, secrets, output),
        };
        rotation::advance(cx, secrets, &rotation, next, output)?;
        Ok(Verdict::DONE)
    }

    fn finalize(&self, cx: &Context<'_>, secrets: &Resource<Self::In>) -> Result<bool, Error> {
        let mut gone = true;
        for of_machine in cx.list::<ClusterMachineSecrets>(&Query::cluster(secrets.id()))? {
            gone &= cx.remove::<ClusterMachineSecrets>(of_machine.id())?;
        }
        Ok(gone && cx.remove::<SecretRotation>(secrets.id())?)
    }
}

/// A machine concerns its cluster when it comes or goes, and always during a rotation.
fn of_machine(store: &Store, machine: &Metadata) -> Vec<Arc<str>> {
    let cluster = machine.label(labels::CLUSTER);
    let known = store.peek::<ClusterMachineSecrets>(&machine.id).is_some();
    if known && !machine.tearing_down() {
        return while_rotating(store, machine);
    }
    cluster.map(Arc::from).into_iter().collect()
}

/// What belongs to a cluster, or has its id, concerns it only during a rotation.
fn while_rotating(store: &Store, metadata: &Metadata) -> Vec<Arc<str>> {
    let cluster = metadata.label(labels::CLUSTER).unwrap_or(&metadata.id);
    let rotating = store
        .peek::<SecretRotation>(cluster)
        .is_some_and(|rotation| rotation.spec.status() == Status::InProgress);
    if rotating {
        vec![cluster.into()]
    } else {
        Vec::new()
    }
}

/// Keeps everything at rest, until somebody asks for a rotation.
fn rest(
    cx: &Context<'_>,
    secrets: &Resource<ClusterSecrets>,
    output: &mut Resource<kind::ClusterSecretsRotationStatus>,
) -> Result<Verdict, Error> {
    let id = secrets.id();
    output.spec = ClusterSecretsRotationStatusSpec::default();
    let roster = cx.ledger::<Roster>(id, &None)?;
    for machine in &roster.newcomers {
        put(cx, machine, |own| {
            own.spec.data.clone_from(&secrets.spec.data);
        })?;
    }
    roster.dismiss(cx)?;
    let bundle = Bundle::read(&secrets.spec.data)?;
    cx.put::<SecretRotation>(id, |rotation| {
        rotation.spec.set_status(Status::Idle);
        rotation.spec.set_phase(Phase::Ok);
        rotation.spec.set_component(Component::None);
        rotation.spec.certs = Some(Certs {
            os: Some(bundle.authority(Component::TalosCa)),
            k8s: Some(bundle.authority(Component::KubernetesCa)),
        });
        rotation.spec.extra_certs = Some(Certs::default());
    })?;
    if let Some(version) = asked::<RotateTalosCa>(cx, output, labels::ROTATE_TALOS_CA_VERSION)? {
        let key = labels::ROTATE_TALOS_CA_VERSION;
        output.metadata.annotations.insert(key.into(), version);
        begin(cx, id, Component::TalosCa, roster.secrets, output)?;
    } else if let Some(version) =
        asked::<RotateKubernetesCa>(cx, output, labels::ROTATE_KUBERNETES_CA_VERSION)?
    {
        let key = labels::ROTATE_KUBERNETES_CA_VERSION;
        output.metadata.annotations.insert(key.into(), version);
        begin(cx, id, Component::KubernetesCa, roster.secrets, output)?;
    }
    Ok(Verdict::DONE)
}

/// The version of a request that was not answered yet.
fn asked<K: Kind>(
    cx: &Context<'_>,
    status: &Resource<kind::ClusterSecretsRotationStatus>,
    answered: &str,
) -> Result<Option<String>, Error> {
    let request = cx.get::<K>(status.id())?;
    let version = request.map(|request| request.metadata.version.to_string());
    Ok(version.filter(|version| status.metadata.annotation(answered) != Some(version.as_str())))
}

fn begin(
    cx: &Context<'_>,
    cluster: &str,
    component: Component,
    machines: usize,
    output: &mut Resource<kind::ClusterSecretsRotationStatus>,
) -> Result<(), Error> {
    let next = authority(component, cx.now())?;
    cx.put::<SecretRotation>(cluster, |rotation| {
        rotation.spec.set_status(Status::InProgress);
        rotation.spec.set_component(component);
        rotation.spec.extra_certs = Some(only(component, next.clone()));
    })?;
    output.spec.set_component(component);
    output.spec.set_phase(Phase::PreRotate);
    output.spec.status = format!(
        "rotation phase {} 0/{machines}",
        Phase::PreRotate.as_str_name()
    );
    "starting secret rotation".clone_into(&mut output.spec.step);
    Ok(())
}

/// Writes the secrets of a machine.
pub(super) fn put(
    cx: &Context<'_>,
    machine: &str,
    mut change: impl FnMut(&mut Resource<ClusterMachineSecrets>),
) -> Result<(), Error> {
    let Some(status) = cx.get::<ClusterMachineStatus>(machine)? else {
        return Ok(());
    };
    cx.put::<ClusterMachineSecrets>(status.id(), |own| {
        copy_labels(&status.metadata, &mut own.metadata, &PLACE);
        change(own);
    })?;
    Ok(())
}
