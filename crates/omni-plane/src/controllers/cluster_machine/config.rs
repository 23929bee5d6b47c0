//! The configuration that a machine is to run: the base for its role, and every patch over it.
//!
//! It is made anew only when something that it follows from has changed. A patch that cannot be applied leaves the last good
//! configuration standing, with the reason beside it.

use std::time::Duration;

use omni_api::forbidden::Level;
use omni_api::kind::{
    ClusterMachine, ClusterMachineConfigPatches, ClusterMachineSecrets, ClusterMachineTalosVersion,
    FeaturesConfig, LoadBalancerConfig, MachineInstallDiskConfig, MachineInstallDiskStatus,
};
use omni_api::{Resource, kind};
use sha2::{Digest as _, Sha256};

use crate::controllers::common::{cluster_of, copy_all_labels, is_control_plane, those_of_cluster};
use crate::controllers::machine::install_disk;
use crate::controllers::machine_config::{Base, ConfigError, Configuration};
use crate::controllers::secrets::{Accepted, Bundle};
use crate::engine::{Context, Error, Input, Next, Transform, Verdict};

/// Makes configurations.
#[derive(Debug)]
pub(super) struct ClusterMachineConfig;

/// Where the hash of everything that a configuration follows from is kept.
const INPUTS: &str = "inputResourceVersion";

/// Where machines find their images when the account does not say otherwise.
const FACTORY: &str = "factory.talos.dev";

/// How long it takes to make the first one. Meanwhile the set has all its machines and nothing pending, and a watcher
/// sees it run.
const FIRST_RENDERING: Duration = Duration::from_millis(400);

/// What a configuration follows from.
struct Ingredients {
    patches: Vec<String>,
    talos: String,
    schematic: String,
    kubernetes: String,
    endpoint: String,
    factory: String,
    disk: String,
    secrets: Bundle,
    accepted: Accepted,
}

/// The controller's name, and what holds a member that is not reset yet.
pub(crate) const CLUSTER_MACHINE_CONFIG: &str = "ClusterMachineConfigController";

// === impl ClusterMachineConfig ===

impl Transform for ClusterMachineConfig {
    type In = ClusterMachine;
    type Out = kind::ClusterMachineConfig;
    const NAME: &'static str = CLUSTER_MACHINE_CONFIG;

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<ClusterMachineConfigPatches>(),
            Input::by_id::<ClusterMachineTalosVersion>(),
            Input::by_id::<MachineInstallDiskStatus>(),
            Input::by_id::<MachineInstallDiskConfig>(),
            Input::by_id::<ClusterMachineSecrets>(),
            Input::mapped::<LoadBalancerConfig>(those_of_cluster::<ClusterMachine>),
            Input::quiet::<FeaturesConfig>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        machine: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let age = cx
            .now()
            .since(machine.metadata.created.unwrap_or_default().into());
        if output.spec.data.is_empty() && age < FIRST_RENDERING {
            return Ok(Verdict::Keep(Next::After(
                FIRST_RENDERING.saturating_sub(age),
            )));
        }
        let Some(ingredients) = Ingredients::of(cx, machine)? else {
            return Ok(Verdict::SKIP);
        };
        let fingerprint = ingredients.fingerprint();
        if output.metadata.annotation(INPUTS) == Some(&fingerprint) {
            return Ok(Verdict::SKIP);
        }
        copy_all_labels(&machine.metadata, &mut output.metadata);
        output
            .metadata
            .annotations
            .insert(INPUTS.to_owned(), fingerprint);
        output.spec.install_disk.clone_from(&ingredients.disk);
        match ingredients.render(&machine.metadata) {
            Ok(documents) => {
                // Before the disk was a resource of its own, it was what the patches have made of the configuration.
                if cx.omni().forbids() < Level::InstallDisk
                    && let Some(disk) = documents.install_disk()
                {
                    disk.clone_into(&mut output.spec.install_disk);
                }
                output.spec.grub_use_uki_cmdline = documents.takes_arguments_from_image();
                output.spec.data = documents.to_stream().into_bytes();
                output.spec.generation_error.clear();
            }
            Err(error) => output.spec.generation_error = error.to_string(),
        }
        Ok(Verdict::DONE)
    }
}

// === impl Ingredients ===

impl Ingredients {
    /// What is known about the machine; nothing as long as something is missing.
    fn of(cx: &Context<'_>, machine: &Resource<ClusterMachine>) -> Result<Option<Self>, Error> {
        let cluster = cluster_of(&machine.metadata)?;
        let patches = cx.running::<ClusterMachineConfigPatches>(machine.id())?;
        let version = cx.running::<ClusterMachineTalosVersion>(machine.id())?;
        let disk = install_disk(cx, machine.id())?;
        let secrets = cx.running::<ClusterMachineSecrets>(machine.id())?;
        let balancer = cx.get::<LoadBalancerConfig>(cluster)?;
        let (Some(patches), Some(version), Some(disk), Some(secrets), Some(balancer)) =
            (patches, version, disk, secrets, balancer)
        else {
            return Ok(None);
        };
        let bundle = Bundle::read(&secrets.spec.data)?;
        Ok(Some(Self {
            patches: patches.spec.patches.clone(),
            talos: version.spec.talos_version.clone(),
            schematic: version.spec.schematic_id.clone(),
            kubernetes: machine.spec.kubernetes_version.clone(),
            endpoint: balancer.spec.siderolink_endpoint.clone(),
            factory: factory(cx)?,
            accepted: Accepted::of(&bundle, secrets.spec.rotation.as_ref()),
            secrets: bundle,
            disk,
        }))
    }

    fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let texts = [
            &self.talos,
            &self.schematic,
            &self.kubernetes,
            &self.endpoint,
            &self.factory,
            &self.disk,
        ];
        for text in texts.into_iter().chain(&self.patches) {
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        }
        hash.update(self.secrets.to_bytes());
        let accepted = self.accepted.talos.iter().chain(&self.accepted.kubernetes);
        accepted.for_each(|certificate| hash.update(certificate));
        hex::encode(hash.finalize())
    }

    fn render(&self, machine: &omni_api::Metadata) -> Result<Configuration, ConfigError> {
        let base = Base {
            cluster: cluster_of(machine).unwrap_or_default(),
            control_plane: is_control_plane(machine),
            endpoint: &self.endpoint,
            kubernetes: &self.kubernetes,
            talos: &self.talos,
            schematic: &self.schematic,
            factory: &self.factory,
            disk: &self.disk,
            secrets: &self.secrets,
            accepted: &self.accepted,
        };
        let mut config = Configuration::new(base.document());
        self.patches
            .iter()
            .try_for_each(|patch| config.patch(patch))?;
        Ok(config)
    }
}

/// The disk that Talos stands on, or is to be put on; none while it is not clear.
fn install_disk(cx: &Context<'_>, machine: &str) -> Result<Option<String>, Error> {
    let choice = cx.get::<MachineInstallDiskConfig>(machine)?;
    let status = cx.get::<MachineInstallDiskStatus>(machine)?;
    let choice = choice.as_ref().map(|choice| &choice.spec);
    Ok(status.and_then(|status| install_disk::resolved(choice, &status.spec)))
}

/// The host of the image factory.
///
/// # Errors
/// Those of the context.
pub(crate) fn factory(cx: &Context<'_>) -> Result<String, Error> {
    let features = cx.get::<FeaturesConfig>("features-config")?;
    let url = features
        .map(|features| features.spec.image_factory_base_url.clone())
        .unwrap_or_default();
    let host = url
        .split_once("://")
        .map_or(url.as_str(), |(_, host)| host)
        .trim_end_matches('/');
    Ok(if host.is_empty() {
        FACTORY.to_owned()
    } else {
        host.to_owned()
    })
}
