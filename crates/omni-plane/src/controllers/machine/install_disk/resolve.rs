//! Which disk Talos is put on: the one that is chosen, or the smallest that is fit for it.
//!
//! # Guarantees
//! - A machine with Talos on a disk keeps that disk, whatever is chosen: a bad choice never holds up an installed machine.
//! - The same disks and the same choice give the same disk, in whatever order the machine tells of its disks.
//! - A disk that is built on top of others is taken only where it is chosen and nothing else is.

use disk_selector::{DiskSelector, SelectorError, dev_path};
use omni_api::specs::machine_install_disk_status_spec::Disk;
use omni_api::specs::machine_status_spec::HardwareStatus;
use omni_api::specs::machine_status_spec::hardware_status::BlockDevice;
use omni_api::specs::{MachineInstallDiskConfigSpec, MachineInstallDiskStatusSpec};

use super::evaluate::{evaluate, is_composite};

/// What comes of a choice.
pub(super) fn resolve(
    hardware: Option<&HardwareStatus>,
    choice: Option<&MachineInstallDiskConfigSpec>,
) -> MachineInstallDiskStatusSpec {
    let Some(hardware) = hardware else {
        return MachineInstallDiskStatusSpec {
            message: "waiting for the machine hardware information".to_owned(),
            ..Default::default()
        };
    };
    let devices = &hardware.blockdevices;
    let disks = evaluate(devices);
    let (disk, message) = match devices.iter().find(|disk| disk.system_disk) {
        Some(system) => installed(dev_path(system), choice, devices),
        None => match choice {
            Some(choice) => chosen(choice, devices),
            None => automatic(&disks),
        },
    };
    MachineInstallDiskStatusSpec {
        disk,
        message,
        disks,
        ..Default::default()
    }
}

/// The disk, and what is to be said about it.
type Answer = (String, String);

fn installed(
    system: &str,
    choice: Option<&MachineInstallDiskConfigSpec>,
    devices: &[BlockDevice],
) -> Answer {
    let plain = format!("Talos is already installed on {system}");
    let found = choice.map(|choice| matching(choice, devices));
    let message = match found {
        Some(Err(error)) => {
            format!("{plain}, and the install disk selector failed to evaluate: {error}")
        }
        Some(Ok(found)) if !found.iter().any(|disk| dev_path(disk) == system) => format!(
            "{plain}, the install disk selection takes effect only if the machine is wiped and installed again"
        ),
        Some(Ok(_)) | None => plain,
    };
    (system.to_owned(), message)
}

fn chosen(choice: &MachineInstallDiskConfigSpec, devices: &[BlockDevice]) -> Answer {
    let found = match matching(choice, devices) {
        Ok(found) => found,
        Err(error) => {
            return nothing(format!("install disk selector evaluation failed: {error}"));
        }
    };
    if choice.disk.is_empty() {
        return selected(found);
    }
    if found.is_empty() {
        return nothing(format!(
            "the selected install disk {} is not present on the machine",
            choice.disk
        ));
    }
    (
        choice.disk.clone(),
        "selected by the install disk selection".to_owned(),
    )
}

/// The first of the disks that a selector means: plain ones first, then by path.
fn selected(mut found: Vec<&BlockDevice>) -> Answer {
    let order = |disk: &BlockDevice| (is_composite(disk), dev_path(disk).to_owned());
    found.sort_by_key(|disk| order(disk));
    let count = found.len();
    let Some(first) = found.first() else {
        return nothing("no disk matches the install disk selector".to_owned());
    };
    let path = dev_path(first);
    if count == 1 {
        return (
            path.to_owned(),
            "selected by the install disk selector".to_owned(),
        );
    }
    if is_composite(first) {
        return nothing(format!(
            "{count} disks match the install disk selector and all of them are built on top of other disks, refusing to pick one automatically"
        ));
    }
    (
        path.to_owned(),
        format!("{count} disks match the install disk selector, using {path}"),
    )
}

fn automatic(disks: &[Disk]) -> Answer {
    match disks.first().filter(|disk| disk.skip_reason.is_empty()) {
        Some(first) => (first.dev_path.clone(), String::new()),
        None => nothing("no disks are eligible for installation".to_owned()),
    }
}

fn nothing(message: String) -> Answer {
    (String::new(), message)
}

fn matching<'a>(
    choice: &MachineInstallDiskConfigSpec,
    devices: &'a [BlockDevice],
) -> Result<Vec<&'a BlockDevice>, SelectorError> {
    if !choice.disk.is_empty() {
        let named = devices.iter().filter(|disk| dev_path(disk) == choice.disk);
        return Ok(named.collect());
    }
    let selector = DiskSelector::parse(&choice.disk_selector)?;
    let mut found = Vec::new();
    for disk in devices {
        if selector.matches(disk)? {
            found.push(disk);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1_000_000_000;

    fn disk(name: &str, gigabytes: u64) -> BlockDevice {
        BlockDevice {
            dev_path: format!("/dev/{name}"),
            linux_name: format!("/dev/{name}"),
            size: gigabytes * GB,
            transport: "nvme".into(),
            ..Default::default()
        }
    }

    fn on(name: &str, parts: &[&str]) -> BlockDevice {
        BlockDevice {
            secondary_disks: parts.iter().map(|part| (*part).to_owned()).collect(),
            ..disk(name, 900)
        }
    }

    fn of(devices: Vec<BlockDevice>, choice: Option<(&str, &str)>) -> MachineInstallDiskStatusSpec {
        let hardware = HardwareStatus {
            blockdevices: devices,
            ..Default::default()
        };
        let choice = choice.map(|(disk, selector)| MachineInstallDiskConfigSpec {
            disk: disk.into(),
            disk_selector: selector.into(),
        });
        resolve(Some(&hardware), choice.as_ref())
    }

    #[test]
    fn a_choice_is_followed_or_says_why_not() {
        let devices = || {
            vec![
                disk("sdb", 500),
                disk("sda", 500),
                on("md0", &["x"]),
                on("md1", &["y"]),
            ]
        };
        for (choice, disk, message) in [
            (
                ("/dev/sdb", ""),
                "/dev/sdb",
                "selected by the install disk selection",
            ),
            (
                ("/dev/sdx", ""),
                "",
                "the selected install disk /dev/sdx is not present on the machine",
            ),
            (
                ("", "disk.dev_path == '/dev/sdb'"),
                "/dev/sdb",
                "selected by the install disk selector",
            ),
            (
                ("", "disk.size > 100u * GB"),
                "/dev/sda",
                "4 disks match the install disk selector, using /dev/sda",
            ),
            (
                ("", "disk.size > 1u * TB"),
                "",
                "no disk matches the install disk selector",
            ),
            (
                ("", "disk.dev_path == '/dev/md0'"),
                "/dev/md0",
                "selected by the install disk selector",
            ),
            (
                ("", "disk.size == 900u * GB"),
                "",
                "2 disks match the install disk selector and all of them are built on top of other disks, refusing to pick one automatically",
            ),
            (
                ("", "disk.symlinks[0] == 'x'"),
                "",
                "install disk selector evaluation failed: error evaluating the selector against \"/dev/sdb\": index out of bounds: 0",
            ),
        ] {
            let status = of(devices(), Some(choice));
            assert_eq!(
                (status.disk.as_str(), status.message.as_str()),
                (disk, message)
            );
        }
        assert_eq!(
            of(Vec::new(), None).message,
            "no disks are eligible for installation"
        );
        assert_eq!(
            resolve(None, None).message,
            "waiting for the machine hardware information"
        );
    }

    #[test]
    fn an_installed_machine_keeps_its_disk() {
        let devices = || {
            let mut system = disk("vda", 54);
            system.system_disk = true;
            vec![disk("vdb", 20), system]
        };
        for (choice, message) in [
            (None, "Talos is already installed on /dev/vda"),
            (
                Some(("/dev/vda", "")),
                "Talos is already installed on /dev/vda",
            ),
            (
                Some(("/dev/vdb", "")),
                "Talos is already installed on /dev/vda, the install disk selection takes effect only if the machine is wiped and \
                 installed again",
            ),
            (
                Some(("", "system_disk")),
                "Talos is already installed on /dev/vda",
            ),
            (
                Some(("", "disk.size / (disk.io_size) > 1u")),
                "Talos is already installed on /dev/vda, and the install disk selector failed to evaluate: error evaluating the selector \
                 against \"/dev/vdb\": division by zero",
            ),
        ] {
            let status = of(devices(), choice);
            assert_eq!(
                (status.disk.as_str(), status.message.as_str()),
                ("/dev/vda", message)
            );
        }
    }
}
