//! `omni_installation_media_preset`: what goes into the images that machines boot from.

mod convert;
mod offers;
mod resource;
mod review;

use std::collections::{BTreeMap, BTreeSet};

use tfplugin::types::{Secret, Timeouts};
use tfplugin::{Attr, Object};

pub use convert::{arch_name, preset_tokens};
pub use resource::InstallationMediaPresetResource;

use crate::values::{Extension, Version, Yaml};

/// A named recipe for installation media: what goes into the image that a machine boots to join this account.
///
/// A preset is for bare metal, or, with `cloud`, for a cloud platform, or, with `sbc`, for a single-board computer. It does not say
/// which file is made of it: `omni_installation_media` (and `omnictl media download`) turns it into an ISO, a disk image or a PXE
/// script. Platform, board, versions and extensions are checked at plan against what the server offers.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "installation_media_preset", version = 1, identity(name))]
pub struct InstallationMediaPreset {
    /// Name of the preset, unique in the account. Changing it replaces the preset.
    #[attr(required, replace)]
    pub name: Attr<String>,
    /// Architecture of the machines: `amd64` or `arm64`. Single-board computers are `arm64`.
    #[attr(default = "amd64")]
    pub architecture: Attr<String>,
    /// Talos version of the image, `1.13.7` or `v1.13.7`. Where it is not set, the image has the version that is Omni's default when
    /// it is fetched.
    #[attr(optional)]
    pub talos_version: Attr<Version>,
    /// System extensions of the image: names of the catalogue such as `siderolabs/qemu-guest-agent`, or without their owner
    /// `qemu-guest-agent`.
    #[attr(optional)]
    pub extensions: Attr<BTreeSet<Attr<Extension>>>,
    /// Kernel arguments beyond those with which machines find Omni, one in each element: `console=ttyS0`.
    #[attr(optional)]
    pub kernel_args: Attr<Vec<Attr<String>>>,
    /// Makes the image for a cloud platform. Not together with `sbc`.
    #[attr(optional)]
    pub cloud: Attr<Cloud>,
    /// Makes the image for a single-board computer. Not together with `cloud`.
    #[attr(optional)]
    pub sbc: Attr<Sbc>,
    /// The join token that the machines present. It is kept in the state; `join_token_wo` is not. Where neither is set, machines
    /// present the token that is the account's default when the image is fetched.
    #[attr(optional)]
    pub join_token: Attr<String>,
    /// The join token that the machines present, kept in no plan and no state. Needs `join_token_wo_version`.
    #[attr(optional, write_only, sensitive)]
    pub join_token_wo: Attr<Secret>,
    /// Any number; a change writes the token that `join_token_wo` then holds.
    #[attr(optional)]
    pub join_token_wo_version: Attr<i64>,
    /// Makes the image for `SecureBoot`.
    #[attr(default = false)]
    pub secure_boot: Attr<bool>,
    /// Whether the machines reach Omni through gRPC instead of WireGuard, for networks that block UDP. Where it is not set, Omni
    /// decides.
    #[attr(optional)]
    pub grpc_tunnel: Attr<bool>,
    /// Labels that the machines have when they join.
    #[attr(optional)]
    pub machine_labels: Attr<BTreeMap<String, Attr<String>>>,
    /// Boot loader that is installed: `auto`, `uefi` (systemd-boot), `bios` (GRUB) or `dual`.
    #[attr(default = "auto")]
    pub bootloader: Attr<String>,
    /// Talos machine configuration that comes with the image, as YAML. Needs a Talos version that can do this. Compared by
    /// meaning: formatting makes no difference.
    #[attr(optional)]
    pub embedded_machine_config: Attr<Yaml>,
    /// How long each operation may take.
    #[attr(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
    pub timeouts: Attr<Timeouts>,
    /// Image factory that makes the image: the one of `talos_version`, else the account's first one.
    #[attr(computed)]
    pub image_factory_url: Attr<String>,
}

/// An image for a cloud platform. The platform decides on the form of the file.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Cloud {
    /// Platform by Talos' name: `aws`, `gcp`, `hcloud`.
    #[attr(required)]
    pub platform: Attr<String>,
}

/// An image for a single-board computer. It is always a raw disk image.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Sbc {
    /// Overlay of the board: `rpi_generic`, `rockpi_4c`.
    #[attr(required)]
    pub overlay: Attr<String>,
    /// What the overlay is told, as YAML: names and values. Compared by meaning.
    #[attr(optional)]
    pub overlay_options: Attr<Yaml>,
}
