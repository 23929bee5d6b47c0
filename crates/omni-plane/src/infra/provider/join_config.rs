//! What the machines of a provider need to join.
//!
//! Keeps true: every provider finds its [`kind::ProviderJoinConfig`], with the default token of the account.

use omni_api::specs::JoinConfig;
use omni_api::{Metadata, kind, labels};
use std::sync::Arc;

use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::store::{Query, Store};

/// Id of the one [`kind::ConnectionParams`].
pub(crate) const CONNECTION: &str = "siderolink-config";

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
            Input::mapped::<kind::ConnectionParams>(all_providers),
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
        let Some(params) = cx.get::<kind::ConnectionParams>(CONNECTION)? else {
            return Ok(Next::Done);
        };
        cx.hold::<kind::InfraProvider>(id)?;
        let kernel_args = join_args(&params.spec.args);
        cx.put::<kind::ProviderJoinConfig>(id, |config| {
            let marks = &mut config.metadata.labels;
            marks.insert(labels::INFRA_PROVIDER_ID.to_owned(), id.to_owned());
            config.spec.join_token.clone_from(&params.spec.join_token);
            config.spec.config = Some(JoinConfig {
                config: documents(&kernel_args),
                kernel_args: kernel_args.clone(),
            });
        })?;
        Ok(Next::Done)
    }
}

/// The kernel arguments of the join, one by one.
pub(crate) fn join_args(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The same as documents of a Talos configuration.
fn documents(kernel_args: &[String]) -> String {
    let value = |key: &str| {
        let found = kernel_args
            .iter()
            .find_map(|argument| argument.strip_prefix(key));
        found.unwrap_or_default()
    };
    format!(
        "apiVersion: v1alpha1\nkind: SideroLinkConfig\napiUrl: {}\n---\n\
         apiVersion: v1alpha1\nkind: EventSinkConfig\nendpoint: '{}'\n---\n\
         apiVersion: v1alpha1\nkind: KmsgLogConfig\nname: omni-kmsg\nurl: {}\n",
        value("siderolink.api="),
        value("talos.events.sink="),
        value("talos.logging.kernel="),
    )
}

fn all_providers(store: &Store, _: &Metadata) -> Vec<Arc<str>> {
    let providers = store.peek_all::<kind::InfraProvider>(&Query::all());
    providers
        .iter()
        .map(|provider| provider.metadata.id.clone())
        .collect()
}
