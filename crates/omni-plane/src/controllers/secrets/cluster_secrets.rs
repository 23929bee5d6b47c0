//! The secrets of a cluster: drawn or imported once, changed by rotations only.
//!
//! They wait for the control planes' machine set, as in Omni: it says whether the cluster is restored from a backup. The kind may be read by
//! nobody from outside.

use omni_api::kind::{self, ClusterMachine, ImportedClusterSecrets, MachineSet, SecretRotation};
use omni_api::specs::secret_rotation_spec::{Component, Phase};
use omni_api::{Resource, labels};

use super::bundle::Bundle;
use super::machine_secrets::{of, only};
use crate::controllers::backup::Recovered;
use crate::controllers::common::{cluster_of_control_plane, control_planes_of};
use crate::engine::{Context, Error, Input, Transform, Verdict};
use crate::store::Query;

/// Keeps a cluster's secrets.
#[derive(Debug)]
pub(super) struct ClusterSecrets;

impl Transform for ClusterSecrets {
    type In = kind::Cluster;
    type Out = kind::ClusterSecrets;
    const NAME: &'static str = "SecretsController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::mapped::<MachineSet>(cluster_of_control_plane),
            Input::by_id::<ImportedClusterSecrets>(),
            Input::by_id::<SecretRotation>(),
            Input::by_id::<Recovered>(),
            Input::by_label::<ClusterMachine>(labels::CLUSTER),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        cluster: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let id = cluster.id();
        if output.spec.data.is_empty() {
            let Some(set) = cx.get::<MachineSet>(&control_planes_of(id))? else {
                return Ok(Verdict::SKIP);
            };
            let imported = cx.get::<ImportedClusterSecrets>(id)?;
            output.spec.imported = imported.is_some();
            let bundle = match imported {
                Some(imported) => import(&imported)?,
                None => match draw(cx, id, &set)? {
                    Some(bundle) => bundle,
                    None => return Ok(Verdict::SKIP),
                },
            };
            output.spec.data = bundle.to_bytes();
        } else if let Some(rotation) = cx.get::<SecretRotation>(id)? {
            follow(cx, &rotation, output)?;
        }
        Ok(Verdict::DONE)
    }

    fn finalize(&self, cx: &Context<'_>, cluster: &Resource<Self::In>) -> Result<bool, Error> {
        let machines = cx.list::<ClusterMachine>(&Query::cluster(cluster.id()))?;
        Ok(machines.is_empty())
    }
}

/// New secrets; a cluster that is restored takes over those that its contents are encrypted with, and waits for them.
fn draw(
    cx: &Context<'_>,
    cluster: &str,
    set: &Resource<MachineSet>,
) -> Result<Option<Bundle>, Error> {
    let mut bundle = Bundle::draw(cx.now())?;
    if let Some(wanted) = &set.spec.bootstrap_spec {
        let recovered = cx.get::<Recovered>(cluster)?;
        let Some(recovered) = recovered.filter(|it| it.spec.fetched && it.spec.is_of(wanted))
        else {
            return Ok(None);
        };
        bundle.set_encryption(&recovered.spec.aes_cbc, &recovered.spec.secretbox);
    }
    Ok(Some(bundle))
}

fn import(imported: &Resource<ImportedClusterSecrets>) -> Result<Bundle, Error> {
    Bundle::import(&imported.spec.data).map_err(|error| Error::Unusable {
        what: imported.metadata.to_string(),
        reason: error.to_string(),
    })
}

/// Brings the cluster's own secrets to the phase of a rotation, once for each.
fn follow(
    cx: &Context<'_>,
    rotation: &Resource<SecretRotation>,
    output: &mut Resource<kind::ClusterSecrets>,
) -> Result<(), Error> {
    let version = rotation.metadata.version.to_string();
    if output.metadata.annotation(labels::SECRET_ROTATION_VERSION) == Some(version.as_str()) {
        return Ok(());
    }
    let component = rotation.spec.component();
    let authority = |certs: &Option<_>| {
        certs
            .as_ref()
            .and_then(|certs| of(certs, component))
            .cloned()
    };
    let (now, next) = (
        authority(&rotation.spec.certs),
        authority(&rotation.spec.extra_certs),
    );
    match rotation.spec.phase() {
        Phase::Ok => output.spec.extra_certs = None,
        Phase::PreRotate => output.spec.extra_certs = next.map(|next| only(component, next)),
        Phase::Rotate => {
            if let Some(next) = next {
                let mut bundle = Bundle::read(&output.spec.data)?;
                bundle.set_authority(component, &next);
                output.spec.data = bundle.to_bytes();
            }
            output.spec.extra_certs = now.map(|now| only(component, now));
        }
        Phase::PostRotate => note_the_end(cx, component, output),
    }
    let notes = &mut output.metadata.annotations;
    notes.insert(labels::SECRET_ROTATION_VERSION.to_owned(), version);
    Ok(())
}

fn note_the_end(
    cx: &Context<'_>,
    component: Component,
    output: &mut Resource<kind::ClusterSecrets>,
) {
    let key = match component {
        Component::TalosCa => labels::ROTATE_TALOS_CA_TIMESTAMP,
        Component::KubernetesCa => labels::ROTATE_KUBERNETES_CA_TIMESTAMP,
        Component::None => return,
    };
    let seconds = cx.now().since_unix().as_secs().to_string();
    output.metadata.annotations.insert(key.to_owned(), seconds);
}
