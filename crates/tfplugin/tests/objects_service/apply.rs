//! Applying: what was planned comes back, and what an object does wrong is told by its name.

use tfplugin::Value;

use crate::core::{Core, State, errors};
use crate::garden::remote::Fault;

#[tokio::test]
async fn a_whole_life_calls_each_verb_once() {
    let core = Core::new().await;
    let state = core.create(&core.config([("name", "a".into())])).await;
    let state = core
        .update(
            &state,
            &core.config([("name", "a".into()), ("soil", "clay".into())]),
        )
        .await;
    let plan = core.plan_destroy(&state).await;
    let gone = core.ask_apply(&plan).await;
    assert_eq!(gone.state.value, Value::Null);
    assert_eq!(core.garden.calls(), ["update", "delete"]);
    assert_eq!(core.garden.names(), Vec::<String>::new());
}

#[tokio::test]
async fn a_change_of_timeouts_alone_calls_nothing_and_shows_nothing_unknown() {
    let core = Core::new().await;
    let timeouts = |create: &str| {
        Value::object([
            ("create", create.into()),
            ("read", Value::Null),
            ("update", Value::Null),
            ("delete", Value::Null),
        ])
    };
    let config = |create: &str| core.config([("name", "a".into()), ("timeouts", timeouts(create))]);
    let state = core.create(&config("5m")).await;
    let plan = core.plan(&state, &config("6m")).await;
    assert!(plan.value.is_wholly_known());
    let after = core.apply(&plan).await;
    assert_eq!(after.value.get("timeouts"), Some(&timeouts("6m")));
    assert_eq!(after.identity, state.identity);
    assert_eq!(core.garden.calls(), Vec::<String>::new());
    core.assert_no_change(&core.read(&after).await, &config("360s"))
        .await;
}

#[tokio::test]
async fn a_planned_value_that_was_changed_is_named_with_both_values() {
    let core = Core::new().await;
    core.garden.fail(Fault::Liar);
    let config = core.config([
        ("name", "a".into()),
        ("soil", "Clay".into()),
        ("hideout", "cellar".into()),
    ]);
    let plan = core.plan(&State::default(), &config).await;
    let applied = core.ask_apply(&plan).await;
    let told = errors(&applied.told).join("\n");
    assert!(
        told.contains(r#"soil was planned as "Clay", but is "sand" after the apply."#),
        "{told}"
    );
    assert!(
        told.contains("hideout was planned as (sensitive), but is (sensitive)"),
        "{told}"
    );
    assert!(
        !told.contains("cellar") && !told.contains("elsewhere"),
        "{told}"
    );
    assert_eq!(
        applied.state.value.get("soil"),
        Some(&Value::from("sand")),
        "the state says what is"
    );
}

#[tokio::test]
async fn a_value_that_stays_unknown_is_named_and_null_in_the_state() {
    let core = Core::new().await;
    core.garden.fail(Fault::Forgetful);
    let plan = core
        .plan(&State::default(), &core.config([("name", "a".into())]))
        .await;
    let applied = core.ask_apply(&plan).await;
    let [error] = &errors(&applied.told)[..] else {
        panic!("one error")
    };
    assert!(
        error.starts_with("area: Value missing after apply"),
        "{error}"
    );
    assert_eq!(applied.state.value.get("area"), Some(&Value::Null));
}

#[tokio::test]
async fn what_the_garden_measures_meanwhile_waits_for_the_next_read() {
    let core = Core::new().await;
    let state = core.create(&core.config([("name", "a".into())])).await;
    let mut before = state.clone();
    if let Value::Object(fields) = &mut before.value {
        fields.insert("phase".to_owned(), "Sleeping".into());
    }
    // The verb answers `Growing`; the plan has carried `Sleeping` over.
    let plan = core
        .plan(
            &before,
            &core.config([("name", "a".into()), ("soil", "clay".into())]),
        )
        .await;
    let after = core.apply(&plan).await;
    assert_eq!(after.value.get("phase"), Some(&Value::from("Sleeping")));
    assert_eq!(
        core.read(&after).await.value.get("phase"),
        Some(&Value::from("Growing"))
    );
}

#[tokio::test]
async fn what_grows_inside_a_set_waits_for_the_next_read_too() {
    let core = Core::new().await;
    let herb = |species: &str| {
        Value::object([
            ("species", species.into()),
            ("count", Value::Null),
            ("id", Value::Null),
            ("height", Value::Null),
        ])
    };
    let config = |soil: &str, herbs: Vec<Value>| {
        let herbs = Value::set(herbs);
        core.config([
            ("name", "a".into()),
            ("soil", soil.into()),
            ("herbs", herbs),
        ])
    };
    let heights = |state: &State| {
        let herbs = state.value.get("herbs").and_then(Value::as_set);
        let mut heights: Vec<_> = herbs
            .into_iter()
            .flat_map(tfplugin::values::Set::iter)
            .filter_map(|herb| herb.get("height")?.as_number()?.to_u64().ok())
            .collect();
        heights.sort_unstable();
        heights
    };
    let created = core
        .create(&config("clay", vec![herb("sage"), herb("mint")]))
        .await;
    // Both have grown by the time the garden answers; the plan has carried the old heights over.
    let more = config("sand", vec![herb("sage"), herb("mint"), herb("dill")]);
    let updated = core.update(&created, &more).await;
    assert_eq!(heights(&updated), [1, 1, 1]);
    assert_eq!(heights(&core.read(&updated).await), [1, 2, 2]);
}
