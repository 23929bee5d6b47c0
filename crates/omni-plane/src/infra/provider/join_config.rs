//! What the machines of a provider need to join.
//!
//! Keeps true: every provider finds its [`kind::ProviderJoinConfig`], with a token of its own that carries along whose it is.

use omni_api::{kind, labels};

use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::infra::connection::unusable;
use crate::join::{self, Join, SIDEROLINK};

/// The join configurations.
#[derive(Debug, Clone, Copy, Default)]
pub struct JoinConfigs;

impl Controller for JoinConfigs {
    fn name(&self) -> &'static str {
        "ProviderJoinConfigController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::InfraProvider>(),
            Input::quiet::<kind::SiderolinkApiConfig>(),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::ProviderJoinConfig>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let provider = cx.get::<kind::InfraProvider>(id)?;
        if provider.is_none_or(|provider| provider.metadata.tearing_down()) {
            if cx.remove::<kind::ProviderJoinConfig>(id)? {
                cx.release::<kind::InfraProvider>(id)?;
            }
            return Ok(Next::Done);
        }
        let Some(account) = cx.get::<kind::SiderolinkApiConfig>(SIDEROLINK)? else {
            return Ok(Next::Done);
        };
        cx.hold::<kind::InfraProvider>(id)?;
        let before = cx.get::<kind::ProviderJoinConfig>(id)?;
        let token = before
            .map(|config| config.spec.join_token.clone())
            .filter(|token| !token.is_empty())
            .unwrap_or_else(join::generate);
        let way = Join::new(&account.spec, &token, false, &join::of_provider(id));
        let way = way.map_err(|error| unusable(id, &error))?;
        cx.put::<kind::ProviderJoinConfig>(id, |config| {
            let marks = &mut config.metadata.labels;
            marks.insert(labels::INFRA_PROVIDER_ID.to_owned(), id.to_owned());
            config.spec.join_token.clone_from(&token);
            config.spec.config = Some(way.config());
        })?;
        Ok(Next::Done)
    }
}
