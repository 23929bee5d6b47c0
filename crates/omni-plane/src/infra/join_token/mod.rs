//! Whether a join token can be used, and by how many machines it was.
//!
//! Keeps true: [`kind::JoinTokenStatus`] of every token. Machines that would not come back without their token are named in its
//! warnings.

use std::sync::Arc;
use std::time::Duration;

use omni_api::specs::JoinTokenSpec;
use omni_api::specs::join_token_status_spec::{State, Warning};
use omni_api::specs::node_unique_token_status_spec::State as TokenState;
use omni_api::{Metadata, kind, labels};

use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::store::Query;
use crate::{Moment, Store};

/// Why a machine would not come back without the token; nothing for one that has a lasting token of its own.
fn needs_it(own: Option<TokenState>) -> Option<&'static str> {
    match own {
        None | Some(TokenState::None) => Some("Does not have the node unique token"),
        Some(TokenState::Ephemeral) => {
            Some("Talos is not installed so the generated node unique token is ephemeral")
        }
        Some(TokenState::Unsupported) => {
            Some("Installed Talos version does not support unique node tokens")
        }
        Some(TokenState::Unknown) => Some("The machine node unique token status is not determined"),
        Some(TokenState::Persistent) => None,
    }
}

/// The statuses of join tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct JoinTokens;

impl Controller for JoinTokens {
    fn name(&self) -> &'static str {
        "JoinTokenStatusController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::JoinToken>(),
            Input::mapped::<kind::DefaultJoinToken>(all_tokens),
            Input::mapped::<kind::JoinTokenUsage>(token_of),
            Input::mapped::<kind::NodeUniqueTokenStatus>(token_of),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::JoinTokenStatus>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let token = cx.get::<kind::JoinToken>(id)?;
        let Some(token) = token.filter(|token| !token.metadata.tearing_down()) else {
            if cx.remove::<kind::JoinTokenStatus>(id)? {
                cx.release::<kind::JoinToken>(id)?;
            }
            return Ok(Next::Done);
        };
        cx.hold::<kind::JoinToken>(id)?;
        let state = state(&token.spec, cx.now());
        let default = cx.get::<kind::DefaultJoinToken>("default")?;
        let is_default = default.is_some_and(|default| default.spec.token_id == id);
        let (use_count, warnings) = usage(cx, id)?;
        cx.put::<kind::JoinTokenStatus>(id, |status| {
            let marks = &mut status.metadata.labels;
            match state {
                State::Active => marks.insert(labels::TOKEN_ACTIVE.to_owned(), String::new()),
                _ => marks.remove(labels::TOKEN_ACTIVE),
            };
            let spec = &mut status.spec;
            spec.set_state(state);
            spec.is_default = is_default;
            spec.use_count = use_count;
            spec.expiration_time = token.spec.expiration_time;
            spec.name.clone_from(&token.spec.name);
            spec.warnings.clone_from(&warnings);
        })?;
        let left = left(&token.spec, cx.now()).filter(|left| !left.is_zero());
        Ok(left.map_or(Next::Done, Next::Idle))
    }
}

/// Whether a token can be used now.
fn state(token: &JoinTokenSpec, now: Moment) -> State {
    if token.revoked {
        State::Revoked
    } else if left(token, now).is_some_and(|left| left.is_zero()) {
        State::Expired
    } else {
        State::Active
    }
}

/// How long a token that expires can still be used.
fn left(token: &JoinTokenSpec, now: Moment) -> Option<Duration> {
    let expires = token.expiration_time.map(Moment::from);
    expires.map(|expires| expires.since(now))
}

/// How many machines joined with the token, and which of them still need it.
fn usage(cx: &Context<'_>, token: &str) -> Result<(u64, Vec<Warning>), Error> {
    let mut count = 0;
    let mut warnings = Vec::new();
    for usage in cx.list::<kind::JoinTokenUsage>(&Query::all())? {
        if usage.spec.token_id != token {
            continue;
        }
        count += 1;
        let status = cx.get::<kind::NodeUniqueTokenStatus>(usage.id())?;
        if let Some(why) = needs_it(status.map(|status| status.spec.state())) {
            warnings.push(Warning {
                machine: usage.id().to_owned(),
                message: why.to_owned(),
            });
        }
    }
    Ok((count, warnings))
}

fn all_tokens(store: &Store, _: &Metadata) -> Vec<Arc<str>> {
    let tokens = store.peek_all::<kind::JoinToken>(&Query::all());
    tokens
        .iter()
        .map(|token| token.metadata.id.clone())
        .collect()
}

/// The token of the machine with this id.
fn token_of(store: &Store, metadata: &Metadata) -> Vec<Arc<str>> {
    let usage = store.peek::<kind::JoinTokenUsage>(&metadata.id);
    match usage {
        Some(usage) => vec![usage.spec.token_id.as_str().into()],
        None => all_tokens(store, metadata),
    }
}

#[cfg(test)]
mod tests;
