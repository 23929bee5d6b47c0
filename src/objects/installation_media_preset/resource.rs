//! The verbs of `omni_installation_media_preset`.

use omni_api::specs::InstallationMediaConfigSpec;
use omni_api::{Resource as OmniResource, kind};
use omni_client::{Client, Query};
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::offers::{self, Offers, Token};
use super::{InstallationMediaPreset, convert, review};
use crate::objects::shared::mirror::{self, Mirror};
use crate::objects::shared::server;
use crate::objects::shared::verbs;
use crate::session::{Session, explain};
use crate::values::Version;

/// Where the account's image factories are named.
const FEATURES: &str = "features-config";

/// The resource `omni_installation_media_preset`.
#[derive(Debug, Default)]
pub struct InstallationMediaPresetResource;

// === impl InstallationMediaPresetResource ===

impl Resource for InstallationMediaPresetResource {
    type Session = Session;
    type Model = InstallationMediaPreset;

    fn validate(&self, config: &InstallationMediaPreset, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<InstallationMediaPreset>,
    ) -> Result<(), Diagnostics> {
        if verbs::replace_leaving(cx, change, "image_factory_url", |planned| {
            &mut planned.image_factory_url
        }) {
            return Ok(());
        }
        if change.is_unchanged() {
            return Ok(());
        }
        // A change writes the factory anew, which follows from the Talos version.
        change.planned.image_factory_url = Attr::Unknown;
        let lands = offers::token_lands_in_state(change.prior.as_ref(), &change.planned);
        if let Some(warning) = lands {
            cx.warn(warning);
        }
        let Some(client) = cx.session().client_if_known().await? else {
            return Ok(());
        };
        check_embedded(client, change).await?;
        let (token, written) = convert::preset_tokens(&change.config);
        let offers = offered(client, &change.planned, token.or(written)).await?;
        cx.report(offers::check(&offers, &change.planned))?;
        if !change.planned.talos_version.is_unknown() {
            let factory = factory(client, change.planned.talos_version.as_known()).await?;
            change.planned.image_factory_url = convert::text(&factory);
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<InstallationMediaPreset>,
    ) -> Result<InstallationMediaPreset, Failure<InstallationMediaPreset>> {
        let client = cx.session().client().await?;
        let id = plan.planned.name.as_str().unwrap_or_default();
        let factory = factory(client, plan.planned.talos_version.as_known()).await?;
        let mut preset = OmniResource::new(id, InstallationMediaConfigSpec::default());
        convert::write(&plan.config, &plan.planned, &factory, &mut preset);
        Ok(mirror::create(cx, plan.planned, &preset).await?)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        state: InstallationMediaPreset,
    ) -> Result<Option<InstallationMediaPreset>, Diagnostics> {
        mirror::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: InstallationMediaPreset,
        plan: Plan<InstallationMediaPreset>,
    ) -> Result<InstallationMediaPreset, Failure<InstallationMediaPreset>> {
        let client = cx.session().client().await?;
        let factory = factory(client, plan.planned.talos_version.as_known()).await?;
        let write = |preset: &mut _| {
            convert::write(&plan.config, &plan.planned, &factory, preset);
        };
        Ok(mirror::update(cx, &prior, plan.planned.clone(), write).await?)
    }

    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: InstallationMediaPreset,
    ) -> Result<(), Failure<InstallationMediaPreset>> {
        Ok(mirror::delete(cx, &state, "Something in Omni still holds it.").await?)
    }
}

// === impl Mirror for InstallationMediaPreset ===

impl Mirror for InstallationMediaPreset {
    type Kind = kind::InstallationMediaConfig;

    const RESOURCE: &'static str = "omni_installation_media_preset";
    const NOUN: &'static str = "installation media preset";

    fn id(&self) -> String {
        self.name.as_str().unwrap_or_default().to_owned()
    }

    fn fill(&mut self, resource: &OmniResource<kind::InstallationMediaConfig>) {
        convert::read(resource, self);
    }
}

/// Checks that the server takes a machine configuration that is newly put into the image.
async fn check_embedded(
    client: &Client,
    change: &Change<InstallationMediaPreset>,
) -> Result<(), Diagnostic> {
    let planned = &change.planned;
    let prior = change.prior.as_ref();
    if planned.embedded_machine_config.is_null()
        || prior.is_some_and(|prior| !prior.embedded_machine_config.is_null())
    {
        return Ok(());
    }
    let talos = planned.talos_version.as_known().map(Version::bare);
    match server::lacks_embedded_config(client, talos.as_deref()).await? {
        Some(lack) => Err(review::no_embedded_config(&lack)),
        None => Ok(()),
    }
}

/// What the server offers of what the preset asks for; nothing is read that it does not ask for.
async fn offered(
    client: &Client,
    planned: &InstallationMediaPreset,
    token: Option<&str>,
) -> Result<Offers, Diagnostic> {
    let failed = |error| explain::failed("read what this Omni has images for", &error);
    let (state, cache) = (client.state(), client.cache());
    let mut offers = Offers::default();
    let version = planned.talos_version.as_known().map(Version::bare);
    if let Some(version) = &version {
        offers.talos_versions = cache.list(None).await.map_err(failed)?;
        offers.quirks = if planned.embedded_machine_config.is_null() {
            None
        } else {
            state.find(version).await.map_err(failed)?
        };
    }
    if planned.cloud.is_known() {
        offers.platforms = state.list(&Query::all()).await.map_err(failed)?;
    }
    if planned.sbc.is_known() {
        offers.boards = state.list(&Query::all()).await.map_err(failed)?;
    }
    if planned.extensions.is_known() {
        let one = match &version {
            Some(version) => state.find(version).await.map_err(failed)?,
            None => None,
        };
        offers.catalogues = match (one, planned.talos_version.is_null()) {
            (Some(one), _) => vec![one],
            (None, true) => state.list(&Query::all()).await.map_err(failed)?,
            (None, false) => Vec::new(),
        };
    }
    if let Some(token) = token {
        let status = cache.get(token, None).await.map_err(failed)?;
        offers.token = status.map_or(Token::Missing, |status| Token::There(Box::new(status)));
    }
    Ok(offers)
}

/// The image factory that serves a Talos version; the account's first one where the version is open or has none of its own. Empty
/// where the server knows one factory only: its presets name none.
async fn factory(client: &Client, talos: Option<&Version>) -> Result<String, Diagnostic> {
    if server::lacks_second_factory(client).await?.is_some() {
        return Ok(String::new());
    }
    let failed = |error| explain::failed("find the image factory", &error);
    if let Some(talos) = talos {
        let version = client
            .cache()
            .get::<kind::TalosVersion>(&talos.bare(), None)
            .await
            .map_err(failed)?;
        let own = version.map(|version| version.spec.image_factory_url);
        if let Some(url) = own.filter(|url| !url.is_empty()) {
            return Ok(plain(&url));
        }
    }
    let features = client
        .cache()
        .get::<kind::FeaturesConfig>(FEATURES, None)
        .await
        .map_err(failed)?;
    let url = features.map(|features| features.spec.image_factory_base_url);
    Ok(plain(&url.unwrap_or_default()))
}

/// Addresses of factories are compared without a slash at their end.
fn plain(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}
