//! What Omni shows of how a machine's configuration is made: the image that its installer is from.
//!
//! Omni makes configurations from it; here they are made from the same sources, and it is shown. A machine that leaves its cluster keeps the last.

use omni_api::kind::{
    ClusterMachineTalosVersion, FeaturesConfig, MachineConfigGenOptions, MachineStatus,
};
use omni_api::specs::machine_config_gen_options_spec::InstallImage;

use crate::controllers::cluster_machine::factory;
use crate::engine::{Context, Controller, Error, Input, Next, Output};

/// Shows install images.
#[derive(Debug)]
pub(super) struct MachineConfigOptions;

impl Controller for MachineConfigOptions {
    fn name(&self) -> &'static str {
        "MachineConfigGenOptionsController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<MachineStatus>(),
            Input::by_id::<ClusterMachineTalosVersion>(),
            Input::quiet::<FeaturesConfig>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<MachineConfigGenOptions>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(status) = cx.get::<MachineStatus>(id)? else {
            cx.remove::<MachineConfigGenOptions>(id)?;
            return Ok(Next::Done);
        };
        let wanted = cx.get::<ClusterMachineTalosVersion>(id)?;
        let spec = &status.spec;
        let schematic = spec.schematic.as_ref();
        // An invalid one cannot be made again; it is known all the same.
        let known = schematic
            .filter(|image| !image.in_agent_mode && (image.invalid || !image.full_id.is_empty()));
        let host = factory(cx)?;
        let image = wanted.map(|wanted| InstallImage {
            talos_version: wanted.spec.talos_version.clone(),
            schematic_id: wanted.spec.schematic_id.clone(),
            schematic_initialized: known.is_some(),
            schematic_invalid: known.is_some_and(|image| image.invalid),
            platform: spec
                .platform_metadata
                .as_ref()
                .map_or_else(String::new, |known| known.platform.clone()),
            security_state: spec.security_state,
            image_factory_host: host.clone(),
        });
        cx.put::<MachineConfigGenOptions>(id, |options| {
            if let Some(image) = &image {
                options.spec.install_image = Some(image.clone());
            }
        })?;
        Ok(Next::Done)
    }
}
