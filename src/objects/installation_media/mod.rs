//! `omni_installation_media`: an image that machines boot from, and where it is fetched.

mod convert;
mod data_source;
mod factory;
mod review;

use std::collections::BTreeMap;

use tfplugin::types::{Duration, Secret};
use tfplugin::{Attr, Object};

pub use data_source::InstallationMediaDataSource;

/// The address of an installation medium that is made of an `omni_installation_media_preset`: for the download function of a
/// hypervisor, for a PXE server, or for a plain download.
///
/// Reading it registers the contents of the image with the image factory, which changes nothing else, and asks Omni for the
/// address; on an Omni that has no call for it, such as 1.8 to 1.10, the address is put together from the factory that Omni names, as
/// Omni's own tools do. The address may carry credentials and change with each read; `storage_key` changes only when the medium itself does: name
/// files by it.
///
/// The embedded plane answers with the address that Omni would hand out and keeps the contents to itself: no image is made, and
/// the image factory at that address does not know it.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "installation_media")]
pub struct InstallationMedia {
    /// Name of the `omni_installation_media_preset`.
    #[attr(required)]
    pub preset: Attr<String>,
    /// Form of the medium, for presets for bare metal: `iso`, `pxe` (the address of an iPXE script), or the ending of a disk image:
    /// `raw.zst`, `raw.xz`, `qcow2`, `qcow2.gz`. `raw` means `raw.xz`. Default: `iso`. Images for a cloud platform or a board have a form
    /// of their own.
    #[attr(optional)]
    pub format: Attr<String>,
    /// How long the address must work, for image factories that let people in by a token in it. Count from now to when the download
    /// begins, not to when Terraform is done. Where it is not set, Omni's own choice is for a download at once. Addresses that do not expire
    /// (`expires_at` is null) work longer than that.
    #[attr(optional)]
    pub download_token_ttl: Attr<Duration>,
    /// Where the medium is fetched from. It may carry credentials.
    #[attr(computed, sensitive)]
    pub url: Attr<Secret>,
    /// Id of the image's contents at the image factory. The same contents have the same id.
    #[attr(computed)]
    pub schematic_id: Attr<String>,
    /// Talos version of the preset. Where it leaves the version open: null, as Omni chooses; on an Omni that has no call for addresses, the
    /// newest version that it supports.
    #[attr(computed)]
    pub talos_version: Attr<String>,
    /// Name of the file at the image factory.
    #[attr(computed)]
    pub filename: Attr<String>,
    /// Platform of the image: `metal` for bare metal and boards, else the cloud platform.
    #[attr(computed)]
    pub platform: Attr<String>,
    /// Architecture of the image: `amd64` or `arm64`.
    #[attr(computed)]
    pub architecture: Attr<String>,
    /// A key that changes only when the medium itself changes, also where `url` changes with each read.
    #[attr(computed)]
    pub storage_key: Attr<String>,
    /// When `url` stops working, RFC 3339; null when it does not.
    #[attr(computed)]
    pub expires_at: Attr<String>,
    /// Host of `url`.
    #[attr(computed)]
    pub image_factory_host: Attr<String>,
    /// Headers to send with the download; mostly none.
    #[attr(computed, sensitive)]
    pub headers: Attr<BTreeMap<String, Attr<Secret>>>,
}
