//! Whether a join token can be used, and by how many machines it was.
//!
//! Keeps true: [`kind::JoinTokenStatus`] of every token. Machines that would not come back without their token are named in its
//! warnings.

use std::sync::Arc;

use omni_api::specs::join_token_status_spec::{State, Warning};
use omni_api::specs::node_unique_token_status_spec::State as TokenState;
use omni_api::{Metadata, kind, labels};

use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::store::Query;
use crate::{Moment, Store};

/// Why revoking a token hurts a machine.
const EPHEMERAL: &str = "Talos is not installed so the generated node unique token is ephemeral";

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
        let expires = token.spec.expiration_time.map(Moment::from);
        let left = expires.map(|expires| expires.since(cx.now()));
        let state = if token.spec.revoked {
            State::Revoked
        } else if left.is_some_and(|left| left.is_zero()) {
            State::Expired
        } else {
            State::Active
        };
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
        let left = left.filter(|left| !left.is_zero());
        Ok(left.map_or(Next::Done, Next::Idle))
    }
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
        let persistent = status.is_some_and(|status| status.spec.state() == TokenState::Persistent);
        if !persistent {
            warnings.push(Warning {
                machine: usage.id().to_owned(),
                message: EPHEMERAL.to_owned(),
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
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Clock;
    use crate::engine::Engine;
    use crate::seed::{Seed, seed};

    const HOUR: Duration = Duration::from_hours(1);

    fn bench() -> (Store, Engine, String) {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        let account = Seed {
            account: "lab".to_owned(),
            versions: None,
        };
        seed(&store, &account).expect("seeded");
        let engine =
            Engine::new(store.clone(), clock, vec![Box::new(JoinTokens)]).expect("one controller");
        let token = store
            .peek::<kind::DefaultJoinToken>("default")
            .expect("seeded");
        let token = token.spec.token_id.clone();
        (store, engine, token)
    }

    #[test]
    fn the_first_token_is_active_and_the_default() {
        let (store, mut engine, token) = bench();
        engine.settle(HOUR);
        let status = store
            .peek::<kind::JoinTokenStatus>(&token)
            .expect("a status");
        assert_eq!(status.spec.state(), State::Active);
        assert!(status.spec.is_default && status.metadata.label(labels::TOKEN_ACTIVE).is_some());
        assert_eq!(status.spec.name, "initial token");
    }

    #[test]
    fn uses_are_counted_and_those_who_need_the_token_are_named() {
        let (store, mut engine, token) = bench();
        for machine in ["a", "b"] {
            store
                .put::<kind::JoinTokenUsage>("", machine, |usage| {
                    usage.spec.token_id.clone_from(&token);
                })
                .expect("written");
        }
        store
            .put::<kind::NodeUniqueTokenStatus>("", "a", |status| {
                status.spec.set_state(TokenState::Persistent);
            })
            .expect("written");
        engine.settle(HOUR);
        let status = store
            .peek::<kind::JoinTokenStatus>(&token)
            .expect("a status");
        assert_eq!(status.spec.use_count, 2);
        let named: Vec<_> = status
            .spec
            .warnings
            .iter()
            .map(|warning| warning.machine.as_str())
            .collect();
        assert_eq!(named, ["b"]);
    }

    #[test]
    fn a_token_expires_in_time_and_may_be_revoked() {
        let (store, mut engine, token) = bench();
        let state = |store: &Store| {
            let status = store
                .peek::<kind::JoinTokenStatus>(&token)
                .expect("a status");
            (
                status.spec.state(),
                status.metadata.label(labels::TOKEN_ACTIVE).is_some(),
            )
        };
        let until = store.clock().moment() + HOUR;
        store
            .put::<kind::JoinToken>("", &token, |token| {
                token.spec.expiration_time = Some(until.into());
            })
            .expect("written");
        engine.pass(HOUR / 2);
        assert_eq!(state(&store), (State::Active, true));
        engine.pass(HOUR);
        assert_eq!(state(&store), (State::Expired, false));
        store
            .put::<kind::JoinToken>("", &token, |token| token.spec.revoked = true)
            .expect("written");
        engine.settle(HOUR);
        assert_eq!(state(&store), (State::Revoked, false));
    }
}
