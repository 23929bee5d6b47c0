//! Failing half-way: nothing that exists is lost.

use std::time::Duration;

use tfplugin::Value;
use tfplugin::proto::provider_server::Provider as _;
use tfplugin::proto::stop_provider;
use tonic::Request;

use crate::core::{Applied, Core, State, errors};
use crate::garden::remote::Fault;

async fn failing_create(fault: Fault) -> (Core, Applied) {
    let core = Core::new().await;
    core.garden.fail(fault);
    let sensor = [
        ("model", "m1".into()),
        ("serial", Value::Null),
        ("code_wo", "4321".into()),
    ];
    let config = core.config([
        ("name", "a".into()),
        ("sensor", Value::object(sensor)),
        ("soil", "Clay".into()),
        ("watering", "60m".into()),
    ]);
    let plan = core.plan(&State::default(), &config).await;
    let applied = core.ask_apply(&plan).await;
    (core, applied)
}

#[tokio::test]
async fn a_create_that_was_refused_leaves_no_state() {
    let (_, applied) = failing_create(Fault::Refused).await;
    assert_eq!(errors(&applied.told), ["The gardener refuses | "]);
    assert_eq!(applied.state.value, Value::Null);
}

#[tokio::test]
async fn a_create_that_fails_half_way_answers_its_state_and_the_error() {
    let (core, applied) = failing_create(Fault::Halfway).await;
    assert_eq!(errors(&applied.told), ["It rained | "]);
    assert_eq!(
        applied.state.value.get("soil"),
        Some(&Value::from("Clay")),
        "in the user's spelling"
    );
    assert_eq!(applied.state.value.get("area"), Some(&Value::Null));
    assert!(applied.state.identity.is_some());
    let gone = core
        .ask_apply(&core.plan_destroy(&applied.state).await)
        .await;
    assert_eq!(
        gone.state.value,
        Value::Null,
        "what is known can be destroyed"
    );
}

#[tokio::test]
async fn a_state_that_was_put_into_safety_survives_the_failure() {
    let (_, applied) = failing_create(Fault::Kept).await;
    assert_eq!(errors(&applied.told), ["It rained | "]);
    assert_eq!(
        applied.state.value.get("watering"),
        Some(&Value::from("60m"))
    );
}

#[tokio::test]
async fn a_panic_keeps_the_state_and_names_its_place() {
    let (_, applied) = failing_create(Fault::Panic).await;
    let [error] = &errors(&applied.told)[..] else {
        panic!("one error")
    };
    assert!(
        error.contains("bed.rs:") && error.contains("a mole"),
        "{error}"
    );
    assert!(
        error.contains("https://example.org/garden/issues"),
        "{error}"
    );
    assert_eq!(applied.state.value.get("name"), Some(&Value::from("a")));
}

#[tokio::test]
async fn an_update_that_was_refused_keeps_the_prior_state() {
    let core = Core::new().await;
    let state = core.create(&core.config([("name", "a".into())])).await;
    core.garden.fail(Fault::Refused);
    let plan = core
        .plan(
            &state,
            &core.config([("name", "a".into()), ("soil", "clay".into())]),
        )
        .await;
    let applied = core.ask_apply(&plan).await;
    assert_eq!(errors(&applied.told), ["The gardener refuses | "]);
    assert_eq!(applied.state.value, state.value);
    assert_eq!(applied.state.identity, state.identity);
}

#[tokio::test]
async fn a_delete_that_was_refused_keeps_the_object() {
    let core = Core::new().await;
    let state = core.create(&core.config([("name", "a".into())])).await;
    core.garden.fail(Fault::Refused);
    let applied = core.ask_apply(&core.plan_destroy(&state).await).await;
    assert_eq!(errors(&applied.told), ["The bed stays | "]);
    assert_eq!(applied.state.value, state.value);
}

#[tokio::test]
async fn a_stop_ends_the_waiting_and_keeps_the_state() {
    let core = Core::new().await;
    core.garden.fail(Fault::Slow);
    let plan = core
        .plan(&State::default(), &core.config([("name", "a".into())]))
        .await;
    let apply = core.ask_apply(&plan);
    let stop = async {
        while core.garden.names().is_empty() {
            tokio::task::yield_now().await;
        }
        let stopped = core
            .service
            .stop_provider(Request::new(stop_provider::Request {}))
            .await;
        stopped.expect("stop answers");
    };
    let (applied, ()) = tokio::join!(apply, stop);
    assert_eq!(
        errors(&applied.told),
        ["Still growing | interrupted by the user"]
    );
    assert_eq!(applied.state.value.get("name"), Some(&Value::from("a")));
}

#[tokio::test]
async fn a_call_that_core_gives_up_still_comes_to_its_end() {
    let core = Core::new().await;
    core.garden.fail(Fault::Slow);
    let plan = core
        .plan(&State::default(), &core.config([("name", "a".into())]))
        .await;
    let given_up = {
        let apply = core
            .service
            .apply_resource_change(Request::new(core.apply_request(&plan)));
        tokio::time::timeout(Duration::ZERO, apply).await.is_err()
    };
    assert!(given_up);
    while core.garden.names().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_verb_has_the_time_that_the_user_gives_it() {
    let core = Core::new().await;
    let timeouts = Value::object([
        ("create", "90s".into()),
        ("read", Value::Null),
        ("update", Value::Null),
        ("delete", Value::Null),
    ]);
    core.garden.fail(Fault::Slow);
    let plan = core
        .plan(
            &State::default(),
            &core.config([("name", "a".into()), ("timeouts", timeouts)]),
        )
        .await;
    let began = tokio::time::Instant::now();
    let applied = core.ask_apply(&plan).await;
    assert_eq!(began.elapsed().as_secs(), 90);
    assert_eq!(
        errors(&applied.told),
        ["Still growing | no success within 90s, the limit that `timeouts.create` sets"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_verb_has_its_default_time_where_the_user_gives_none() {
    let core = Core::new().await;
    let state = core.create(&core.config([("name", "a".into())])).await;
    core.garden.fail(Fault::Slow);
    let began = tokio::time::Instant::now();
    let applied = core.ask_apply(&core.plan_destroy(&state).await).await;
    assert_eq!(began.elapsed().as_secs(), 20 * 60);
    assert_eq!(applied.state.value, state.value);
}

#[tokio::test]
async fn a_review_that_panics_is_an_error() {
    let core = Core::new().await;
    let plan = core
        .ask_plan(
            &State::default(),
            &core.config([("name", "a".into()), ("soil", "panic".into())]),
        )
        .await;
    let [error] = &errors(&plan.told)[..] else {
        panic!("one error")
    };
    assert!(error.contains("the review met a mole"), "{error}");
}
