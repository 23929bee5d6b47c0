//! Addresses of installation media without the server: what an image factory serves a schematic under.
//!
//! Omni 1.8 to 1.10 have no call for the address. Their own tools put it together from the factory that the server names and the
//! schematic that it has registered there; so does this. Pure.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use omni_api::management as api;
use omni_api::management::installation_media_url_request::InstallationMediaKind;
use sha2::{Digest as _, Sha256};

use super::InstallationMedia;
use crate::secret::Secret;

/// The public image factory, where the server names none.
const PUBLIC: &str = "https://factory.talos.dev";

/// An image factory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImageFactory {
    /// Its address; the public factory where it is empty.
    pub base: String,
    /// The address of its PXE server; derived from `base` where it is empty.
    pub pxe: String,
    /// Name and password that it asks for; `None` where anybody may fetch.
    pub credentials: Option<(String, Secret)>,
}

/// The address of an image factory is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the address of the image factory, {0:?}, is not absolute")]
pub struct NotAbsolute(String);

// === impl ImageFactory ===

impl ImageFactory {
    /// The address of the medium that the question is for. Its Talos version must be set.
    ///
    /// # Errors
    /// The factory's address is not absolute.
    pub fn address(
        &self,
        question: &api::InstallationMediaUrlRequest,
    ) -> Result<InstallationMedia, NotAbsolute> {
        let kind = question.installation_media_kind();
        let (base, part) = match kind {
            InstallationMediaKind::Pxe => (self.pxe()?, "pxe"),
            _ => (self.base().to_owned(), "image"),
        };
        let base = base.trim_end_matches('/');
        let (scheme, rest) = absolute(base)?;
        let version = format!("v{}", question.talos_version.trim_start_matches('v'));
        let name = filename(question);
        let id = &question.schematic_id;
        let key = [base, part, id, &version, &name].join("\0");
        let (user, headers) = self.way_in(kind, question.standalone_url);
        Ok(InstallationMedia {
            url: Secret::new(format!(
                "{scheme}://{user}{rest}/{part}/{id}/{version}/{name}"
            )),
            headers,
            factory_host: rest.split('/').next().unwrap_or_default().to_owned(),
            storage_key: Sha256::digest(key)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            expires: None,
        })
    }

    fn base(&self) -> &str {
        match self.base.as_str() {
            "" => PUBLIC,
            base => base,
        }
    }

    fn pxe(&self) -> Result<String, NotAbsolute> {
        if !self.pxe.is_empty() {
            return Ok(self.pxe.clone());
        }
        let (scheme, rest) = absolute(self.base())?;
        Ok(format!("{scheme}://pxe.{rest}"))
    }

    /// Credentials as a part of the address, or as headers. Firmware cannot send headers.
    fn way_in(
        &self,
        kind: InstallationMediaKind,
        standalone: bool,
    ) -> (String, BTreeMap<String, Secret>) {
        let Some((name, password)) = &self.credentials else {
            return (String::new(), BTreeMap::new());
        };
        let password = password.expose();
        if standalone || kind == InstallationMediaKind::Pxe {
            let user = format!("{}:{}@", escape(name), escape(password));
            return (user, BTreeMap::new());
        }
        let basic = BASE64_STANDARD.encode(format!("{name}:{password}"));
        let header = Secret::new(format!("Basic {basic}"));
        (
            String::new(),
            BTreeMap::from([("Authorization".to_owned(), header)]),
        )
    }
}

/// The name under which the factory serves a medium.
fn filename(question: &api::InstallationMediaUrlRequest) -> String {
    let secure = if question.secure_boot {
        "-secureboot"
    } else {
        ""
    };
    let name = format!("{}-{}{secure}", question.platform, question.architecture);
    match question.installation_media_kind() {
        InstallationMediaKind::Iso => format!("{name}.iso"),
        InstallationMediaKind::Disk => format!("{name}.{}", question.format),
        InstallationMediaKind::Pxe | InstallationMediaKind::Unset => name,
    }
}

/// Scheme, and what follows it.
fn absolute(url: &str) -> Result<(&str, &str), NotAbsolute> {
    let parts = url.split_once("://");
    let parts = parts.filter(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
    parts.ok_or_else(|| NotAbsolute(url.to_owned()))
}

/// A text as it stands before the host of an address.
fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: InstallationMediaKind) -> api::InstallationMediaUrlRequest {
        api::InstallationMediaUrlRequest {
            talos_version: "1.13.8".into(),
            schematic_id: "cafe".into(),
            installation_media_kind: kind.into(),
            platform: "metal".into(),
            architecture: "amd64".into(),
            format: "raw.xz".into(),
            ..Default::default()
        }
    }

    fn url(factory: &ImageFactory, kind: InstallationMediaKind) -> String {
        let address = factory.address(&question(kind)).expect("an address");
        address.url.expose().to_owned()
    }

    #[test]
    fn media_stand_where_the_factory_serves_them() {
        let factory = ImageFactory::default();
        let public = "https://factory.talos.dev/image/cafe/v1.13.8/metal-amd64";
        let iso = url(&factory, InstallationMediaKind::Iso);
        assert_eq!(iso, format!("{public}.iso"));
        let disk = url(&factory, InstallationMediaKind::Disk);
        assert_eq!(disk, format!("{public}.raw.xz"));
        assert_eq!(
            url(&factory, InstallationMediaKind::Pxe),
            "https://pxe.factory.talos.dev/pxe/cafe/v1.13.8/metal-amd64"
        );
        let own = ImageFactory {
            base: "http://images.local:8080/factory/".into(),
            pxe: "http://boot.local".into(),
            credentials: None,
        };
        assert_eq!(
            url(&own, InstallationMediaKind::Iso),
            "http://images.local:8080/factory/image/cafe/v1.13.8/metal-amd64.iso"
        );
        assert_eq!(
            url(&own, InstallationMediaKind::Pxe),
            "http://boot.local/pxe/cafe/v1.13.8/metal-amd64"
        );
    }

    #[test]
    fn credentials_travel_in_headers_or_where_firmware_finds_them() {
        let factory = ImageFactory {
            credentials: Some(("me".into(), Secret::new("a/b"))),
            ..ImageFactory::default()
        };
        let iso = factory
            .address(&question(InstallationMediaKind::Iso))
            .expect("an address");
        assert!(!iso.url.expose().contains('@'));
        assert_eq!(iso.headers["Authorization"].expose(), "Basic bWU6YS9i");
        assert!(url(&factory, InstallationMediaKind::Pxe).starts_with("https://me:a%2Fb@pxe."));
        let other = ImageFactory::default();
        let plain = other
            .address(&question(InstallationMediaKind::Iso))
            .expect("an address");
        assert_eq!(plain.storage_key, iso.storage_key, "the same medium");
        assert_eq!(plain.factory_host, "factory.talos.dev");
    }

    #[test]
    fn an_address_without_a_host_is_refused() {
        let factory = ImageFactory {
            base: "factory.local".into(),
            ..ImageFactory::default()
        };
        let refused = factory.address(&question(InstallationMediaKind::Iso));
        assert_eq!(refused, Err(NotAbsolute("factory.local".into())));
    }
}
