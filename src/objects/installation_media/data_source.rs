//! The data source `omni_installation_media`.

use omni_api::specs::{InstallationMediaConfigSpec, SbcConfigSpec};
use omni_api::{Kind, Resource, kind};
use omni_client::management::{InstallationMedia as Address, Schematic};
use omni_client::{Client, Error, Query, Secret};
use tfplugin::objects::{Cx, DataSource};
use tfplugin::types;
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::convert::{self, Medium};
use super::{InstallationMedia, factory, review};
use crate::session::{Session, defer, explain};

/// The data source `omni_installation_media`.
#[derive(Debug, Default)]
pub struct InstallationMediaDataSource;

// === impl InstallationMediaDataSource ===

impl DataSource for InstallationMediaDataSource {
    type Session = Session;
    type Model = InstallationMedia;

    fn validate(&self, config: &InstallationMedia, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        config: InstallationMedia,
    ) -> Result<InstallationMedia, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(config);
        }
        let client = cx.session().client().await?;
        let name = config.preset.as_str().unwrap_or_default();
        let preset = preset(client, name).await?.spec;
        let suffix = suffix(client, &preset).await?;
        let medium = convert::medium(&preset, config.format.as_str(), suffix.as_deref())?;
        check_token(client, &preset).await?;
        if preset.talos_version.is_empty() && has_two_factories(client).await? {
            return Err(review::version_must_be_set(name).into());
        }
        let board = board(client, &preset).await?;
        let schematic = register(client, name, &preset, board.as_ref()).await?;
        let (address, talos) = address(client, &config, &preset, &medium, &schematic).await?;
        Ok(answer(config, &talos, medium, schematic, address))
    }
}

fn answer(
    config: InstallationMedia,
    talos: &str,
    medium: Medium,
    schematic: Schematic,
    address: Address,
) -> InstallationMedia {
    let hidden = |secret: &Secret| Attr::Known(types::Secret::new(secret.expose()));
    let told = |text: String| Attr::from(Some(text).filter(|text| !text.is_empty()));
    let headers = address.headers.iter();
    InstallationMedia {
        filename: convert::filename(address.url.expose()),
        url: hidden(&address.url),
        schematic_id: Attr::Known(schematic.id),
        talos_version: told(talos.trim_start_matches('v').to_owned()),
        platform: Attr::Known(medium.platform),
        architecture: Attr::from(medium.architecture),
        expires_at: Attr::from(address.expires.map(|moment| moment.to_string())),
        headers: Attr::Known(
            headers
                .map(|(name, value)| (name.clone(), hidden(value)))
                .collect(),
        ),
        storage_key: told(address.storage_key),
        image_factory_host: told(address.factory_host),
        ..config
    }
}

async fn preset(
    client: &Client,
    name: &str,
) -> Result<Resource<kind::InstallationMediaConfig>, Diagnostic> {
    let failed = |error| explain::failed(&format!("read the preset {name:?}"), &error);
    let found = client.cache().get(name, None).await.map_err(failed)?;
    if let Some(preset) = found {
        return Ok(preset);
    }
    let all = client
        .state()
        .list::<kind::InstallationMediaConfig>(&Query::all())
        .await
        .map_err(failed)?;
    Err(review::no_preset(name, all.iter().map(Resource::id)))
}

/// The form of the images of the preset's cloud platform.
async fn suffix(
    client: &Client,
    preset: &InstallationMediaConfigSpec,
) -> Result<Option<String>, Diagnostic> {
    let Some(cloud) = &preset.cloud else {
        return Ok(None);
    };
    let what = format!("read the cloud platform {:?}", cloud.platform);
    let platform = find::<kind::CloudPlatformConfig>(client, &cloud.platform, &what).await?;
    Ok(platform.map(|platform| platform.spec.disk_image_suffix))
}

/// The server's entry of the preset's board.
async fn board(
    client: &Client,
    preset: &InstallationMediaConfigSpec,
) -> Result<Option<SbcConfigSpec>, Diagnostic> {
    let Some(board) = &preset.sbc else {
        return Ok(None);
    };
    let what = format!("read the board {:?}", board.overlay);
    let found = find::<kind::SbcConfig>(client, &board.overlay, &what).await?;
    let found = found.ok_or_else(|| {
        Diagnostic::error("The preset's board does not exist")
            .detail(format!(
                "This Omni knows no board with the overlay {:?} any more.",
                board.overlay
            ))
            .remedy("Change `sbc.overlay` of the preset.")
            .at_attribute("preset")
    })?;
    Ok(Some(found.spec))
}

async fn check_token(
    client: &Client,
    preset: &InstallationMediaConfigSpec,
) -> Result<(), Diagnostic> {
    let what = "read the state of the join token";
    let id = if preset.join_token.is_empty() {
        let default = find::<kind::DefaultJoinToken>(client, "default", what).await?;
        default.map(|default| default.spec.token_id)
    } else {
        Some(preset.join_token.clone())
    };
    let status = match id {
        Some(id) => find::<kind::JoinTokenStatus>(client, &id, what).await?,
        None => None,
    };
    review::token(preset, status.map(|status| status.spec.state()))
}

async fn has_two_factories(client: &Client) -> Result<bool, Diagnostic> {
    let what = "read which image factories this Omni has";
    let features = find::<kind::FeaturesConfig>(client, "features-config", what).await?;
    Ok(features.is_some_and(|features| !features.spec.secondary_image_factory_base_url.is_empty()))
}

async fn register(
    client: &Client,
    name: &str,
    preset: &InstallationMediaConfigSpec,
    board: Option<&SbcConfigSpec>,
) -> Result<Schematic, Diagnostic> {
    let request = convert::schematic(preset, board);
    let made = client.management().create_schematic(&request).await;
    made.map_err(|error| {
        let what = format!("register the contents of the preset {name:?} with the image factory");
        explain::failed(&what, &error).at_attribute("preset")
    })
}

/// The address, and the Talos version that it is for as far as that is known.
async fn address(
    client: &Client,
    config: &InstallationMedia,
    preset: &InstallationMediaConfigSpec,
    medium: &Medium,
    schematic: &Schematic,
) -> Result<(Address, String), Diagnostic> {
    let lifetime = config.download_token_ttl.as_known();
    let lifetime = lifetime.map(types::Duration::get);
    let question = convert::question(medium, &preset.talos_version, &schematic.id, lifetime);
    match client.management().installation_media(&question).await {
        Ok(address) => Ok((address, preset.talos_version.clone())),
        // Omni 1.8 to 1.10 have no call for it: there the address follows from the factory that has the schematic now.
        Err(Error::Unimplemented { .. }) => factory::address(client, question).await,
        Err(error) => Err(explain::failed("find the address of the medium", &error)),
    }
}

async fn find<K: Kind>(
    client: &Client,
    id: &str,
    what: &str,
) -> Result<Option<Resource<K>>, Diagnostic> {
    let found = client.state().find(id).await;
    found.map_err(|error| explain::failed(what, &error))
}
