//! The state of a cluster's rotation of secrets, and each machine's secrets.
//!
//! # Flow
//! 1. At rest every machine has the cluster's secrets. A user's request, new or written again, makes a new authority and begins.
//! 2. Three phases, each over all machines ([`super::rotation`]). Each phase is written down in the cluster's secrets before the next begins.
//! 3. After the last one everything is at rest again, with the new authority.

use std::collections::BTreeMap;
use std::sync::Arc;

use omni_api::kind::{
    self, ClusterMachineConfig, ClusterMachineConfigStatus, ClusterMachineSecrets,
    ClusterMachineStatus, ClusterSecrets, ClusterStatus, KubernetesStatus, RotateKubernetesCa,
    RotateTalosCa, SecretRotation,
};
use omni_api::specs::ClusterSecretsRotationStatusSpec;
use omni_api::specs::cluster_secrets_spec::Certs;
use omni_api::specs::secret_rotation_spec::{Component, Phase, Status};
use omni_api::{Kind, Metadata, Resource, labels};

use super::bundle::{Bundle, authority};
use super::machine_secrets::only;
use super::rotation;
use crate::Store;
use crate::controllers::common::{PLACE, copy_labels};
use crate::engine::{Context, Error, Input, Output, Transform, Verdict};
use crate::store::Query;

/// Rotates secrets.
#[derive(Debug)]
pub(super) struct ClusterSecretsRotationStatus;

/// The machines of a cluster and their secrets, by machine.
#[derive(Debug)]
pub(super) struct Roster {
    pub(super) statuses: BTreeMap<Arc<str>, Arc<Resource<ClusterMachineStatus>>>,
    pub(super) secrets: BTreeMap<Arc<str>, Arc<Resource<ClusterMachineSecrets>>>,
}

// === impl ClusterSecretsRotationStatus ===

impl Transform for ClusterSecretsRotationStatus {
    type In = ClusterSecrets;
    type Out = kind::ClusterSecretsRotationStatus;
    const NAME: &'static str = "SecretRotationStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<ClusterMachineStatus>(of_machine),
            Input::mapped::<ClusterMachineSecrets>(while_rotating),
            Input::mapped::<ClusterMachineConfigStatus>(while_rotating),
            Input::mapped::<ClusterStatus>(while_rotating),
            Input::mapped::<KubernetesStatus>(while_rotating),
            Input::by_id::<RotateTalosCa>(),
            Input::by_id::<RotateKubernetesCa>(),
            Input::by_id::<SecretRotation>(),
            Input::quiet::<ClusterMachineConfig>(),
        ]
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
    let roster = Roster::of(cx, id)?;
    for status in roster.newcomers() {
        put(cx, status, |own| {
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
        begin(cx, id, Component::TalosCa, roster.secrets.len(), output)?;
    } else if let Some(version) =
        asked::<RotateKubernetesCa>(cx, output, labels::ROTATE_KUBERNETES_CA_VERSION)?
    {
        let key = labels::ROTATE_KUBERNETES_CA_VERSION;
        output.metadata.annotations.insert(key.into(), version);
        begin(
            cx,
            id,
            Component::KubernetesCa,
            roster.secrets.len(),
            output,
        )?;
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
    status: &Resource<ClusterMachineStatus>,
    mut change: impl FnMut(&mut Resource<ClusterMachineSecrets>),
) -> Result<(), Error> {
    cx.put::<ClusterMachineSecrets>(status.id(), |own| {
        copy_labels(&status.metadata, &mut own.metadata, &PLACE);
        change(own);
    })?;
    Ok(())
}

// === impl Roster ===

impl Roster {
    pub(super) fn of(cx: &Context<'_>, cluster: &str) -> Result<Self, Error> {
        let ours = Query::cluster(cluster);
        let statuses = cx.list::<ClusterMachineStatus>(&ours)?;
        let secrets = cx.list::<ClusterMachineSecrets>(&ours)?;
        Ok(Self {
            statuses: statuses
                .into_iter()
                .map(|one| (one.metadata.id.clone(), one))
                .collect(),
            secrets: secrets
                .into_iter()
                .map(|one| (one.metadata.id.clone(), one))
                .collect(),
        })
    }

    /// Machines that have no secrets yet.
    pub(super) fn newcomers(&self) -> impl Iterator<Item = &Resource<ClusterMachineStatus>> {
        let new = self.statuses.values().filter(|status| {
            !status.metadata.tearing_down() && !self.secrets.contains_key(&status.metadata.id)
        });
        new.map(|status| &**status)
    }

    /// Takes the secrets of machines away that leave; whether there were any.
    pub(super) fn dismiss(&self, cx: &Context<'_>) -> Result<bool, Error> {
        let mut any = false;
        for id in self.secrets.keys() {
            let stays = self
                .statuses
                .get(id)
                .is_some_and(|status| !status.metadata.tearing_down());
            if !stays {
                any = true;
                cx.remove::<ClusterMachineSecrets>(id)?;
            }
        }
        Ok(any)
    }
}
