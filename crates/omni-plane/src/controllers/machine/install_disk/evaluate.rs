//! Which disks of a machine are fit for Talos, and why the others are not.

use std::collections::BTreeMap;

use disk_selector::dev_path;
use omni_api::specs::machine_install_disk_status_spec::Disk;
use omni_api::specs::machine_status_spec::hardware_status::BlockDevice;

/// A smaller disk is not taken by itself.
const LEAST_BYTES: u64 = 5_000_000_000;

/// Judges every disk: those that may be taken first, smallest first and USB last; then those that can only be chosen; then the rest.
pub(super) fn evaluate(devices: &[BlockDevice]) -> Vec<Disk> {
    let members = members(devices);
    let mut judged: Vec<_> = devices
        .iter()
        .map(|disk| {
            let (reason, selectable) = judge(disk, &members);
            (disk, reason, selectable)
        })
        .collect();
    judged.sort_by_key(|(disk, reason, selectable)| {
        let group = match (reason.is_empty(), selectable) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        };
        let (usb, size) = if group == 0 {
            (disk.transport == "usb", disk.size)
        } else {
            (false, 0)
        };
        (group, usb, size, dev_path(disk).to_owned())
    });
    let disks = judged
        .into_iter()
        .map(|(disk, skip_reason, selectable)| Disk {
            dev_path: dev_path(disk).to_owned(),
            selectable,
            skip_reason,
            members: disk.secondary_disks.clone(),
        });
    disks.collect()
}

/// The disks that others are built on, and which those are.
fn members(devices: &[BlockDevice]) -> BTreeMap<&str, &str> {
    let mut members = BTreeMap::new();
    for disk in devices {
        for member in &disk.secondary_disks {
            let parent = members.entry(member.as_str()).or_insert(dev_path(disk));
            *parent = (*parent).min(dev_path(disk));
        }
    }
    members
}

/// Why a disk is not taken by itself, if so, and whether it can be chosen.
fn judge(disk: &BlockDevice, members: &BTreeMap<&str, &str>) -> (String, bool) {
    let name = disk.dev_path.rsplit('/').next().unwrap_or_default();
    let unfit = |reason: &str| (reason.to_owned(), false);
    if disk.dev_path.is_empty() {
        return unfit(
            "reported without the disk details, waiting for the machine to be polled again",
        );
    }
    if let Some(parent) = members.get(name) {
        return (format!("a member of {parent}"), false);
    }
    if disk.readonly {
        return unfit("read-only");
    }
    if disk.r#type == "CD" {
        return unfit("a CD-ROM drive");
    }
    if disk.size <= LEAST_BYTES {
        return unfit("smaller than the minimum size for an install disk");
    }
    if is_composite(disk) {
        return ("built on top of other disks".to_owned(), true);
    }
    (String::new(), true)
}

/// Whether a disk is built on top of others.
pub(super) fn is_composite(disk: &BlockDevice) -> bool {
    !disk.secondary_disks.is_empty() || disk.bus_path == "/virtual"
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

    #[test]
    fn the_smallest_disk_that_is_fit_is_taken_and_the_others_say_why_not() {
        let mut stick = disk("sdz", 64);
        stick.transport = "usb".into();
        let mut readonly = disk("sdr", 100);
        readonly.readonly = true;
        let devices = vec![
            on("md0", &["sda", "sdb"]),
            disk("sda", 900),
            disk("sdb", 900),
            readonly,
            stick,
            disk("nvme1n1", 500),
            disk("nvme0n1", 500),
            disk("tiny", 5),
        ];
        let disks = evaluate(&devices);
        let judged: Vec<(&str, &str, bool)> = disks
            .iter()
            .map(|disk| {
                (
                    disk.dev_path.as_str(),
                    disk.skip_reason.as_str(),
                    disk.selectable,
                )
            })
            .collect();
        assert_eq!(
            judged,
            [
                ("/dev/nvme0n1", "", true),
                ("/dev/nvme1n1", "", true),
                ("/dev/sdz", "", true),
                ("/dev/md0", "built on top of other disks", true),
                ("/dev/sda", "a member of /dev/md0", false),
                ("/dev/sdb", "a member of /dev/md0", false),
                ("/dev/sdr", "read-only", false),
                (
                    "/dev/tiny",
                    "smaller than the minimum size for an install disk",
                    false
                ),
            ]
        );
        assert_eq!(disks[3].members, ["sda", "sdb"]);
    }
}
