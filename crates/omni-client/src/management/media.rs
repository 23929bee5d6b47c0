//! Installation media: what an image consists of, registered with the image factory, and where the image is fetched from.
//!
//! Servers have one of two calls for the address, an older one that answers without download tokens and a newer one, or none: Omni 1.8 to
//! 1.10. The newer one is asked first; where both are missing the address is put together from the [`ImageFactory`]. Both calls may
//! be repeated: a schematic is found by its contents, and an address changes nothing.

mod factory;

use std::collections::BTreeMap;

use jiff::Timestamp;
use omni_api::management as api;
use omni_api::management::boot_asset_url_request::BootAssetKind;
use omni_api::management::installation_media_url_request::InstallationMediaKind;

use super::Management;
use crate::error::{Call, Error};
use crate::secret::Secret;

pub use factory::{ImageFactory, NotAbsolute};

/// A schematic that the image factory knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schematic {
    /// Its id: the hash of its contents.
    pub id: String,
    /// Its contents as YAML; the join token is among them.
    pub yaml: Secret,
    /// Whether machines that boot it reach Omni through gRPC.
    pub grpc_tunnel: bool,
}

/// An installation medium that can be fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct InstallationMedia {
    /// Where it is fetched from; may carry credentials.
    pub url: Secret,
    /// Headers to send with the fetch.
    pub headers: BTreeMap<String, Secret>,
    /// The host in the address.
    pub factory_host: String,
    /// Changes only when the medium itself does.
    pub storage_key: String,
    /// When the address stops working; `None` when it does not.
    pub expires: Option<Timestamp>,
}

impl Management {
    /// Registers a schematic with the image factory; one with the same contents is the same schematic.
    ///
    /// # Errors
    /// [`Error::Validation`] for meta values and versions that cannot be, [`Error::PermissionDenied`] below Operator, and those of
    /// any call.
    pub async fn create_schematic(
        &self,
        request: &api::CreateSchematicRequest,
    ) -> Result<Schematic, Error> {
        let call = || async {
            let mut service = self.core.management_client();
            let call = service.create_schematic(self.core.request(request.clone()));
            self.core.once(Call::Management, call).await
        };
        let answer = self.core.repeat(call).await?;
        Ok(Schematic {
            id: answer.schematic_id,
            yaml: Secret::new(answer.schematic_yml),
            grpc_tunnel: answer.grpc_tunnel_enabled,
        })
    }

    /// Where an installation medium is fetched from.
    ///
    /// # Errors
    /// [`Error::Unimplemented`] where the server has no call for it, [`Error::Validation`], [`Error::PermissionDenied`] below Operator, and those of
    /// any call.
    pub async fn installation_media(
        &self,
        request: &api::InstallationMediaUrlRequest,
    ) -> Result<InstallationMedia, Error> {
        match self.media_url(request).await {
            Err(Error::Unimplemented { .. }) => self.boot_asset_url(request).await,
            answer => answer,
        }
    }

    async fn media_url(
        &self,
        request: &api::InstallationMediaUrlRequest,
    ) -> Result<InstallationMedia, Error> {
        let call = || async {
            let mut service = self.core.management_client();
            let call = service.get_installation_media_url(self.core.request(request.clone()));
            self.core.once(Call::Management, call).await
        };
        self.core.repeat(call).await.map(Into::into)
    }

    async fn boot_asset_url(
        &self,
        request: &api::InstallationMediaUrlRequest,
    ) -> Result<InstallationMedia, Error> {
        let request = older(request);
        let call = || async {
            let mut service = self.core.management_client();
            let call = service.get_boot_asset_url(self.core.request(request.clone()));
            self.core.once(Call::Management, call).await
        };
        self.core.repeat(call).await.map(Into::into)
    }
}

/// The request of the older call: no tokens are made there, so that their lifetime has no place in it.
fn older(request: &api::InstallationMediaUrlRequest) -> api::BootAssetUrlRequest {
    let kind = match request.installation_media_kind() {
        InstallationMediaKind::Unset => BootAssetKind::Unset,
        InstallationMediaKind::Pxe => BootAssetKind::Pxe,
        InstallationMediaKind::Iso => BootAssetKind::Iso,
        InstallationMediaKind::Disk => BootAssetKind::Disk,
    };
    api::BootAssetUrlRequest {
        talos_version: request.talos_version.clone(),
        schematic_id: request.schematic_id.clone(),
        standalone_url: request.standalone_url,
        boot_asset_kind: kind.into(),
        platform: request.platform.clone(),
        architecture: request.architecture.clone(),
        format: request.format.clone(),
        secure_boot: request.secure_boot,
    }
}

fn secrets(headers: BTreeMap<String, String>) -> BTreeMap<String, Secret> {
    let headers = headers.into_iter();
    headers
        .map(|(name, value)| (name, Secret::new(value)))
        .collect()
}

// === impl InstallationMedia ===

impl From<api::InstallationMediaUrlResponse> for InstallationMedia {
    fn from(wire: api::InstallationMediaUrlResponse) -> Self {
        let time = |time: prost_types::Timestamp| Timestamp::new(time.seconds, time.nanos).ok();
        Self {
            url: Secret::new(wire.url),
            headers: secrets(wire.headers),
            factory_host: wire.image_factory_host,
            storage_key: wire.storage_key,
            expires: wire.expires_at.and_then(time),
        }
    }
}

impl From<api::BootAssetUrlResponse> for InstallationMedia {
    fn from(wire: api::BootAssetUrlResponse) -> Self {
        Self {
            url: Secret::new(wire.url),
            headers: secrets(wire.headers),
            factory_host: wire.image_factory_host,
            storage_key: wire.storage_key,
            expires: None,
        }
    }
}
