//! The disks of a machine, as it has told of them and as Omni judges them.

use disk_selector::dev_path;
use omni_api::specs::machine_status_spec::hardware_status::BlockDevice;
use omni_api::{Resource, kind};

/// What is known about the disks of a machine.
#[derive(Debug, Default)]
pub struct Disks {
    /// The machine as it checked in.
    pub machine: Option<Resource<kind::MachineStatus>>,
    /// What Omni makes of its disks.
    pub status: Option<Resource<kind::MachineInstallDiskStatus>>,
}

// === impl Disks ===

impl Disks {
    /// What the machine has told of; nothing before it has told of any.
    pub fn devices(&self) -> &[BlockDevice] {
        let machine = self.machine.as_ref();
        let hardware = machine.and_then(|machine| machine.spec.hardware.as_ref());
        hardware.map_or(&[], |hardware| &hardware.blockdevices)
    }

    /// The machine's disks for a message, those first that Omni would take.
    pub fn candidates(&self) -> String {
        let judged = self.status.as_ref().map(|status| &status.spec.disks);
        let line = |disk: &BlockDevice| {
            let path = dev_path(disk);
            let known = judged.and_then(|judged| judged.iter().find(|one| one.dev_path == path));
            let why = known.map_or("", |known| known.skip_reason.as_str());
            let facts = [disk.pretty_size.as_str(), &disk.model, &disk.transport, why];
            let facts: Vec<&str> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
            format!("  {path} ({})", facts.join(", "))
        };
        let rank = |disk: &&BlockDevice| {
            let path = dev_path(disk);
            judged
                .and_then(|judged| judged.iter().position(|one| one.dev_path == path))
                .unwrap_or(usize::MAX)
        };
        let mut sorted: Vec<&BlockDevice> = self.devices().iter().collect();
        sorted.sort_by_key(rank);
        let lines: Vec<String> = sorted.into_iter().map(line).collect();
        format!("It has:\n{}", lines.join("\n"))
    }
}

/// Whether a disk is built on top of others.
pub fn is_composite(disk: &BlockDevice) -> bool {
    !disk.secondary_disks.is_empty() || disk.bus_path == "/virtual"
}

/// The paths of disks, for a message.
pub fn paths(disks: &[&BlockDevice]) -> String {
    let paths: Vec<&str> = disks.iter().map(|disk| dev_path(disk)).collect();
    paths.join(", ")
}
