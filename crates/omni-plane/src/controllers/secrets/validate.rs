//! Whether a machine runs with the secrets that it was given.
//!
//! Omni connects with the new certificates and looks at what it finds. Here the configuration that the machine has applied must name the
//! authorities, and for Kubernetes every node must be ready.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omni_api::Resource;
use omni_api::kind::{
    ClusterMachineConfig, ClusterMachineConfigStatus, ClusterMachineSecrets, KubernetesStatus,
};
use omni_api::specs::cluster_machine_secrets_spec::Rotation;
use omni_api::specs::secret_rotation_spec::Component;
use sha2::{Digest as _, Sha256};

use super::bundle::Bundle;
use super::machine_secrets::Accepted;
use crate::controllers::machine_config::Configuration;
use crate::engine::{Context, Error};

/// Whether the configuration that the machine runs has its secrets.
///
/// # Errors
/// Those of the context.
pub(super) fn runs_with(
    cx: &Context<'_>,
    secrets: &Resource<ClusterMachineSecrets>,
) -> Result<bool, Error> {
    let Some(config) = cx.get::<ClusterMachineConfig>(secrets.id())? else {
        return Ok(false);
    };
    let applied = cx.get::<ClusterMachineConfigStatus>(secrets.id())?;
    let applied = applied.map_or_else(String::new, |status| {
        status.spec.cluster_machine_config_sha256.clone()
    });
    if applied != hex::encode(Sha256::digest(&config.spec.data)) {
        return Ok(false);
    }
    let text = std::str::from_utf8(&config.spec.data).unwrap_or_default();
    let documents = Configuration::from_stream(text).map_err(|error| Error::Unusable {
        what: config.metadata.to_string(),
        reason: error.to_string(),
    })?;
    let rotation = secrets.spec.rotation.as_ref();
    let component = rotation.map_or(Component::None, Rotation::component);
    let bundle = Bundle::read(&secrets.spec.data)?;
    let accepted = Accepted::of(&bundle, rotation);
    let (section, accepted) = match component {
        Component::KubernetesCa => ("cluster", &accepted.kubernetes),
        Component::TalosCa | Component::None => ("machine", &accepted.talos),
    };
    let authority = STANDARD.encode(bundle.authority(component).crt);
    Ok(documents.trusts(section, &authority, accepted))
}

/// Whether Kubernetes finds every node ready.
///
/// # Errors
/// Those of the context.
pub(super) fn nodes_are_ready(cx: &Context<'_>, cluster: &str) -> Result<bool, Error> {
    let status = cx.get::<KubernetesStatus>(cluster)?;
    Ok(status.is_some_and(|status| status.spec.nodes.iter().all(|node| node.ready)))
}
