//! Tokens as they are made, used, revoked and left to expire.

use omni_api::specs::node_unique_token_status_spec::State as TokenState;
use omni_api::{Kind as _, specs};

use super::*;
use crate::engine::Engine;
use crate::seed::{Seed, seed};
use crate::store::{Event, Filter, Key};
use crate::{Clock, Store};

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
    let engine = engine.with_checked_ledgers();
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
fn a_machine_that_has_left_is_not_counted_any_more() {
    let (store, mut engine, token) = bench();
    let status = |engine: &mut Engine| {
        engine.settle(HOUR);
        let status = store.peek::<kind::JoinTokenStatus>(&token);
        let spec = status.expect("a status").spec.clone();
        let named = spec.warnings.into_iter();
        let named = named.map(|warning| warning.machine).collect::<Vec<_>>();
        (spec.use_count, named.join(" "))
    };
    for machine in ["b", "a"] {
        store
            .put::<kind::JoinTokenUsage>("", machine, |usage| {
                usage.spec.token_id.clone_from(&token);
            })
            .expect("written");
    }
    assert_eq!(status(&mut engine), (2, "a b".to_owned()));
    let left = store.remove::<kind::JoinTokenUsage>("", "a");
    left.expect("nobody holds it");
    assert_eq!(status(&mut engine), (1, "b".to_owned()));
}

#[test]
fn a_machine_that_joins_again_with_another_token_is_that_ones() {
    let (store, mut engine, first) = bench();
    let second = "second";
    let put = store.put::<kind::JoinToken>("", second, |_| {});
    put.expect("written");
    for token in [&first, second, &first] {
        let put = store.put::<kind::JoinTokenUsage>("", "a", |usage| {
            token.clone_into(&mut usage.spec.token_id);
        });
        put.expect("written");
        // Nobody is told which token it had before; whoever looks sees it.
        let put = store.put::<kind::JoinToken>("", second, |looked| {
            looked.spec.name.push('x');
        });
        put.expect("written");
        engine.settle(HOUR);
        let uses = [&first, second].map(|token| {
            let status = store.peek::<kind::JoinTokenStatus>(token);
            status.expect("a status").spec.use_count
        });
        assert_eq!(uses[1], u64::from(token == second), "{uses:?}");
    }
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

#[test]
fn every_reason_to_need_the_token_is_told_in_omni_s_words() {
    for (own, expected) in [
        (None, Some("Does not have the node unique token")),
        (
            Some(TokenState::None),
            Some("Does not have the node unique token"),
        ),
        (
            Some(TokenState::Ephemeral),
            Some("Talos is not installed so the generated node unique token is ephemeral"),
        ),
        (
            Some(TokenState::Unsupported),
            Some("Installed Talos version does not support unique node tokens"),
        ),
        (
            Some(TokenState::Unknown),
            Some("The machine node unique token status is not determined"),
        ),
        (Some(TokenState::Persistent), None),
    ] {
        let (store, mut engine, token) = bench();
        store
            .put::<kind::JoinTokenUsage>("", "m", |usage| usage.spec.token_id.clone_from(&token))
            .expect("written");
        if let Some(own) = own {
            store
                .put::<kind::NodeUniqueTokenStatus>("", "m", |status| status.spec.set_state(own))
                .expect("written");
        }
        engine.settle(HOUR);
        let status = store.peek::<kind::JoinTokenStatus>(&token);
        let warnings = status.expect("a status").spec.warnings.clone();
        let told: Vec<_> = warnings
            .iter()
            .map(|warning| (warning.machine.as_str(), warning.message.as_str()))
            .collect();
        let expected: Vec<_> = expected.iter().map(|why| ("m", *why)).collect();
        assert_eq!(told, expected, "{own:?}");
    }
}

/// The rows of recording 20 from t = 39.38 to 51.13.
#[test]
fn a_token_s_life_is_the_recorded_one() {
    let (store, mut engine, _) = bench();
    engine.settle(HOUR);
    let mut events = store.subscribe(Filter::types([
        kind::JoinToken::TYPE,
        kind::JoinTokenStatus::TYPE,
    ]));
    let put = |engine: &mut Engine, change: fn(&mut specs::JoinTokenSpec)| {
        store
            .put::<kind::JoinToken>("", "rec", |token| change(&mut token.spec))
            .expect("written");
        engine.settle(HOUR);
    };
    put(&mut engine, |token| token.name = "rec-token".into());
    put(&mut engine, |token| token.revoked = true);
    put(&mut engine, |token| token.revoked = false);
    put(&mut engine, |token| {
        token.expiration_time = Some((Moment::default() + 1_000_000 * HOUR).into());
    });
    put(&mut engine, |token| token.revoked = true);
    let key = Key::of::<kind::JoinToken>("rec");
    assert!(!store.teardown(&key, "").expect("torn down"), "held");
    engine.settle(HOUR);
    store.destroy(&key, "").expect("let go");
    let mut course = Vec::new();
    while let Ok(event) = events.try_recv() {
        course.push(row(&event));
    }
    assert_eq!(
        course,
        [
            "Created token 1 running [] revoked=false",
            "Updated token 2 running [JoinTokenStatusController] revoked=false",
            "Created status 1 running Active active=true",
            "Updated token 3 running [JoinTokenStatusController] revoked=true",
            "Updated status 2 running Revoked active=false",
            "Updated token 4 running [JoinTokenStatusController] revoked=false",
            "Updated status 3 running Active active=true",
            "Updated token 5 running [JoinTokenStatusController] revoked=false",
            "Updated status 4 running Active active=true",
            "Updated token 6 running [JoinTokenStatusController] revoked=true",
            "Updated status 5 running Revoked active=false",
            "Updated token 7 tearingDown [JoinTokenStatusController] revoked=true",
            "Updated status 6 tearingDown Revoked active=false",
            "Destroyed status 6 tearingDown Revoked active=false",
            "Updated token 8 tearingDown [] revoked=true",
            "Destroyed token 8 tearingDown [] revoked=true",
        ]
    );
}

/// What a recorded row says.
fn row(event: &Event) -> String {
    let metadata = &event.resource.metadata;
    let common = format!("{} {}", metadata.version, metadata.phase);
    if let Ok(token) = event.resource.typed::<kind::JoinToken>() {
        return format!(
            "{:?} token {common} [{}] revoked={}",
            event.kind,
            metadata.finalizers.join(" "),
            token.spec.revoked
        );
    }
    let status = event.resource.typed::<kind::JoinTokenStatus>();
    format!(
        "{:?} status {common} {:?} active={}",
        event.kind,
        status.expect("its kind").spec.state(),
        metadata.labels.contains_key(labels::TOKEN_ACTIVE)
    )
}
