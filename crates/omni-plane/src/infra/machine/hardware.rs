//! What a machine is made of, as Omni shows it.

use omni_api::specs::machine_status_spec::hardware_status::{BlockDevice, MemoryModule, Processor};
use omni_api::specs::machine_status_spec::network_status::NetworkLinkStatus;
use omni_api::specs::machine_status_spec::{HardwareStatus, PlatformMetadata};
use sha2::{Digest as _, Sha256};

use super::state::{Build, Image};
use crate::schematic::Schematic;

/// One gigabyte, as disks are sold.
const GIGABYTE: u64 = 1_000_000_000;

/// Sizes of machines that a dynamic provider offers: name, cores, memory in MiB, disk in GB.
const SIZES: [(&str, u32, u32, u64); 3] = [
    ("small", 2, 4 * 1_024, 40),
    ("medium", 4, 16 * 1_024, 100),
    ("large", 16, 64 * 1_024, 400),
];

// === impl Build ===

impl Build {
    /// A bare-metal server.
    pub(crate) fn metal() -> Self {
        Self {
            arch: "amd64".to_owned(),
            platform: "metal".to_owned(),
            processor: "intel".to_owned(),
            cores: 16,
            memory_mib: 64 * 1_024,
            disk: 480 * GIGABYTE,
            ..Self::default()
        }
    }

    /// A virtual machine of one of the sizes; the first where there is no such size.
    pub(crate) fn virtual_machine(size: &str) -> Self {
        let size = SIZES
            .iter()
            .find(|(name, ..)| *name == size)
            .unwrap_or(&SIZES[0]);
        let (name, cores, memory_mib, disk) = *size;
        Self {
            arch: "amd64".to_owned(),
            platform: "nocloud".to_owned(),
            processor: "qemu".to_owned(),
            cores,
            memory_mib,
            disk: disk * GIGABYTE,
            instance: name.to_owned(),
            ..Self::default()
        }
    }
}

pub(super) fn status(id: &str, build: &Build, installed: bool) -> HardwareStatus {
    let disk = BlockDevice {
        size: build.disk,
        model: "Emulated disk".to_owned(),
        linux_name: "/dev/vda".to_owned(),
        dev_path: "/dev/vda".to_owned(),
        serial: format!("disk-{}", short(id)),
        r#type: "SSD".to_owned(),
        bus_path: "/pci0000:00/0000:00:05.0/virtio2".to_owned(),
        system_disk: installed,
        transport: "virtio".to_owned(),
        io_size: 512,
        sector_size: 512,
        sub_system: "/sys/class/block".to_owned(),
        pretty_size: format!("{} GB", build.disk / GIGABYTE),
        ..BlockDevice::default()
    };
    HardwareStatus {
        processors: vec![Processor {
            core_count: build.cores,
            thread_count: build.cores * 2,
            frequency: 3_000,
            description: format!("{} emulated processor", build.processor),
            manufacturer: build.processor.clone(),
        }],
        memory_modules: vec![MemoryModule {
            size_mb: build.memory_mib,
            description: "Emulated memory".to_owned(),
        }],
        blockdevices: vec![disk],
        arch: build.arch.clone(),
    }
}

pub(super) fn platform(id: &str, build: &Build) -> PlatformMetadata {
    PlatformMetadata {
        platform: build.platform.clone(),
        hostname: id.to_owned(),
        instance_type: build.instance.clone(),
        ..PlatformMetadata::default()
    }
}

pub(super) fn link(id: &str) -> NetworkLinkStatus {
    let digest = Sha256::digest(format!("eth0/{id}"));
    let address: Vec<String> = digest[..5]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    NetworkLinkStatus {
        linux_name: "eth0".to_owned(),
        // The second bit of the first byte says that the address is nobody's.
        hardware_address: format!("52:{}", address.join(":")),
        speed_mbps: 10_000,
        link_up: true,
        ..NetworkLinkStatus::default()
    }
}

/// What the image is made of: arguments of the join first, then the image's own.
pub(crate) fn schematic(join_args: &[String], image: &Image) -> Schematic {
    let arguments = join_args.iter().chain(&image.kernel_args);
    Schematic::default().with(image.extensions.clone(), arguments.cloned().collect())
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}
