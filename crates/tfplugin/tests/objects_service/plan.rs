//! Planning: defaults, unknown values, spelling, replacement.

use tfplugin::proto as pb;
use tfplugin::{Type, Value};

use crate::core::{Core, State, errors, texts, warnings};

fn plant(species: &str, label: Value) -> Value {
    Value::object([("species", Value::from(species)), ("label", label)])
}

fn herb(species: &str, count: Value) -> Value {
    Value::object([
        ("species", Value::from(species)),
        ("count", count),
        ("id", Value::Null),
        ("height", Value::Null),
    ])
}

fn at<'v>(value: &'v Value, name: &str) -> &'v Value {
    value.get(name).expect("the attribute exists")
}

#[tokio::test]
async fn a_new_object_has_its_defaults_and_what_is_computed_is_unknown() {
    let core = Core::new().await;
    let plan = core
        .plan(&State::default(), &core.config([("name", "a".into())]))
        .await;
    assert_eq!(at(&plan.value, "watering"), &Value::from("24h"));
    assert_eq!(at(&plan.value, "area"), &Value::Unknown);
    assert_eq!(at(&plan.value, "rank"), &Value::Unknown);
    assert_eq!(at(&plan.value, "soil"), &Value::Null);
    assert_eq!(at(&plan.value, "timeouts"), &Value::Null);
}

#[tokio::test]
async fn an_update_keeps_what_is_computed() {
    let core = Core::new().await;
    let state = core.create(&core.config([("name", "a".into())])).await;
    let plan = core
        .plan(
            &state,
            &core.config([("name", "a".into()), ("soil", "clay".into())]),
        )
        .await;
    for name in ["area", "phase", "rank"] {
        assert_eq!(at(&plan.value, name), at(&state.value, name), "{name}");
    }
    assert_eq!(at(&plan.value, "soil"), &Value::from("clay"));
}

#[tokio::test]
async fn another_spelling_of_the_same_meaning_is_no_change() {
    let core = Core::new().await;
    let config = |watering: &str, soil: &str| {
        let history = texts([soil, "Sand"]);
        core.config([
            ("name", "a".into()),
            ("watering", watering.into()),
            ("soil", soil.into()),
            ("history", history),
        ])
    };
    let state = core.create(&config("60m", "Clay")).await;
    assert_eq!(
        at(&state.value, "watering"),
        &Value::from("60m"),
        "the user's spelling, not the garden's"
    );
    core.assert_no_change(&state, &config("1h0m0s", "CLAY"))
        .await;
    let plan = core.plan(&state, &config("61m", "clay")).await;
    assert_eq!(at(&plan.value, "watering"), &Value::from("61m"));
    assert_eq!(at(&plan.value, "soil"), &Value::from("Clay"));
}

#[tokio::test]
async fn a_default_keeps_the_spelling_of_the_state() {
    let core = Core::new().await;
    let state = core
        .create(&core.config([("name", "a".into()), ("watering", "1440m".into())]))
        .await;
    core.assert_no_change(&state, &core.config([("name", "a".into())]))
        .await;
}

#[tokio::test]
async fn an_attribute_with_replace_replaces_only_where_it_changes() {
    let core = Core::new().await;
    let sensor = |model: &str| {
        Value::object([
            ("model", model.into()),
            ("serial", Value::Null),
            ("code_wo", Value::Null),
        ])
    };
    let config =
        |name: &str, model: &str| core.config([("name", name.into()), ("sensor", sensor(model))]);
    let state = core.create(&config("a", "m1")).await;
    core.assert_no_change(&state, &config("a", "m1")).await;
    assert_eq!(
        core.plan(&state, &config("b", "m1")).await.replace,
        ["name"]
    );
    assert_eq!(
        core.plan(&state, &config("b", "m2")).await.replace,
        ["name", "sensor.model"]
    );
    let without = core.config([("name", "a".into())]);
    assert_eq!(core.plan(&state, &without).await.replace, ["sensor.model"]);
}

#[tokio::test]
async fn an_unknown_value_stays_unknown_and_may_replace() {
    let core = Core::new().await;
    let state = core
        .create(&core.config([("name", "a".into()), ("soil", "clay".into())]))
        .await;
    let plan = core
        .plan(
            &state,
            &core.config([("name", Value::Unknown), ("soil", Value::Unknown)]),
        )
        .await;
    assert_eq!(at(&plan.value, "soil"), &Value::Unknown);
    assert_eq!(plan.replace, ["name"]);
}

#[tokio::test]
async fn an_unknown_element_does_not_hide_its_neighbours() {
    let core = Core::new().await;
    let plants = Value::list([
        plant("rose", Value::Null),
        Value::Unknown,
        plant("lily", "tall".into()),
    ]);
    let config = core.config([
        ("name", "a".into()),
        ("plants", plants),
        ("history", Value::list(["clay".into(), Value::Unknown])),
        ("tags", Value::set(["old".into(), Value::Unknown])),
        ("soil", "restless".into()),
    ]);
    let plan = core.plan(&State::default(), &config).await;
    let planned = at(&plan.value, "plants").as_list().expect("a list");
    assert_eq!(
        planned,
        [
            plant("rose", Value::Unknown),
            Value::Unknown,
            plant("lily", "tall".into())
        ]
    );
    assert_eq!(
        at(&plan.value, "history"),
        &Value::list(["clay".into(), Value::Unknown])
    );
    assert_eq!(
        at(&plan.value, "tags"),
        &Value::set(["old".into(), Value::Unknown])
    );
}

#[tokio::test]
async fn an_unknown_object_is_planned_as_unknown() {
    let core = Core::new().await;
    let all = ["plants", "herbs", "signs", "sensor", "notes", "timeouts"];
    let config = core.config([("name", "a".into())]);
    for name in all {
        let mut config = config.clone();
        if let Value::Object(fields) = &mut config {
            fields.insert(name.to_owned(), Value::Unknown);
        }
        assert_eq!(core.validate(&config).await, [], "{name}");
        let plan = core.plan(&State::default(), &config).await;
        assert_eq!(at(&plan.value, name), &Value::Unknown, "{name}");
    }
}

#[tokio::test]
async fn a_new_element_of_a_list_is_new_and_the_others_keep_what_is_computed() {
    let core = Core::new().await;
    let one = core.config([
        ("name", "a".into()),
        ("plants", Value::list([plant("rose", Value::Null)])),
    ]);
    let state = core.create(&one).await;
    core.assert_no_change(&state, &one).await;
    let label = state
        .value
        .get("plants")
        .and_then(Value::as_list)
        .map(|plants| plants[0].clone());
    let two = Value::list([plant("rose", Value::Null), plant("lily", Value::Null)]);
    let plan = core
        .plan(
            &state,
            &core.config([("name", "a".into()), ("plants", two)]),
        )
        .await;
    let planned = at(&plan.value, "plants").as_list().expect("a list");
    assert_eq!(Some(&planned[0]), label.as_ref());
    assert_eq!(planned[1], plant("lily", Value::Unknown));
}

#[tokio::test]
async fn elements_of_a_set_are_found_again_in_any_order() {
    let core = Core::new().await;
    let config =
        |herbs: Vec<Value>| core.config([("name", "a".into()), ("herbs", Value::set(herbs))]);
    let state = core
        .create(&config(vec![
            herb("sage", Value::Null),
            herb("mint", 3_u64.into()),
        ]))
        .await;
    core.assert_no_change(
        &state,
        &config(vec![herb("mint", 3_u64.into()), herb("sage", Value::Null)]),
    )
    .await;
    core.assert_no_change(
        &state,
        &config(vec![herb("mint", 3_u64.into()), herb("sage", 1_u64.into())]),
    )
    .await;
    let more = config(vec![
        herb("dill", Value::Null),
        herb("sage", Value::Null),
        herb("mint", 3_u64.into()),
    ]);
    let plan = core.plan(&state, &more).await;
    let ids = |value: &Value| {
        let herbs = at(value, "herbs").as_set().expect("a set");
        herbs
            .iter()
            .filter_map(|herb| herb.get("id")?.as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ids(&plan.value).len(),
        2,
        "the ids of the two that were there"
    );
    let after = core.apply(&plan).await;
    assert_eq!(ids(&after.value).len(), 3);
    core.assert_no_change(&after, &more).await;
}

#[tokio::test]
async fn elements_of_a_map_are_found_again_by_key() {
    let core = Core::new().await;
    let sign = |text: &str| Value::object([("text", text.into()), ("colour", Value::Null)]);
    let config = |signs: Vec<(&str, Value)>| {
        core.config([("name", "a".into()), ("signs", Value::map(signs))])
    };
    let state = core.create(&config(vec![("gate", sign("Hello"))])).await;
    let plan = core
        .plan(
            &state,
            &config(vec![("gate", sign("Bye")), ("wall", sign("No"))]),
        )
        .await;
    let signs = at(&plan.value, "signs");
    assert_eq!(
        signs.get("gate").and_then(|sign| sign.get("colour")),
        Some(&Value::from("green"))
    );
    assert_eq!(
        signs.get("wall").and_then(|sign| sign.get("colour")),
        Some(&Value::Unknown)
    );
}

#[tokio::test]
async fn a_dynamic_value_keeps_its_type() {
    let core = Core::new().await;
    let notes = Value::dynamic(Type::list(Type::Bool), Value::list([true.into()]));
    let config = core.config([("name", "a".into()), ("notes", notes)]);
    let state = core.create(&config).await;
    core.assert_no_change(&state, &config).await;
}

#[tokio::test]
async fn a_write_only_value_reaches_the_object_and_nothing_else() {
    let core = Core::new().await;
    let config = core.config([
        ("name", "a".into()),
        ("key_wo", "hunter2".into()),
        ("key_wo_version", 1_u64.into()),
    ]);
    let state = core.create(&config).await;
    assert_eq!(core.garden.secrets(), ["hunter2"]);
    core.assert_no_change(&state, &config).await;
}

#[tokio::test]
async fn a_review_can_warn_refuse_and_open_what_is_computed() {
    let core = Core::new().await;
    let config = |soil: &str| core.config([("name", "a".into()), ("soil", soil.into())]);
    let state = core.create(&config("clay")).await;
    let warned = core.plan(&state, &config("suspicious")).await;
    assert_eq!(warnings(&warned.told), ["soil: Suspicious soil | "]);
    let refused = core.ask_plan(&state, &config("forbidden")).await;
    assert_eq!(errors(&refused.told), ["soil: Forbidden soil | "]);
    let opened = core.plan(&state, &config("restless")).await;
    assert_eq!(at(&opened.value, "phase"), &Value::Unknown);
    let replaced = core.plan(&state, &config("lava")).await;
    assert_eq!(replaced.replace, ["area"]);
}

#[tokio::test]
async fn a_review_cannot_change_what_the_user_has_set() {
    let core = Core::new().await;
    let plan = core
        .ask_plan(
            &State::default(),
            &core.config([("name", "a".into()), ("soil", "meddled".into())]),
        )
        .await;
    let [error] = &errors(&plan.told)[..] else {
        panic!("one error")
    };
    assert!(
        error.starts_with("name: Plan changed against the configuration"),
        "{error}"
    );
}

#[tokio::test]
async fn the_destruction_is_reviewed_too() {
    let core = Core::new().await;
    let plants = Value::list([plant("rose", Value::Null)]);
    let state = core
        .create(&core.config([("name", "a".into()), ("plants", plants)]))
        .await;
    let plan = core.plan_destroy(&state).await;
    assert_eq!(warnings(&plan.told), ["plants: Plants will die | "]);
    assert_eq!(plan.value, Value::Null);
}

#[tokio::test]
async fn private_state_goes_from_plan_to_apply_and_on() {
    let core = Core::new().await;
    let config = core.config([("name", "a".into())]);
    let plan = core.plan(&State::default(), &config).await;
    assert_ne!(plan.private, Vec::<u8>::new());
    let state = core.apply(&plan).await;
    let text = String::from_utf8(state.private.clone()).expect("private state is text");
    assert!(text.contains("planned") && text.contains("bed"), "{text}");
    assert_eq!(core.plan(&state, &config).await.private, state.private);
}

#[tokio::test]
async fn the_second_plan_of_a_change_agrees_with_the_first() {
    let core = Core::new().await;
    let unknown = core.config([
        ("name", "a".into()),
        ("soil", Value::Unknown),
        ("rank", Value::Unknown),
    ]);
    let first = core.plan(&State::default(), &unknown).await;
    let known = core.config([
        ("name", "a".into()),
        ("soil", "clay".into()),
        ("rank", 7_u64.into()),
    ]);
    let second = core.plan(&State::default(), &known).await;
    let problems = tfplugin::objchange::change_problems(&core.bed, &first.value, &second.value);
    assert_eq!(problems, []);
}

#[tokio::test]
async fn an_identity_is_planned_where_it_is_known() {
    let core = Core::new().await;
    let plan = core
        .plan(&State::default(), &core.config([("name", "a".into())]))
        .await;
    assert!(plan.identity.is_some());
}

/// OpenTofu 1.12 writes the planned identity as JSON, which knows nothing unknown.
#[tokio::test]
async fn what_does_not_exist_yet_has_no_identity_with_an_unknown_part() {
    let core = Core::new().await;
    let unknown = core.config([("name", Value::Unknown)]);
    assert_eq!(core.plan(&State::default(), &unknown).await.identity, None);
    // The second plan of a replacement: core sends the identity of the first, and no state.
    let config = core.config([("name", "a".into())]);
    let first = core.plan(&State::default(), &config).await;
    let replaced = State {
        identity: first.identity,
        ..State::default()
    };
    assert_eq!(core.plan(&replaced, &unknown).await.identity, None);
}

#[tokio::test]
async fn a_plan_is_deferred_only_where_core_can() {
    let mut core = Core::new().await;
    let config = core.config([("name", "a".into()), ("soil", "foggy".into())]);
    let refused = core.ask_plan(&State::default(), &config).await;
    assert_eq!(refused.deferred, None);
    assert_eq!(errors(&refused.told), ["Nothing to be seen | "]);
    core.capabilities.deferral_allowed = true;
    let deferred = core.plan(&State::default(), &config).await;
    let reason = deferred.deferred.expect("the plan is deferred").reason();
    assert_eq!(reason, pb::deferred::Reason::AbsentPrereq);
}
