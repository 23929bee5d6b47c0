//! Rules of what is configured for single machines, and of media to boot them from.

use omni_api::specs::infra_machine_config_spec::AcceptanceStatus;
use omni_api::specs::platform_config_spec::Arch;
use omni_api::{Resource, kind, labels};

use super::super::{Outcome, extensions, refuse, strings};
use crate::Store;

const REQUEST_ID_BYTES: usize = 128;
const KERNEL_LINE_BYTES: usize = 4096;

pub(super) fn kernel_args(new: &Resource<kind::KernelArgs>) -> Outcome {
    strings::kernel_args("args", &new.spec.args)
}

/// The server also compiles the selector; the plane has no such language and takes it as it is.
pub(super) fn install_disk(new: &Resource<kind::MachineInstallDiskConfig>) -> Outcome {
    match (new.spec.disk.is_empty(), new.spec.disk_selector.is_empty()) {
        (false, false) => refuse("disk and disk selector are mutually exclusive"),
        (true, true) => refuse("either disk or disk selector must be set"),
        _ => Ok(()),
    }
}

pub(super) fn extensions(store: &Store, new: &Resource<kind::ExtensionsConfiguration>) -> Outcome {
    if new.spec.extensions.is_empty() {
        return Ok(());
    }
    let name = new.metadata.label(labels::CLUSTER).unwrap_or_default();
    if name.is_empty() {
        return refuse(
            "extensions configuration with a non-empty extensions list must target a cluster via the cluster label",
        );
    }
    let Some(cluster) = store.peek::<kind::Cluster>(name) else {
        return refuse(format!("cluster {name:?} does not exist"));
    };
    extensions::check(store, &cluster.spec.talos_version, &new.spec.extensions)
}

pub(super) fn infra_config(
    old: Option<&Resource<kind::InfraMachineConfig>>,
    new: &Resource<kind::InfraMachineConfig>,
) -> Outcome {
    let was_accepted =
        old.is_some_and(|old| old.spec.acceptance_status() == AcceptanceStatus::Accepted);
    if was_accepted && new.spec.acceptance_status() != AcceptanceStatus::Accepted {
        return refuse("an accepted machine cannot be rejected or set back to pending acceptance");
    }
    strings::text(
        "requested reboot ID",
        &new.spec.requested_reboot_id,
        REQUEST_ID_BYTES,
    )?;
    strings::text(
        "power-off request ID",
        &new.spec.power_off_request_id,
        REQUEST_ID_BYTES,
    )?;
    strings::text(
        "extra kernel args",
        &new.spec.extra_kernel_args,
        KERNEL_LINE_BYTES,
    )
}

pub(super) fn infra_config_free(
    store: &Store,
    config: &Resource<kind::InfraMachineConfig>,
) -> Outcome {
    let accepted = config.spec.acceptance_status() == AcceptanceStatus::Accepted;
    if accepted && store.peek::<kind::Link>(config.id()).is_some() {
        return refuse(
            "cannot delete the config for an already accepted machine config while it is linked to a machine",
        );
    }
    Ok(())
}

pub(super) fn force_destroy(store: &Store, id: &str) -> Outcome {
    if store.peek::<kind::ClusterMachine>(id).is_some() {
        return Ok(());
    }
    refuse(format!(
        "cannot create/update a NodeForceDestroyRequest for node {id:?}, as there is no matching cluster machine"
    ))
}

pub(super) fn media(store: &Store, new: &Resource<kind::InstallationMediaConfig>) -> Outcome {
    let spec = &new.spec;
    if new.metadata.tearing_down() {
        return Ok(());
    }
    let invalid = |text: String| refuse(format!("invalid installation media config: {text}"));
    if spec.architecture() == Arch::UnknownArch {
        return invalid("architecture is required".into());
    }
    if let Some(sbc) = &spec.sbc {
        let overlay = &sbc.overlay;
        if spec.cloud.is_some() {
            return invalid("both sbc and cloud fields are set".into());
        }
        if overlay.is_empty() {
            return invalid("sbc.overlay is required when sbc is set".into());
        }
        if store.peek::<kind::SbcConfig>(overlay).is_none() {
            return invalid(format!("unknown SBC overlay {overlay:?}"));
        }
    }
    if let Some(cloud) = &spec.cloud {
        let platform = &cloud.platform;
        if platform.is_empty() {
            return invalid("cloud.platform is required when cloud is set".into());
        }
        if store.peek::<kind::CloudPlatformConfig>(platform).is_none() {
            return invalid(format!("unknown cloud platform {platform:?}"));
        }
    }
    strings::text("kernel args", &spec.kernel_args, KERNEL_LINE_BYTES)?;
    let talos = spec.talos_version.trim_start_matches('v');
    if !talos.is_empty() && store.peek::<kind::TalosVersion>(talos).is_none() {
        return refuse(format!("unknown Talos version {:?}", spec.talos_version));
    }
    known_factory(store, &spec.image_factory_url)?;
    if talos.is_empty() {
        // Without a version the newest one counts, which a plane leaves open.
        return Ok(());
    }
    extensions::check(store, talos, &spec.install_extensions)
}

fn known_factory(store: &Store, url: &str) -> Outcome {
    let Some(features) = store.peek::<kind::FeaturesConfig>("features-config") else {
        return Ok(());
    };
    let known = [
        &features.spec.image_factory_base_url,
        &features.spec.secondary_image_factory_base_url,
    ];
    let plain = |url: &str| url.trim_end_matches('/').to_owned();
    if url.is_empty() || known.iter().any(|known| plain(known) == plain(url)) {
        return Ok(());
    }
    refuse(format!("image factory {url:?} is not configured in Omni"))
}
