//! Where images are fetched: addresses at the account's image factory.
//!
//! The plane makes no images. It hands out the addresses that Omni would hand out, with the credentials that it has for the factory;
//! whether anything answers there is the factory's affair. Releases up to 1.10 have no call for it; the one after them has had two of the
//! same meaning, and the plane has both.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omni_api::kind;
use omni_api::management as api;
use omni_api::management::boot_asset_url_request::BootAssetKind;
use omni_api::management::installation_media_url_request::InstallationMediaKind;
use omni_api::specs::FeaturesConfigSpec;
use sha2::{Digest as _, Sha256};
use tonic::{Request, Status};

use super::schematics::MAKERS;
use super::{Management, context};
use crate::api::validation::{go_duration, parse_tolerant};
use crate::release::Release;
use crate::seed::{IMAGE_FACTORY, default_talos};

/// What a call names its subject.
struct Words {
    request: &'static str,
    kind: &'static str,
    subject: &'static str,
}

const OLDER: Words = Words {
    request: "invalid boot asset request",
    kind: "unknown boot asset kind",
    subject: "failed to resolve the boot asset",
};

const NEWER: Words = Words {
    request: "invalid installation media request",
    kind: "unknown installation media kind",
    subject: "failed to resolve the installation media",
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Pxe,
    Iso,
    Disk,
}

/// Which image, by its parts.
struct Image<'a> {
    form: Form,
    talos: &'a str,
    schematic: &'a str,
    platform: &'a str,
    architecture: &'a str,
    ending: &'a str,
    secure_boot: bool,
    standalone: bool,
}

/// Where it is.
struct Address {
    url: String,
    headers: BTreeMap<String, String>,
    host: String,
    storage_key: String,
}

/// A factory, and what opens it.
struct Factory {
    base: String,
    pxe: String,
    credentials: Option<(String, String)>,
}

impl Management {
    pub(super) fn boot_asset(
        &self,
        request: &Request<api::BootAssetUrlRequest>,
    ) -> Result<api::BootAssetUrlResponse, Status> {
        context::with_one_of(Release::of(&self.store), request, &MAKERS)?;
        let request = request.get_ref();
        let form = match BootAssetKind::try_from(request.boot_asset_kind) {
            Ok(BootAssetKind::Pxe) => Form::Pxe,
            Ok(BootAssetKind::Iso) => Form::Iso,
            Ok(BootAssetKind::Disk) => Form::Disk,
            Ok(BootAssetKind::Unset) => return Err(OLDER.unknown("BOOT_ASSET_KIND_UNSET")),
            Err(_) => return Err(OLDER.unknown(&request.boot_asset_kind.to_string())),
        };
        let image = Image {
            form,
            talos: &request.talos_version,
            schematic: &request.schematic_id,
            platform: &request.platform,
            architecture: &request.architecture,
            ending: &request.format,
            secure_boot: request.secure_boot,
            standalone: request.standalone_url,
        };
        let address = self.locate(&image, &OLDER)?;
        Ok(api::BootAssetUrlResponse {
            url: address.url,
            headers: address.headers,
            image_factory_host: address.host,
            storage_key: address.storage_key,
        })
    }

    pub(super) fn installation_media(
        &self,
        request: &Request<api::InstallationMediaUrlRequest>,
    ) -> Result<api::InstallationMediaUrlResponse, Status> {
        context::with_one_of(Release::of(&self.store), request, &MAKERS)?;
        let request = request.get_ref();
        let form = match InstallationMediaKind::try_from(request.installation_media_kind) {
            Ok(InstallationMediaKind::Pxe) => Form::Pxe,
            Ok(InstallationMediaKind::Iso) => Form::Iso,
            Ok(InstallationMediaKind::Disk) => Form::Disk,
            Ok(InstallationMediaKind::Unset) => {
                return Err(NEWER.unknown("INSTALLATION_MEDIA_KIND_UNSET"));
            }
            Err(_) => return Err(NEWER.unknown(&request.installation_media_kind.to_string())),
        };
        let image = Image {
            form,
            talos: &request.talos_version,
            schematic: &request.schematic_id,
            platform: &request.platform,
            architecture: &request.architecture,
            ending: &request.format,
            secure_boot: request.secure_boot,
            standalone: request.standalone_url,
        };
        let lifetime = request.download_token_ttl.unwrap_or_default();
        if lifetime.seconds < 0 || lifetime.nanos < 0 {
            let lifetime = go_duration(&lifetime);
            let text = format!("download token lifetime {lifetime} is negative");
            return Err(NEWER.invalid(&text));
        }
        let address = self.locate(&image, &NEWER)?;
        Ok(api::InstallationMediaUrlResponse {
            url: address.url,
            headers: address.headers,
            image_factory_host: address.host,
            storage_key: address.storage_key,
            // The factory makes no tokens, and what is handed out does not expire.
            expires_at: None,
        })
    }

    fn locate(&self, image: &Image<'_>, words: &Words) -> Result<Address, Status> {
        image.check(words)?;
        let talos = match image.talos {
            "" => &default_talos(&self.store),
            talos => talos,
        };
        parse_tolerant(talos)
            .map_err(|error| words.invalid(&format!("invalid Talos version {talos:?}: {error}")))?;
        if !is_segment(image.schematic) {
            let text = format!("invalid schematic ID {:?}", image.schematic);
            return Err(words.invalid(&text));
        }
        let factory = self.factory(talos).map_err(|why| words.failed(&why))?;
        let address = image.at(&factory, talos);
        address.map_err(|why| words.failed(&why))
    }

    /// The factory of a Talos version.
    fn factory(&self, talos: &str) -> Result<Factory, String> {
        let features = self
            .demand::<kind::FeaturesConfig>("features-config", "features config")
            .map_err(|status| status.message().to_owned())?;
        let (mut base, mut pxe) = self.addresses(&features.spec, talos);
        if base.is_empty() {
            IMAGE_FACTORY.clone_into(&mut base);
        }
        let (scheme, rest) = absolute(&base)?;
        if pxe.is_empty() {
            pxe = format!("{scheme}://pxe.{rest}");
        }
        let auth = self
            .store
            .peek::<kind::ImageFactoryAuth>(base.trim_end_matches('/'));
        let credentials = auth
            .map(|auth| (auth.spec.username.clone(), auth.spec.password.clone()))
            .filter(|(name, password)| !name.is_empty() && !password.is_empty());
        Ok(Factory {
            base,
            pxe,
            credentials,
        })
    }

    /// The account's second factory, where it is the one of this version, else its first one.
    fn addresses(&self, features: &FeaturesConfigSpec, talos: &str) -> (String, String) {
        let second = &features.secondary_image_factory_base_url;
        let version = self
            .store
            .peek::<kind::TalosVersion>(talos.trim_start_matches('v'));
        let own = version.map(|version| version.spec.image_factory_url.clone());
        let plain = |url: &str| url.trim_end_matches('/').to_owned();
        let is_second = own.is_some_and(|own| !own.is_empty() && plain(&own) == plain(second));
        if is_second {
            let pxe = &features.secondary_image_factory_pxe_base_url;
            return (second.clone(), pxe.clone());
        }
        let (base, pxe) = (
            &features.image_factory_base_url,
            &features.image_factory_pxe_base_url,
        );
        (base.clone(), pxe.clone())
    }
}

// === impl Words ===

impl Words {
    fn unknown(&self, kind: &str) -> Status {
        Status::invalid_argument(format!("{} {kind}", self.kind))
    }

    fn invalid(&self, why: &str) -> Status {
        Status::invalid_argument(format!("{}: {why}", self.request))
    }

    fn failed(&self, why: &str) -> Status {
        Status::internal(format!("{}: {why}", self.subject))
    }
}

// === impl Image ===

impl Image<'_> {
    fn check(&self, words: &Words) -> Result<(), Status> {
        let parts = [
            ("platform", self.platform, true),
            ("architecture", self.architecture, true),
            ("disk image format", self.ending, self.form == Form::Disk),
        ];
        let wrong = parts
            .into_iter()
            .find(|(_, value, counts)| *counts && !is_segment(value));
        match wrong {
            Some((what, value, _)) => Err(words.invalid(&format!("invalid {what} {value:?}"))),
            None => Ok(()),
        }
    }

    fn filename(&self) -> String {
        let secure = if self.secure_boot { "-secureboot" } else { "" };
        let name = format!("{}-{}{secure}", self.platform, self.architecture);
        match self.form {
            Form::Pxe => name,
            Form::Iso => format!("{name}.iso"),
            Form::Disk => format!("{name}.{}", self.ending),
        }
    }

    fn at(&self, factory: &Factory, talos: &str) -> Result<Address, String> {
        let pxe = self.form == Form::Pxe;
        let (base, prefix) = if pxe {
            (&factory.pxe, "pxe")
        } else {
            (&factory.base, "image")
        };
        let (scheme, rest) = absolute(base)?;
        let plain = rest.trim_end_matches('/');
        let version = format!("v{}", talos.trim_start_matches('v'));
        let filename = self.filename();
        let key = [
            base.trim_end_matches('/'),
            prefix,
            self.schematic,
            &version,
            &filename,
        ]
        .join("\0");
        let path = format!("{prefix}/{}/{version}/{filename}", self.schematic);
        let (mut user, mut headers) = (String::new(), BTreeMap::new());
        match &factory.credentials {
            // Firmware cannot send headers.
            Some((name, password)) if self.standalone || pxe => {
                user = format!("{}:{}@", escape(name), escape(password));
            }
            Some((name, password)) => {
                let basic = STANDARD.encode(format!("{name}:{password}"));
                headers.insert("Authorization".to_owned(), format!("Basic {basic}"));
            }
            None => {}
        }
        Ok(Address {
            url: format!("{scheme}://{user}{plain}/{path}"),
            headers,
            host: plain.split('/').next().unwrap_or_default().to_owned(),
            storage_key: hex::encode(Sha256::digest(key)),
        })
    }
}

/// Scheme, and what follows it.
fn absolute(url: &str) -> Result<(&str, &str), String> {
    let parts = url.split_once("://");
    let parts = parts.filter(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty());
    parts.ok_or_else(|| format!("image factory URL {url:?} is not absolute"))
}

/// Whether a text can be one part of a path.
fn is_segment(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c);
    !["", ".", ".."].contains(&text) && text.chars().all(allowed)
}

/// A text as it stands before the host of an address.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.~$&+,;=".contains(&byte);
        if plain {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
