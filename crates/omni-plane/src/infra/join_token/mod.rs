//! Whether a join token can be used, and by how many machines it was.
//!
//! Keeps true: [`kind::JoinTokenStatus`] of every token. Machines that would not come back without their token are named in its
//! warnings.

mod joined;
#[cfg(test)]
mod tests;

use std::time::Duration;

use omni_api::specs::JoinTokenSpec;
use omni_api::specs::join_token_status_spec::State;
use omni_api::{kind, labels};

use crate::Moment;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use joined::{Joined, LEDGER, Users, all_tokens};

/// The statuses of join tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct JoinTokens;

impl Controller for JoinTokens {
    fn name(&self) -> &'static str {
        "JoinTokenStatusController"
    }

    fn inputs(&self) -> Vec<Input> {
        let mut inputs = Joined::inputs();
        inputs.extend([
            Input::by_id::<kind::JoinToken>(),
            Input::mapped::<kind::DefaultJoinToken>(all_tokens),
        ]);
        inputs
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
        let joined = cx.ledger::<Joined>(LEDGER, &())?;
        let users = joined.with(id);
        let warnings = users.map(Users::warnings).unwrap_or_default();
        cx.weigh(warnings.len());
        cx.put::<kind::JoinTokenStatus>(id, |status| {
            let marks = &mut status.metadata.labels;
            match state {
                State::Active => marks.insert(labels::TOKEN_ACTIVE.to_owned(), String::new()),
                _ => marks.remove(labels::TOKEN_ACTIVE),
            };
            let spec = &mut status.spec;
            spec.set_state(state);
            spec.is_default = is_default;
            spec.use_count = users.map_or(0, |users| users.count);
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
