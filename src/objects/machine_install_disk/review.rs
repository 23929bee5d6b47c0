//! What a reviewer must know before a disk is chosen: is there such a disk, is it one, is it too late? Pure.
//!
//! The server accepts a disk that the machine does not have and then installs nothing; a plan should say so.

use disk_selector::{SelectorError, dev_path};
use omni_api::specs::machine_install_disk_status_spec::Disk;
use omni_api::specs::machine_status_spec::hardware_status::BlockDevice;
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::MachineInstallDisk;
use super::disks::{Disks, is_composite, paths};
use crate::values::DiskSelector;

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &MachineInstallDisk, diagnostics: &mut Diagnostics) {
    match (&config.disk, &config.disk_selector) {
        (Attr::Null, Attr::Null) => diagnostics.push(
            Diagnostic::error("No disk")
                .detail("Neither `disk` nor `disk_selector` is set: there is nothing to choose by.")
                .remedy("Set one of them, or remove the object: Omni then takes the smallest disk that is fit."),
        ),
        (disk, selector) if !disk.is_null() && !selector.is_null() => diagnostics.push(
            Diagnostic::error("Two choices")
                .detail("`disk` and `disk_selector` exclude each other.")
                .remedy("Remove one of them.")
                .at_attribute("disk_selector"),
        ),
        _ => {}
    }
    if config.disk.as_str() == Some("") {
        diagnostics.push(
            Diagnostic::error("No disk")
                .detail("`disk` is empty.")
                .remedy("Set the path of a disk, or remove the attribute.")
                .at_attribute("disk"),
        );
    }
}

/// Checks a choice against the disks that the machine has told of; nothing is said of a machine that has told of none.
pub fn choice(planned: &MachineInstallDisk, disks: &Disks) -> Diagnostics {
    let devices = disks.devices();
    if devices.is_empty() {
        return Diagnostics::new();
    }
    let found = match (&planned.disk, &planned.disk_selector) {
        (Attr::Known(path), _) => by_path(path, disks),
        (_, Attr::Known(selector)) => by_selector(selector, disks),
        _ => return Diagnostics::new(),
    };
    match found {
        Ok((chosen, mut said)) => {
            said.extend(too_late(&chosen, devices));
            said
        }
        Err(problem) => problem.into(),
    }
}

type Found<'a> = Result<(Vec<&'a BlockDevice>, Diagnostics), Diagnostic>;

fn by_path<'a>(path: &str, disks: &'a Disks) -> Found<'a> {
    let devices = disks.devices();
    let found: Vec<_> = devices
        .iter()
        .filter(|disk| dev_path(disk) == path)
        .collect();
    if found.is_empty() {
        return Err(Diagnostic::error("No such disk")
            .detail(format!(
                "The machine has no disk {path:?}.\n\n{}",
                disks.candidates()
            ))
            .remedy("Choose one of them.")
            .at_attribute("disk"));
    }
    let judged = disks.status.iter().flat_map(|status| &status.spec.disks);
    let unfit = judged.filter(|disk| disk.dev_path == path && !disk.selectable);
    let said = unfit.map(unfit_disk).collect();
    Ok((found, said))
}

fn by_selector<'a>(selector: &DiskSelector, disks: &'a Disks) -> Found<'a> {
    let mut found = matching(selector, disks.devices()).map_err(|error| {
        Diagnostic::error("The selector has no answer for a disk")
            .detail(format!("{error}.\n\n{}", disks.candidates()))
            .remedy(
                "Ask first whether the answer is there, as with `disk.symlinks.size() > 0 && …`.",
            )
            .at_attribute("disk_selector")
    })?;
    // Omni's order: plain disks first, then by path.
    let order = |disk: &BlockDevice| (is_composite(disk), dev_path(disk).to_owned());
    found.sort_by_key(|disk| order(disk));
    match found.as_slice() {
        [] => Err(Diagnostic::error("No disk matches")
            .detail(format!("The selector matches none of the machine's disks.\n\n{}", disks.candidates()))
            .remedy("Change the selector, or name the disk with `disk`.")
            .at_attribute("disk_selector")),
        [first, _, ..] if is_composite(first) => Err(Diagnostic::error("No disk is clearly meant")
            .detail(format!(
                "The selector matches {}, which are all built on top of other disks: Omni does not choose among those.",
                paths(&found)
            ))
            .remedy("Narrow the selector to one of them, or name the disk with `disk`.")
            .at_attribute("disk_selector")),
        [first, _, ..] => {
            let said = Diagnostic::warning("Several disks match")
                .detail(format!("The selector matches {}; Omni takes {}.", paths(&found), dev_path(first)))
                .remedy("Narrow the selector where this is not the disk that is meant.")
                .at_attribute("disk_selector");
            Ok((vec![*first], said.into()))
        }
        [_] => Ok((found, Diagnostics::new())),
    }
}

fn matching<'a>(
    selector: &DiskSelector,
    devices: &'a [BlockDevice],
) -> Result<Vec<&'a BlockDevice>, SelectorError> {
    let selector = selector.compile()?;
    let mut found = Vec::new();
    for disk in devices {
        if selector.matches(disk)? {
            found.push(disk);
        }
    }
    Ok(found)
}

/// Talos stands on another disk already.
fn too_late(chosen: &[&BlockDevice], devices: &[BlockDevice]) -> Option<Diagnostic> {
    let system = devices.iter().find(|disk| disk.system_disk)?;
    if chosen.iter().any(|disk| disk.system_disk) {
        return None;
    }
    Some(
        Diagnostic::warning("Talos is installed on another disk")
            .detail(format!(
                "The machine has Talos on {}. The choice counts when the machine is wiped and installed again.",
                dev_path(system)
            ))
            .at_attribute("machine_id"),
    )
}

fn unfit_disk(disk: &Disk) -> Diagnostic {
    Diagnostic::warning("A disk that Omni would not take")
        .detail(format!("{} is {}.", disk.dev_path, disk.skip_reason))
        .at_attribute("disk")
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::Resource;
    use omni_api::specs::machine_status_spec::HardwareStatus;
    use omni_api::specs::{MachineInstallDiskStatusSpec, MachineStatusSpec};

    const MACHINE: &str = "10001802-c798-4da7-a410-f09abb48c8d8";

    fn disk(path: &str, gigabytes: u64) -> BlockDevice {
        BlockDevice {
            dev_path: path.into(),
            size: gigabytes * 1_000_000_000,
            pretty_size: format!("{gigabytes} GB"),
            transport: "nvme".into(),
            ..Default::default()
        }
    }

    fn known(devices: Vec<BlockDevice>) -> Disks {
        let judged = devices.iter().map(|disk| Disk {
            dev_path: disk.dev_path.clone(),
            selectable: !disk.readonly,
            skip_reason: if disk.readonly {
                "read-only".into()
            } else {
                String::new()
            },
            ..Default::default()
        });
        let status = MachineInstallDiskStatusSpec {
            disks: judged.collect(),
            ..Default::default()
        };
        let machine = MachineStatusSpec {
            hardware: Some(HardwareStatus {
                blockdevices: devices,
                ..Default::default()
            }),
            ..Default::default()
        };
        Disks {
            machine: Some(Resource::new(MACHINE, machine)),
            status: Some(Resource::new(MACHINE, status)),
        }
    }

    fn path(path: &str) -> MachineInstallDisk {
        MachineInstallDisk {
            disk: path.into(),
            ..Default::default()
        }
    }

    fn selector(text: &str) -> MachineInstallDisk {
        MachineInstallDisk {
            disk_selector: Attr::Known(DiskSelector::of(text)),
            ..Default::default()
        }
    }

    fn said(planned: &MachineInstallDisk, disks: &Disks) -> Vec<String> {
        choice(planned, disks)
            .iter()
            .map(|one| one.summary().to_owned())
            .collect()
    }

    #[test]
    fn exactly_one_choice_is_made() {
        let problems = |config: &MachineInstallDisk| {
            let mut diagnostics = Diagnostics::new();
            configuration(config, &mut diagnostics);
            diagnostics
                .iter()
                .map(|one| one.summary().to_owned())
                .collect::<Vec<_>>()
        };
        assert!(problems(&path("/dev/sda")).is_empty());
        assert!(problems(&selector("system_disk")).is_empty());
        assert_eq!(problems(&MachineInstallDisk::default()), ["No disk"]);
        let both = MachineInstallDisk {
            disk: "/dev/sda".into(),
            ..selector("system_disk")
        };
        assert_eq!(problems(&both), ["Two choices"]);
        assert_eq!(problems(&path("")), ["No disk"]);
        let unknown = MachineInstallDisk {
            disk: Attr::Unknown,
            ..Default::default()
        };
        assert!(problems(&unknown).is_empty());
    }

    #[test]
    fn a_disk_that_is_not_there_lists_those_that_are() {
        let disks = known(vec![disk("/dev/nvme0n1", 500), disk("/dev/nvme1n1", 100)]);
        assert!(said(&path("/dev/nvme0n1"), &disks).is_empty());
        let missing = choice(&path("/dev/sda"), &disks);
        let text = missing.iter().map(Diagnostic::text).collect::<String>();
        assert!(text.contains("no disk \"/dev/sda\""), "{text}");
        assert!(
            text.contains("/dev/nvme0n1 (500 GB, nvme)\n  /dev/nvme1n1 (100 GB, nvme)"),
            "{text}"
        );
        assert_eq!(
            said(&selector("disk.size > 1u * TB"), &disks),
            ["No disk matches"]
        );
        assert!(said(&selector("disk.size > 200u * GB"), &disks).is_empty());
    }

    #[test]
    fn several_matches_name_the_one_that_is_taken() {
        let disks = known(vec![disk("/dev/sdb", 500), disk("/dev/sda", 500)]);
        let several = choice(&selector("disk.size > 200u * GB"), &disks);
        let text = several.iter().map(Diagnostic::text).collect::<String>();
        assert!(
            text.contains("/dev/sda, /dev/sdb; Omni takes /dev/sda"),
            "{text}"
        );
        let composite = |path: &str| BlockDevice {
            secondary_disks: vec!["sda".into()],
            ..disk(path, 500)
        };
        let raids = known(vec![composite("/dev/md0"), composite("/dev/md1")]);
        assert_eq!(
            said(&selector("true"), &raids),
            ["No disk is clearly meant"]
        );
    }

    #[test]
    fn an_installed_machine_and_an_unfit_disk_are_warned_about() {
        let mut system = disk("/dev/sda", 500);
        system.system_disk = true;
        let mut unfit = disk("/dev/sdb", 500);
        unfit.readonly = true;
        let disks = known(vec![system, unfit]);
        assert!(said(&path("/dev/sda"), &disks).is_empty());
        assert_eq!(
            said(&path("/dev/sdb"), &disks),
            [
                "A disk that Omni would not take",
                "Talos is installed on another disk"
            ]
        );
    }

    #[test]
    fn a_selector_without_an_answer_says_so() {
        let disks = known(vec![disk("/dev/sda", 500)]);
        assert_eq!(
            said(&selector("disk.symlinks[0] == \"x\""), &disks),
            ["The selector has no answer for a disk"]
        );
    }

    #[test]
    fn a_machine_that_has_told_nothing_is_not_judged() {
        assert!(said(&path("/dev/sda"), &Disks::default()).is_empty());
        assert!(said(&path("/dev/sda"), &known(Vec::new())).is_empty());
    }
}
