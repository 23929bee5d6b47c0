//! Rules of what is configured for single machines.

use disk_selector::DiskSelector;
use omni_api::specs::infra_machine_config_spec::AcceptanceStatus;
use omni_api::{Resource, kind, labels};

use super::super::{Outcome, extensions, refuse, strings};
use crate::Store;
use crate::release::Release;

const REQUEST_ID_BYTES: usize = 128;
const KERNEL_LINE_BYTES: usize = 4096;

pub(super) fn kernel_args(release: Release, new: &Resource<kind::KernelArgs>) -> Outcome {
    strings::kernel_args(release, "args", &new.spec.args)
}

pub(super) fn install_disk(new: &Resource<kind::MachineInstallDiskConfig>) -> Outcome {
    match (new.spec.disk.is_empty(), new.spec.disk_selector.is_empty()) {
        (false, false) => refuse("disk and disk selector are mutually exclusive"),
        (true, true) => refuse("either disk or disk selector must be set"),
        (false, true) => Ok(()),
        (true, false) => DiskSelector::parse(&new.spec.disk_selector)
            .map(drop)
            .or_else(|error| {
                refuse(format!(
                    "disk selector is not a valid boolean disk expression: {error}"
                ))
            }),
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
    release: Release,
    old: Option<&Resource<kind::InfraMachineConfig>>,
    new: &Resource<kind::InfraMachineConfig>,
) -> Outcome {
    let was_accepted =
        old.is_some_and(|old| old.spec.acceptance_status() == AcceptanceStatus::Accepted);
    if was_accepted && new.spec.acceptance_status() != AcceptanceStatus::Accepted {
        return refuse("an accepted machine cannot be rejected or set back to pending acceptance");
    }
    strings::text(
        release,
        "requested reboot ID",
        &new.spec.requested_reboot_id,
        REQUEST_ID_BYTES,
    )?;
    strings::text(
        release,
        "power-off request ID",
        &new.spec.power_off_request_id,
        REQUEST_ID_BYTES,
    )?;
    strings::text(
        release,
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
