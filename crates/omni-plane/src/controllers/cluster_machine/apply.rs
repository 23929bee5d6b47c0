//! Orders to a machine: what image and what configuration to run.

use omni_api::Resource;
use omni_api::kind::ClusterMachineConfig;

use super::situation::Situation;
use crate::controllers::common::{cluster_of, is_control_plane};
use crate::controllers::machine_config::Configuration;
use crate::engine::{Context, Error};
use crate::machines::Desired;

/// The configuration as documents.
///
/// # Errors
/// [`Error::Unusable`]; not to be expected, as the text is our own.
pub(super) fn parse(config: &Resource<ClusterMachineConfig>) -> Result<Configuration, Error> {
    let broken = |reason: String| Error::Unusable {
        what: config.metadata.to_string(),
        reason,
    };
    let text = std::str::from_utf8(&config.spec.data).map_err(|error| broken(error.to_string()))?;
    Configuration::from_stream(text).map_err(|error| broken(error.to_string()))
}

/// The configuration for people: YAML, without secrets.
///
/// # Errors
/// As [`parse`].
pub(super) fn redact(config: &Resource<ClusterMachineConfig>) -> Result<String, Error> {
    let yaml = parse(config)?.redacted().to_yaml();
    yaml.map_err(|error| Error::Unusable {
        what: config.metadata.to_string(),
        reason: error.to_string(),
    })
}

/// Tells the machine which image to run, and leaves its configuration alone, unless it has none yet.
///
/// # Errors
/// Those of the context.
pub(super) fn order_image(
    cx: &Context<'_>,
    config: &Resource<ClusterMachineConfig>,
    situation: &Situation,
) -> Result<(), Error> {
    let cluster = cluster_of(&config.metadata)?;
    cx.put_for_user::<Desired>(config.id(), |desired| {
        cluster.clone_into(&mut desired.spec.cluster);
        desired.spec.control_plane = is_control_plane(&config.metadata);
        desired
            .spec
            .talos_version
            .clone_from(&situation.wanted.version);
        desired
            .spec
            .schematic
            .clone_from(&situation.wanted.schematic);
        desired
            .spec
            .install_disk
            .clone_from(&config.spec.install_disk);
    })?;
    if situation.observed.config_sha256.is_empty() {
        set_config(cx, config, situation)?;
    }
    Ok(())
}

/// Tells the machine which configuration to run, on the image that it has.
///
/// # Errors
/// Those of the context.
pub(super) fn order_config(
    cx: &Context<'_>,
    config: &Resource<ClusterMachineConfig>,
    situation: &Situation,
) -> Result<(), Error> {
    order_image(cx, config, situation)?;
    set_config(cx, config, situation)
}

fn set_config(
    cx: &Context<'_>,
    config: &Resource<ClusterMachineConfig>,
    situation: &Situation,
) -> Result<(), Error> {
    let told = cx.get::<Desired>(config.id())?;
    if told.is_some_and(|told| told.spec.config_sha256 == situation.config_sha256) {
        return Ok(());
    }
    let components = parse(config)?.components();
    cx.put_for_user::<Desired>(config.id(), |desired| {
        desired
            .spec
            .config_sha256
            .clone_from(&situation.config_sha256);
        desired.spec.kubernetes = Some(components.clone());
    })?;
    Ok(())
}
