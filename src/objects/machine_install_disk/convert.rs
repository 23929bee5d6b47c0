//! Between the model and Omni's `MachineInstallDiskConfig`: pure, both ways.

use omni_api::{Resource, kind};
use tfplugin::{Attr, Text as _};

use super::MachineInstallDisk;
use crate::objects::shared::metadata;
use crate::values::{DiskSelector, MachineId};

/// Writes what the configuration sets into the resource: the choice is written whole.
pub fn write(config: &MachineInstallDisk, resource: &mut Resource<kind::MachineInstallDiskConfig>) {
    resource.spec.disk = config.disk.clone().known_or(String::new());
    let selector = config.disk_selector.as_known();
    resource.spec.disk_selector = selector
        .map(|selector| selector.spelling().to_owned())
        .unwrap_or_default();
    metadata::mark_managed(&mut resource.metadata);
}

/// Fills the state with what the server says.
pub fn read(resource: &Resource<kind::MachineInstallDiskConfig>, state: &mut MachineInstallDisk) {
    let set = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    state.machine_id = Attr::from(MachineId::of(resource.id()));
    state.disk = Attr::from(set(&resource.spec.disk));
    let selector = set(&resource.spec.disk_selector);
    state.disk_selector = Attr::from(selector.as_deref().map(DiskSelector::of));
}

/// Fills in what the server has made of it.
pub fn read_status(
    status: Option<&Resource<kind::MachineInstallDiskStatus>>,
    state: &mut MachineInstallDisk,
) {
    let spec = status.map(|status| status.spec.clone()).unwrap_or_default();
    state.resolved_disk = Attr::Known(spec.disk);
    state.message = Attr::Known(spec.message);
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs::{MachineInstallDiskConfigSpec, MachineInstallDiskStatusSpec};

    const MACHINE: &str = "10001802-c798-4da7-a410-f09abb48c8d8";

    fn written(config: &MachineInstallDisk) -> Resource<kind::MachineInstallDiskConfig> {
        // What was there before does not survive.
        let before = MachineInstallDiskConfigSpec {
            disk: "/dev/old".into(),
            disk_selector: "system_disk".into(),
        };
        let mut resource = Resource::new(MACHINE, before);
        write(config, &mut resource);
        resource
    }

    #[test]
    fn one_choice_takes_the_place_of_the_other() {
        let disk = MachineInstallDisk {
            disk: "/dev/sda".into(),
            ..Default::default()
        };
        let spec = written(&disk).spec;
        assert_eq!(
            (spec.disk.as_str(), spec.disk_selector.as_str()),
            ("/dev/sda", "")
        );
        let selector = MachineInstallDisk {
            disk_selector: Attr::Known(DiskSelector::of("disk.size > 1u * TB")),
            ..Default::default()
        };
        let spec = written(&selector).spec;
        assert_eq!(
            (spec.disk.as_str(), spec.disk_selector.as_str()),
            ("", "disk.size > 1u * TB")
        );
    }

    #[test]
    fn what_was_written_is_read_back() {
        let config = MachineInstallDisk {
            machine_id: Attr::from(MachineId::of(MACHINE)),
            disk_selector: Attr::Known(DiskSelector::of("disk.size > 1u * TB")),
            ..Default::default()
        };
        let mut state = MachineInstallDisk::default();
        read(&written(&config), &mut state);
        assert_eq!(state, config);
        let status = MachineInstallDiskStatusSpec {
            disk: "/dev/sda".into(),
            message: "selected by the install disk selector".into(),
            ..Default::default()
        };
        read_status(Some(&Resource::new(MACHINE, status)), &mut state);
        assert_eq!(state.resolved_disk.as_str(), Some("/dev/sda"));
        read_status(None, &mut state);
        assert_eq!(state.resolved_disk.as_str(), Some(""));
    }
}
