//! The labels that describe a machine's hardware and software, by which classes select.
//!
//! A label stands only where its fact is known: no label `mem` below 1 GiB, none of `net` without a link of a known speed.

use omni_api::labels;
use omni_api::resource::Map;
use omni_api::specs::machine_status_spec::HardwareStatus;
use omni_api::specs::machine_status_spec::hardware_status::BlockDevice;
use omni_api::specs::security_state::FipsState;
use omni_api::specs::{MachineStatusSpec, machine_status_spec};

const ENTERPRISE: &str = "Talos Enterprise";

/// The labels that follow from what a machine reports.
pub(super) fn inventory(report: &MachineStatusSpec) -> Map {
    let hardware = report.hardware.clone().unwrap_or_default();
    let platform = report.platform_metadata.clone().unwrap_or_default();
    let texts = [
        (labels::MACHINE_CORES, cores(&hardware)),
        (labels::MACHINE_CPU, cpu(&hardware)),
        (labels::MACHINE_ARCH, hardware.arch.to_lowercase()),
        (labels::MACHINE_MEM, memory(&hardware)),
        (labels::MACHINE_STORAGE, storage(&hardware)),
        (labels::MACHINE_NET, network(report.network.as_ref())),
        (labels::MACHINE_PLATFORM, platform.platform),
        (labels::MACHINE_REGION, platform.region),
        (labels::MACHINE_ZONE, platform.zone),
        (labels::MACHINE_INSTANCE, platform.instance_type),
        (labels::MACHINE_TALOS_VERSION, report.talos_version.clone()),
        (labels::MACHINE_FIPS, fips(report).to_owned()),
    ];
    let flags = [
        (
            labels::MACHINE_ENTERPRISE,
            report.talos_version_name == ENTERPRISE,
        ),
        (
            labels::MACHINE_INSTALLED,
            hardware.blockdevices.iter().any(|disk| disk.system_disk),
        ),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let flags = flags.into_iter().filter(|(_, set)| *set);
    texts
        .chain(flags.map(|(key, _)| (key, String::new())))
        .map(|(key, text)| (key.to_owned(), text))
        .collect()
}

fn cores(hardware: &HardwareStatus) -> String {
    let cores: u64 = hardware
        .processors
        .iter()
        .map(|cpu| u64::from(cpu.core_count))
        .sum();
    positive(cores, "")
}

/// The vendor's name in lower case, the two big ones shortened.
fn cpu(hardware: &HardwareStatus) -> String {
    let named = hardware
        .processors
        .iter()
        .rev()
        .find(|cpu| !cpu.manufacturer.is_empty());
    let vendor = named
        .map(|cpu| cpu.manufacturer.trim().to_lowercase())
        .unwrap_or_default();
    let short = ["intel", "amd"]
        .into_iter()
        .find(|short| vendor.starts_with(short));
    short.map_or(vendor, str::to_owned)
}

fn memory(hardware: &HardwareStatus) -> String {
    let megabytes: u64 = hardware
        .memory_modules
        .iter()
        .map(|module| u64::from(module.size_mb))
        .sum();
    positive(megabytes / 1_024, "GiB")
}

fn storage(hardware: &HardwareStatus) -> String {
    let disks = hardware
        .blockdevices
        .iter()
        .filter(|disk| !is_composite(disk));
    let bytes: u64 = disks.map(|disk| disk.size).sum();
    positive(bytes / 1_000_000_000, "GB")
}

/// A device made of others, which are counted themselves.
fn is_composite(disk: &BlockDevice) -> bool {
    !disk.secondary_disks.is_empty() || disk.bus_path == "/virtual"
}

fn network(network: Option<&machine_status_spec::NetworkStatus>) -> String {
    let links = network
        .into_iter()
        .flat_map(|network| &network.network_links);
    let speeds = links
        .map(|link| u64::from(link.speed_mbps))
        .filter(|speed| (10..=100_000).contains(speed));
    match speeds.sum::<u64>() {
        gigabits @ 1_000.. => positive(gigabits / 1_000, "Gbps"),
        megabits => positive(megabits, "Mbps"),
    }
}

fn fips(report: &MachineStatusSpec) -> &'static str {
    match report
        .security_state
        .as_ref()
        .map(omni_api::specs::SecurityState::fips_state)
    {
        Some(FipsState::Enabled) => "enabled",
        Some(FipsState::Strict) => "strict",
        _ => "",
    }
}

/// The number with its unit; nothing for zero.
fn positive(number: u64, unit: &str) -> String {
    if number == 0 {
        String::new()
    } else {
        format!("{number}{unit}")
    }
}

#[cfg(test)]
mod tests {
    use omni_api::reflect;
    use omni_api::specs;
    use prost::Message as _;

    use super::*;

    /// The report of a machine in recording 01, shortened.
    fn recorded() -> MachineStatusSpec {
        let json = serde_json::json!({
            "hardware": {
                "arch": "amd64",
                "blockdevices": [{ "size": "53687091200", "system_disk": true, "bus_path": "/pci0" },
                                 { "size": "53687091200", "bus_path": "/virtual" }],
                "memory_modules": [{ "size_mb": 65536 }],
                "processors": [{ "core_count": 64, "manufacturer": "qemu" }],
            },
            "network": { "network_links": [{ "linux_name": "eth0" }] },
            "platform_metadata": { "platform": "metal" },
            "talos_version": "v1.13.7", "talos_version_name": "Talos", "security_state": {},
        });
        let bytes = reflect::from_json("specs.MachineStatusSpec", &json).expect("it fits");
        specs::MachineStatusSpec::decode(bytes.as_slice()).expect("just encoded")
    }

    #[test]
    fn the_labels_are_those_of_the_recording() {
        let labels: Vec<_> = inventory(&recorded())
            .into_iter()
            .map(|(key, value)| format!("{}={value}", key.trim_start_matches("omni.sidero.dev/")))
            .collect();
        let expected = [
            "arch=amd64",
            "cores=64",
            "cpu=qemu",
            "installed=",
            "mem=64GiB",
            "platform=metal",
            "storage=53GB",
            "talos-version=v1.13.7",
        ];
        assert_eq!(labels, expected);
    }

    #[test]
    fn what_is_not_known_has_no_label() {
        assert!(inventory(&MachineStatusSpec::default()).is_empty());
    }

    #[test]
    fn link_speeds_add_up_and_odd_ones_are_left_out() {
        let mut report = recorded();
        let network = report.network.as_mut().expect("recorded");
        for speed in [10_000, 2_500, 200_000, 5] {
            let mut link = network.network_links[0].clone();
            link.speed_mbps = speed;
            network.network_links.push(link);
        }
        assert_eq!(inventory(&report)[labels::MACHINE_NET], "12Gbps");
    }

    #[test]
    fn the_big_vendors_have_short_names() {
        let mut report = recorded();
        let hardware = report.hardware.as_mut().expect("recorded");
        hardware.processors[0].manufacturer = "Intel(R) Corporation".into();
        assert_eq!(inventory(&report)[labels::MACHINE_CPU], "intel");
    }
}
