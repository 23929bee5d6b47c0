//! Where a medium is fetched from, on a server that has no call for it.
//!
//! The schematic is registered already; the address follows from the image factory that Omni has it registered with: that of the Talos
//! version, or the account's first one. Omni's own tools do the same there.

use omni_api::management::InstallationMediaUrlRequest;
use omni_api::specs::FeaturesConfigSpec;
use omni_api::{Resource, kind};
use omni_client::management::{ImageFactory, InstallationMedia};
use omni_client::{Client, Error, Secret};
use tfplugin::Diagnostic;

use super::review;
use crate::readiness::wait::capital;
use crate::session::explain;
use crate::values::Version;

/// The one id of the credentials on servers that know one factory only.
const ONLY: &str = "image-factory-auth";

/// The address of the medium that the question is for, and the Talos version that it is for.
///
/// # Errors
/// A read that failed, a factory without an address, or no version that an image could be of.
pub async fn address(
    client: &Client,
    mut question: InstallationMediaUrlRequest,
) -> Result<(InstallationMedia, String), Diagnostic> {
    let versions = client.cache().list::<kind::TalosVersion>(None).await;
    let versions = versions.map_err(|error| unread(&error))?;
    if question.talos_version.is_empty() {
        question.talos_version = newest(&versions).ok_or_else(review::no_version)?;
    }
    let features = client
        .state()
        .find::<kind::FeaturesConfig>("features-config")
        .await
        .map_err(|error| unread(&error))?;
    let features = features.map(|features| features.spec).unwrap_or_default();
    let bare = question.talos_version.trim_start_matches('v');
    let version = versions.iter().find(|version| version.id() == bare);
    let of_version = version.map_or("", |version| &version.spec.image_factory_url);
    let mut factory = choose(&features, of_version);
    factory.credentials = credentials(client, &factory.base).await?;
    let address = factory.address(&question).map_err(|error| {
        Diagnostic::error("Invalid address of the image factory")
            .detail(format!("{}.", capital(&error.to_string())))
    })?;
    Ok((address, question.talos_version))
}

/// The newest version that the server supports; previews only where there is nothing else.
fn newest(versions: &[Resource<kind::TalosVersion>]) -> Option<String> {
    let usable = versions
        .iter()
        .filter(|version| !version.spec.unsupported && !version.spec.deprecated)
        .filter_map(|version| Version::of(version.id()));
    let newest = usable.max_by_key(|version| (version.semver().pre.is_empty(), version.clone()));
    newest.map(|version| version.bare())
}

fn choose(features: &FeaturesConfigSpec, of_version: &str) -> ImageFactory {
    let plain = |url: &str| url.trim_end_matches('/').to_owned();
    let base = [of_version, &features.image_factory_base_url]
        .into_iter()
        .map(plain)
        .find(|url| !url.is_empty())
        .unwrap_or_default();
    let second = plain(&features.secondary_image_factory_base_url);
    let pxe = if !base.is_empty() && base == second {
        &features.secondary_image_factory_pxe_base_url
    } else {
        &features.image_factory_pxe_base_url
    };
    ImageFactory {
        base,
        pxe: pxe.clone(),
        credentials: None,
    }
}

/// What the factory asks for. Servers that know two factories keep credentials by address, those before them in one place, and the oldest
/// have none; a caller that may not read them fetches without.
async fn credentials(client: &Client, base: &str) -> Result<Option<(String, Secret)>, Diagnostic> {
    let state = client.state();
    let found = match state.find::<kind::ImageFactoryAuth>(base).await {
        Ok(None) => {
            let namespace = omni_api::kind::namespace::VIRTUAL;
            state
                .find_in::<kind::ImageFactoryAuth>(namespace, ONLY)
                .await
        }
        found => found,
    };
    match found {
        Ok(auth) => Ok(auth
            .map(|auth| (auth.spec.username, Secret::new(auth.spec.password)))
            .filter(|(name, password)| !name.is_empty() && !password.expose().is_empty())),
        Err(Error::PermissionDenied { .. } | Error::Unimplemented { .. }) => Ok(None),
        Err(error) => Err(unread(&error)),
    }
}

fn unread(error: &Error) -> Diagnostic {
    explain::failed("find the image factory of the medium", error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs::TalosVersionSpec;

    fn version(id: &str, unsupported: bool, deprecated: bool) -> Resource<kind::TalosVersion> {
        let spec = TalosVersionSpec {
            unsupported,
            deprecated,
            ..Default::default()
        };
        Resource::new(id, spec)
    }

    #[test]
    fn an_open_version_is_the_newest_that_the_server_supports() {
        let offered = [
            version("1.9.10", false, true),
            version("1.12.7", false, false),
            version("1.13.8", false, false),
            version("1.13.10", false, false),
            version("1.14.0-beta.1", false, false),
            version("1.14.0", true, false),
        ];
        assert_eq!(newest(&offered).as_deref(), Some("1.13.10"));
        assert_eq!(newest(&offered[4..]).as_deref(), Some("1.14.0-beta.1"));
        assert_eq!(newest(&[]), None);
    }

    #[test]
    fn the_factory_is_the_one_that_has_the_schematic() {
        let features = FeaturesConfigSpec {
            image_factory_base_url: "https://first".into(),
            image_factory_pxe_base_url: "https://pxe.first".into(),
            secondary_image_factory_base_url: "https://second/".into(),
            secondary_image_factory_pxe_base_url: "https://pxe.second".into(),
            ..Default::default()
        };
        let at = |of_version| {
            let factory = choose(&features, of_version);
            (factory.base, factory.pxe)
        };
        let first = ("https://first".to_owned(), "https://pxe.first".to_owned());
        let second = ("https://second".to_owned(), "https://pxe.second".to_owned());
        assert_eq!(at(""), first);
        assert_eq!(at("https://first/"), first);
        assert_eq!(at("https://second"), second);
        let silent = choose(&FeaturesConfigSpec::default(), "");
        assert_eq!(silent, ImageFactory::default());
    }
}
