//! What a machine is made of, as Omni shows it.

use omni_api::specs::machine_status_spec::hardware_status::{BlockDevice, MemoryModule, Processor};
use omni_api::specs::machine_status_spec::network_status::NetworkLinkStatus;
use omni_api::specs::machine_status_spec::{HardwareStatus, PlatformMetadata};
use sha2::{Digest as _, Sha256};

use super::state::{Build, Disk, Image};
use crate::schematic::Schematic;

/// One gigabyte, as disks are sold.
const GIGABYTE: u64 = 1_000_000_000;

/// The disk that every machine has.
pub(super) const FIRST_DISK: &str = "/dev/vda";

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

/// The hardware; `system` is the path of the disk that Talos is on, if it is on one.
pub(super) fn status(id: &str, build: &Build, system: Option<&str>) -> HardwareStatus {
    let first = Disk {
        path: FIRST_DISK.to_owned(),
        size: build.disk,
        transport: "virtio".to_owned(),
        rotational: false,
    };
    let disks = std::iter::once(&first).chain(&build.more_disks);
    let device = |(place, disk): (usize, &Disk)| {
        let is_system = system.is_some_and(|system| system == disk.path);
        device(id, place, disk, is_system)
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
        blockdevices: disks.enumerate().map(device).collect(),
        arch: build.arch.clone(),
    }
}

fn device(id: &str, place: usize, disk: &Disk, system_disk: bool) -> BlockDevice {
    let serial = match place {
        0 => format!("disk-{}", short(id)),
        _ => format!("disk-{}-{place}", short(id)),
    };
    BlockDevice {
        size: disk.size,
        model: "Emulated disk".to_owned(),
        linux_name: disk.path.clone(),
        dev_path: disk.path.clone(),
        serial,
        r#type: if disk.rotational { "HDD" } else { "SSD" }.to_owned(),
        bus_path: format!("/pci0000:00/0000:00:05.0/virtio{}", place + 2),
        system_disk,
        transport: disk.transport.clone(),
        io_size: 512,
        sector_size: 512,
        sub_system: "/sys/class/block".to_owned(),
        pretty_size: format!("{} GB", disk.size / GIGABYTE),
        rotational: disk.rotational,
        ..BlockDevice::default()
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

/// What the image is made of: as the image factory has it, or, for the image of the first boot, arguments of the join and its own.
pub(crate) fn schematic(join_args: &[String], image: &Image) -> Schematic {
    if let (false, Ok(kept)) = (image.raw.is_empty(), Schematic::parse(&image.raw)) {
        return kept;
    }
    let arguments = join_args.iter().chain(&image.kernel_args);
    Schematic::default().with(image.extensions.clone(), arguments.cloned().collect())
}

// === impl Disk ===

impl Disk {
    /// A big slow disk for data.
    pub(super) fn of_data() -> Self {
        Self {
            path: "/dev/sda".to_owned(),
            size: 4_000 * GIGABYTE,
            transport: "sata".to_owned(),
            rotational: true,
        }
    }
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}
