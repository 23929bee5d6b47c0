//! Disks that are there, are many, are none.

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

#[test]
fn a_server_without_the_kind_is_told_with_the_patch_that_does_the_same() {
    let lack = Lack {
        version: "v1.10.4".into(),
    };
    let said = |planned: MachineInstallDisk| {
        let planned = MachineInstallDisk {
            machine_id: Attr::from(MachineId::of(MACHINE)),
            ..planned
        };
        let found = not_here(&lack, &planned);
        let at = found.path().map(ToString::to_string).unwrap_or_default();
        (at, found.text())
    };
    let (at, text) = said(path("/dev/sda"));
    assert_eq!(at, "disk");
    assert!(text.contains("This Omni (v1.10.4)"), "{text}");
    assert!(text.contains("install = { disk = \"/dev/sda\" }"), "{text}");
    assert!(text.contains(MACHINE), "{text}");
    let (at, text) = said(selector("disk.rotational"));
    assert_eq!(at, "disk_selector");
    assert!(text.contains("by its path"), "{text}");
}
