//! Data sources.

use tfplugin::Value;
use tfplugin::proto::provider_server::Provider as _;
use tfplugin::proto::{self as pb};
use tonic::Request;

use crate::core::{Core, decode, errors, warnings};

async fn beds(core: &Core, prefix: &str) -> (Value, Vec<pb::Diagnostic>) {
    beds_in_order(core, prefix, Value::Null).await
}

async fn beds_in_order(core: &Core, prefix: &str, order: Value) -> (Value, Vec<pb::Diagnostic>) {
    read_beds(core, [("prefix", prefix.into()), ("order", order)]).await
}

async fn read_beds<const N: usize>(
    core: &Core,
    set: [(&str, Value); N],
) -> (Value, Vec<pb::Diagnostic>) {
    let request = pb::read_data_source::Request {
        type_name: "garden_beds".to_owned(),
        config: Some(core.config_of("garden_beds", set)),
        ..pb::read_data_source::Request::default()
    };
    let response = core.service.read_data_source(Request::new(request)).await;
    let response = response.expect("read answers").into_inner();
    let state = response.state.map_or(Value::Null, |state| {
        decode(&state, &core.others["garden_beds"].implied_type())
    });
    (state, response.diagnostics)
}

#[tokio::test]
async fn a_data_source_fills_in_what_is_computed() {
    let core = Core::new().await;
    for name in ["a1", "a2", "b1"] {
        core.create(&core.config([("name", name.into())])).await;
    }
    let (state, told) = beds(&core, "a").await;
    assert_eq!(told, []);
    assert_eq!(
        state.get("names"),
        Some(&Value::list(["a1".into(), "a2".into()]))
    );
}

#[tokio::test]
async fn a_data_source_has_its_defaults() {
    let core = Core::new().await;
    for name in ["a1", "a2"] {
        core.create(&core.config([("name", name.into())])).await;
    }
    let (state, _) = beds(&core, "a").await;
    assert_eq!(state.get("order"), Some(&Value::from("name")));
    assert_eq!(state.get("core"), Some(&Value::from("1.14.0")));
    let (state, _) = beds_in_order(&core, "a", "eman".into()).await;
    assert_eq!(
        state.get("names"),
        Some(&Value::list(["a2".into(), "a1".into()]))
    );
}

#[tokio::test]
async fn a_data_source_cannot_change_what_the_user_has_set() {
    let core = Core::new().await;
    let (state, told) = beds(&core, "nothing").await;
    assert_eq!(warnings(&told), ["Nothing begins like this | "]);
    assert_eq!(state.get("prefix"), Some(&Value::from("nothing")));
}

#[tokio::test]
async fn a_data_source_fills_in_nested_attributes_and_keeps_what_the_user_wrote() {
    let core = Core::new().await;
    let soil = |beds: Value| Value::object([("soil", "Clay".into()), ("beds", beds)]);
    let soils = Value::list([soil(Value::Null), Value::Null]);
    let (state, told) = read_beds(&core, [("soils", Value::list([soil(Value::Null)]))]).await;
    assert_eq!(told, []);
    assert_eq!(state.get("soils"), Some(&Value::list([soil(0_u64.into())])));
    let (_, told) = read_beds(&core, [("soils", soils)]).await;
    assert_eq!(
        errors(&told).len(),
        1,
        "a list of objects has no null in it"
    );
}

#[tokio::test]
async fn a_value_that_only_the_user_sets_is_not_dropped_in_silence() {
    let core = Core::new().await;
    let (_, told) = beds(&core, "noted").await;
    let [error] = &errors(&told)[..] else {
        panic!("one error")
    };
    assert!(
        error.starts_with("note: Value for an attribute that only the user sets"),
        "{error}"
    );
}
