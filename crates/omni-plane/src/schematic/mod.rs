//! Schematics: what an image of Talos is made of, and its id.
//!
//! The id is the SHA-256 of the canonical YAML, which is the layout of the image factory: fields in its order, empty ones left
//! out, four blanks a level. The same contents have the same id here and at every factory; a field that the factory does not
//! know is an error, as it is there.

mod kept;
mod kernel_args;
mod layout;
mod natural;

use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256};

pub use kept::{KeptSchematic, KeptSchematicSpec, keep, keep_as};
pub use kernel_args::{effective, extras, is_protected};

/// What an image is made of.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Schematic {
    /// Whom it belongs to; only some factories know owners.
    #[serde(deserialize_with = "null_is_empty")]
    pub owner: String,
    /// What a single-board computer needs to boot.
    #[serde(deserialize_with = "null_is_empty")]
    pub overlay: Overlay,
    /// What is in the image.
    #[serde(deserialize_with = "null_is_empty")]
    pub customization: Customization,
}

/// What a single-board computer needs to boot.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overlay {
    /// Image of the overlay.
    #[serde(deserialize_with = "null_is_empty")]
    pub image: String,
    /// Name of the overlay.
    #[serde(deserialize_with = "null_is_empty")]
    pub name: String,
    /// What the overlay is told.
    #[serde(deserialize_with = "null_is_empty")]
    pub options: serde_json::Map<String, serde_json::Value>,
}

/// What is in an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Customization {
    /// The machine configuration that comes with the image.
    #[serde(deserialize_with = "null_is_empty")]
    pub embedded_machine_configuration: String,
    /// Arguments of the kernel beyond Talos' own.
    #[serde(deserialize_with = "null_is_empty")]
    pub extra_kernel_args: Vec<String>,
    /// First contents of the META partition.
    #[serde(deserialize_with = "null_is_empty")]
    pub meta: Vec<MetaValue>,
    /// System extensions.
    #[serde(deserialize_with = "null_is_empty")]
    pub system_extensions: SystemExtensions,
    /// The boot loader, where it is not the usual one.
    #[serde(deserialize_with = "null_is_empty")]
    pub bootloader: Bootloader,
    /// `SecureBoot`.
    #[serde(rename = "secureboot", deserialize_with = "null_is_empty")]
    pub secure_boot: SecureBoot,
    /// The form of a disk image.
    #[serde(deserialize_with = "null_is_empty")]
    pub disk_image: DiskImage,
}

/// A value of the META partition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetaValue {
    /// Its key.
    pub key: u8,
    /// The value.
    pub value: String,
}

/// System extensions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct SystemExtensions {
    /// Names of official extensions.
    #[serde(deserialize_with = "null_is_empty")]
    pub official_extensions: Vec<String>,
}

/// A boot loader.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bootloader {
    /// The one that Talos takes by itself.
    #[default]
    None,
    /// systemd-boot for UEFI and GRUB for BIOS.
    DualBoot,
    /// systemd-boot.
    SdBoot,
    /// GRUB.
    Grub,
}

/// `SecureBoot`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct SecureBoot {
    /// When keys are enrolled at the first boot.
    #[serde(deserialize_with = "null_is_empty")]
    pub enroll_keys: String,
    /// Whether the well-known certificates are enrolled, too.
    #[serde(deserialize_with = "null_is_empty")]
    pub include_well_known_certificates: bool,
}

/// The form of a disk image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct DiskImage {
    /// Bytes of a sector; 0 is the usual 512.
    #[serde(deserialize_with = "null_is_empty")]
    pub sector_size: u64,
}

/// The text is no schematic.
#[derive(Debug, thiserror::Error)]
#[error("not a schematic: {0}")]
pub struct SchematicError(#[from] serde_saphyr::Error);

// === impl Schematic ===

impl Schematic {
    /// Reads a schematic; YAML or JSON.
    ///
    /// # Errors
    /// [`SchematicError`] when the text is not YAML, or has a field that schematics do not have.
    pub fn parse(text: &str) -> Result<Self, SchematicError> {
        let read: Option<Self> = serde_saphyr::from_str_with_options(text, crate::yaml::options())?;
        Ok(read.unwrap_or_default())
    }

    /// The canonical YAML.
    pub fn to_yaml(&self) -> String {
        layout::yaml(self)
    }

    /// The id: SHA-256 of the canonical YAML, in hexadecimal digits.
    pub fn id(&self) -> String {
        hex::encode(Sha256::digest(self.to_yaml()))
    }

    /// The same schematic with the two things that Omni manages: everything else in it stays as it is.
    #[must_use]
    pub fn with(mut self, extensions: Vec<String>, kernel_args: Vec<String>) -> Self {
        self.customization.system_extensions.official_extensions = extensions;
        self.customization.extra_kernel_args = kernel_args;
        self
    }
}

// === impl Bootloader ===

impl Bootloader {
    /// The name in a schematic.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::DualBoot => "dual-boot",
            Self::SdBoot => "sd-boot",
            Self::Grub => "grub",
        }
    }
}

/// `key:` without a value is the same as no key.
fn null_is_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids that the image factory gives.
    #[test]
    fn ids_are_those_of_the_image_factory() {
        for (text, id) in [
            (
                "{}",
                "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba",
            ),
            (
                "customization: {extraKernelArgs: []}",
                "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba",
            ),
            (
                "customization:\n  extraKernelArgs:\n",
                "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba",
            ),
            (
                "customization: {extraKernelArgs: [noapic, nolapic], systemExtensions: {}}",
                "9cba8e32753f91a16c1837ab8abf356af021706ef284aef07380780177d9a06c",
            ),
            (
                "customization: {meta: [{key: 10, value: foo}]}",
                "d308a2a5ee2277bed5fbaa104fcbc8d59122abfa737df987a95b4ca763459a7f",
            ),
            (
                "overlay: {name: rpi_generic, image: siderolabs/sbc-raspberrypi}",
                "ee21ef4a5ef808a9b7484cc0dda0f25075021691c8c09a276591eedb638ea1f9",
            ),
            (
                "customization: {secureboot: {includeWellKnownCertificates: true}}",
                "fa8e05f142a851d3ee568eb0a8e5841eaf6b0ebc8df9a63df16ac5ed2c04f3e6",
            ),
            (
                "customization: {diskImage: {sectorSize: 4096}}",
                "92833e9ddd9bb9e11b2464fa5525429f01866306d52ebd882ee08d7918f6d1ea",
            ),
        ] {
            let schematic = Schematic::parse(text).expect("a schematic");
            assert_eq!(schematic.id(), id, "{text}\n{}", schematic.to_yaml());
        }
    }

    #[test]
    fn what_a_factory_does_not_know_is_an_error() {
        for text in [
            "customisation: {}",
            "customization: {kernelArgs: [a]}",
            "customization: {bootloader: lilo}",
            "customization: [",
        ] {
            assert!(Schematic::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_change_leaves_alone_what_omni_does_not_manage() {
        let text = "overlay:\n    image: i\n    name: rpi\ncustomization:\n    extraKernelArgs:\n        - a\n    bootloader: grub\n";
        let changed = Schematic::parse(text)
            .expect("a schematic")
            .with(vec!["siderolabs/x".into()], vec!["b".into()]);
        assert_eq!(
            changed.to_yaml(),
            "overlay:\n    image: i\n    name: rpi\ncustomization:\n    extraKernelArgs:\n        - b\n    systemExtensions:\n        \
             officialExtensions:\n            - siderolabs/x\n    bootloader: grub\n"
        );
        assert_eq!(
            Schematic::parse(&changed.to_yaml()).expect("its own form"),
            changed
        );
    }
}
