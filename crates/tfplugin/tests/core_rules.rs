//! The small core notices what Terraform's core would notice: a sound provider lives through it, and
//! each way of breaking a rule is named.

mod thing;

use std::collections::BTreeMap;

use tfplugin::proto;
use tfplugin::testing::client::Plugin;
use tfplugin::testing::core::{Action, Core, CoreError, Rule, State};
use tfplugin::testing::stub::Stubbed;
use tfplugin::values::{Path, Value};
use thing::{Fault, Things};

async fn core(fault: Fault) -> (Core, Plugin) {
    let plugin = Plugin::in_process(Stubbed(Things::new(fault)))
        .await
        .unwrap();
    (Core::new(plugin.provider()).await.unwrap(), plugin)
}

fn config(name: &str, size: i64) -> Value {
    Value::object([
        ("id", Value::Null),
        ("name", name.into()),
        ("size", Value::Number(size.into())),
        ("token_wo", "hush".into()),
    ])
}

/// The whole life of a thing whose provider has that fault.
async fn life(fault: Fault) -> Result<Vec<State>, CoreError> {
    let (core, _plugin) = core(fault).await;
    let thing = core.resource("test_thing")?;
    thing
        .lifecycle(&[config("a", 1), config("a", 2), config("b", 2)])
        .await
}

#[tokio::test]
async fn a_sound_provider_lives_through_it() {
    let states = life(Fault::None).await.unwrap();
    let names: Vec<_> = states
        .iter()
        .map(|state| state.value.get("name").unwrap())
        .collect();
    assert_eq!(names, [&"a".into(), &"a".into(), &Value::from("b")]);
    assert_eq!(states[1].value.get("id"), states[0].value.get("id"));
    assert_ne!(states[2].value.get("id"), states[1].value.get("id"));
    assert_eq!(states[0].value.get("token_wo"), Some(&Value::Null));
    assert_eq!(
        states[0].identity.as_ref().unwrap().get("name"),
        Some(&"a".into())
    );
}

#[tokio::test]
async fn each_broken_rule_is_named() {
    let cases = [
        (Fault::PlansAnotherName, Rule::ValidPlan),
        (Fault::KeepsTheTokenInThePlan, Rule::WriteOnly),
        (Fault::AppliesAnotherSize, Rule::ConsistentResult),
        (Fault::LeavesTheIdUnknown, Rule::ValidObject),
        (Fault::KeepsTheToken, Rule::WriteOnly),
        (Fault::CreatesNothing, Rule::ValidObject),
        (Fault::LeavesAnObject, Rule::ValidObject),
        (Fault::ForgetsTheIdentity, Rule::Identity),
        (Fault::ForgetsTheStoredSize, Rule::StoredState),
        (Fault::ReadsAnotherSize, Rule::StableRead),
        (Fault::NeverRests, Rule::EmptyPlan),
        (Fault::Defers, Rule::Deferral),
    ];
    for (fault, rule) in cases {
        let error = life(fault).await.unwrap_err();
        assert_eq!(error.rule(), Some(rule), "{fault:?}: {error}");
    }
}

#[tokio::test]
async fn a_second_plan_that_changes_what_was_known_is_noticed() {
    let (core, _plugin) = core(Fault::ChangesItsMind).await;
    let thing = core.resource("test_thing").unwrap();
    let mut unknown: BTreeMap<String, Value> = config("a", 1).as_map().unwrap().clone();
    unknown.insert("size".to_owned(), Value::Unknown);
    let plan = thing.plan(None, &Value::Object(unknown)).await.unwrap();
    assert_eq!(plan.action, Action::Create);
    let error = thing.apply(&plan, &config("a", 1)).await.unwrap_err();
    assert_eq!(error.rule(), Some(Rule::ConsistentFinalPlan), "{error}");
}

#[tokio::test]
async fn a_change_of_the_name_replaces_and_says_why() {
    let (core, _plugin) = core(Fault::None).await;
    let thing = core.resource("test_thing").unwrap();
    let state = thing.settle(None, &config("a", 1)).await.unwrap();
    let plan = thing.plan(Some(&state), &config("b", 1)).await.unwrap();
    assert_eq!(plan.action, Action::Replace);
    assert_eq!(plan.replaced_by, [Path::of("name")]);
    assert_eq!(plan.planned.get("id"), Some(&Value::Unknown));
}

#[tokio::test]
async fn an_object_is_imported_by_id_and_by_identity() {
    let (core, _plugin) = core(Fault::None).await;
    let thing = core.resource("test_thing").unwrap();
    let state = thing.settle(None, &config("a", 1)).await.unwrap();
    let imported = thing.import("a").await.unwrap();
    assert_eq!(imported, state);
    thing.empty_plan(&imported, &config("a", 1)).await.unwrap();
    let identity = state.identity.clone().unwrap();
    assert_eq!(thing.import_by_identity(&identity).await.unwrap(), state);
    let nothing = thing.import("nothing").await.unwrap_err();
    assert_eq!(nothing.rule(), Some(Rule::ValidObject));
}

#[tokio::test]
async fn an_object_that_is_gone_is_read_as_gone() {
    let (core, _plugin) = core(Fault::None).await;
    let thing = core.resource("test_thing").unwrap();
    let state = thing.settle(None, &config("a", 1)).await.unwrap();
    thing.destroy(&state).await.unwrap();
    assert_eq!(thing.refresh(&state).await.unwrap(), None);
}

#[tokio::test]
async fn a_failed_apply_gives_back_what_is_left_to_save() {
    let (core, _plugin) = core(Fault::FailsHalfway).await;
    let thing = core.resource("test_thing").unwrap();
    let plan = thing.plan(None, &config("a", 1)).await.unwrap();
    let error = thing.apply(&plan, &config("a", 1)).await.unwrap_err();
    let CoreError::Refused {
        diagnostics, state, ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(
        diagnostics[0].severity(),
        proto::diagnostic::Severity::Error
    );
    assert_eq!(state.unwrap().value.get("name"), Some(&"a".into()));
}

#[tokio::test]
async fn a_configuration_that_is_none_is_the_test_s_own_mistake() {
    let (core, _plugin) = core(Fault::None).await;
    let thing = core.resource("test_thing").unwrap();
    let mut missing = config("a", 1).as_map().unwrap().clone();
    missing.insert("name".to_owned(), Value::Null);
    let error = thing.plan(None, &Value::Object(missing)).await.unwrap_err();
    assert_eq!(error.rule(), Some(Rule::Configuration));
    assert!(matches!(
        core.resource("other"),
        Err(CoreError::Missing { .. })
    ));
}
