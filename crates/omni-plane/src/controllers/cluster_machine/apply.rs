//! Orders to a machine: what image and what configuration to run.

use omni_api::Resource;
use omni_api::kind::ClusterMachineConfig;

use super::situation::Situation;
use crate::controllers::common::{cluster_of, is_control_plane};
use crate::controllers::machine_config::{ConfigError, Configuration};
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
    let mut parsed = Configuration::new(serde_json::json!({}));
    parsed
        .patch(text)
        .map_err(|error: ConfigError| broken(error.to_string()))?;
    Ok(parsed)
}

/// Tells the machine which image to run, and leaves its configuration alone, unless it has none yet.
///
/// # Errors
/// Those of the context.
pub(super) fn order_image(
    cx: &Context<'_>,
    config: &Resource<ClusterMachineConfig>,
    situation: &Situation,
    parsed: &Configuration,
) -> Result<(), Error> {
    let cluster = cluster_of(&config.metadata)?;
    let first = situation.observed.config_sha256.is_empty();
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
        if first {
            desired
                .spec
                .config_sha256
                .clone_from(&situation.config_sha256);
            desired.spec.kubernetes = Some(parsed.components());
        }
    })?;
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
    parsed: &Configuration,
) -> Result<(), Error> {
    order_image(cx, config, situation, parsed)?;
    cx.put_for_user::<Desired>(config.id(), |desired| {
        desired
            .spec
            .config_sha256
            .clone_from(&situation.config_sha256);
        desired.spec.kubernetes = Some(parsed.components());
    })?;
    Ok(())
}
