//! Data sources, ephemeral resources, functions, lists, actions, and the provider block.

use futures::StreamExt as _;
use tfplugin::proto::provider_server::Provider as _;
use tfplugin::proto::{self as pb};
use tfplugin::server::Service;
use tfplugin::{Type, Value};
use tonic::Request;

use crate::core::{BED, Core, State, decode, encode, errors, warnings};
use crate::garden::{Garden, GardenProvider};

fn beds_type() -> Type {
    Type::object([
        ("prefix", Type::String),
        ("order", Type::String),
        (
            "soils",
            Type::list(Type::object([
                ("soil", Type::String),
                ("beds", Type::Number),
            ])),
        ),
        ("note", Type::String),
        ("names", Type::list(Type::String)),
    ])
}

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
    let all = ["prefix", "order", "soils", "names", "note"].map(|name| (name, Value::Null));
    let config = Value::object(all.into_iter().chain(set));
    let request = pb::read_data_source::Request {
        type_name: "garden_beds".to_owned(),
        config: Some(encode(&config, &beds_type())),
        ..pb::read_data_source::Request::default()
    };
    let response = core.service.read_data_source(Request::new(request)).await;
    let response = response.expect("read answers").into_inner();
    let state = response
        .state
        .map_or(Value::Null, |state| decode(&state, &beds_type()));
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

#[tokio::test]
async fn an_ephemeral_resource_is_opened_renewed_and_closed() {
    let core = Core::new().await;
    let ty = Type::object([("bed", Type::String), ("key", Type::String)]);
    let request = pb::open_ephemeral_resource::Request {
        type_name: "garden_key".to_owned(),
        config: Some(encode(
            &Value::object([("bed", "a".into()), ("key", Value::Null)]),
            &ty,
        )),
        client_capabilities: None,
    };
    let opened = core
        .service
        .open_ephemeral_resource(Request::new(request))
        .await;
    let opened = opened.expect("open answers").into_inner();
    let result = decode(opened.result.as_ref().expect("a result"), &ty);
    assert_eq!(result.get("key"), Some(&Value::from("key of a")));
    assert_eq!(opened.renew_at.map(|at| at.seconds), Some(60));
    let request = pb::renew_ephemeral_resource::Request {
        type_name: "garden_key".to_owned(),
        private: opened.private.clone(),
    };
    let renewed = core
        .service
        .renew_ephemeral_resource(Request::new(request))
        .await;
    let renewed = renewed.expect("renew answers").into_inner();
    let request = pb::close_ephemeral_resource::Request {
        type_name: "garden_key".to_owned(),
        private: renewed.private,
    };
    let closed = core
        .service
        .close_ephemeral_resource(Request::new(request))
        .await;
    assert_eq!(closed.expect("close answers").into_inner().diagnostics, []);
    assert_eq!(core.garden.calls(), ["open a", "renew a", "close a"]);
}

async fn call(factor: i64, species: &[&str]) -> pb::call_function::Response {
    // Not configured: functions need no session.
    let service = Service::new(GardenProvider {
        garden: Garden::default(),
    });
    let fixed = [
        encode(&factor.into(), &Type::Number),
        encode(&Value::Null, &Type::String),
    ];
    let rest = species
        .iter()
        .map(|species| encode(&Value::from(*species), &Type::String));
    let request = pb::call_function::Request {
        name: "count_plants".to_owned(),
        arguments: fixed.into_iter().chain(rest).collect(),
    };
    let response = service.call_function(Request::new(request)).await;
    response.expect("call answers").into_inner()
}

#[tokio::test]
async fn a_function_is_called_before_the_provider_is_configured() {
    let response = call(2, &["rose", "lily", "sage"]).await;
    assert_eq!(response.error, None);
    assert_eq!(
        decode(response.result.as_ref().expect("a result"), &Type::Number),
        Value::from(6_i64)
    );
    let none = call(2, &[]).await;
    assert_eq!(
        decode(none.result.as_ref().expect("a result"), &Type::Number),
        Value::from(0_i64)
    );
}

#[tokio::test]
async fn a_function_says_which_argument_is_wrong() {
    let error = call(-1, &[]).await.error.expect("an error");
    assert_eq!(
        (error.text.as_str(), error.function_argument),
        ("A plant counts at least nothing.", Some(0))
    );
}

#[tokio::test]
async fn a_function_that_panics_is_an_error() {
    let error = call(1, &["mole"]).await.error.expect("an error");
    assert!(
        error.text.contains("not a plant") && error.text.contains("issues"),
        "{}",
        error.text
    );
}

async fn list(core: &Core, prefix: &str, limit: i64) -> Vec<pb::list_resource::Event> {
    let ty = Type::object([("prefix", Type::String)]);
    let request = pb::list_resource::Request {
        type_name: BED.to_owned(),
        config: Some(encode(
            &Value::object([("prefix", Value::from(prefix))]),
            &ty,
        )),
        include_resource_object: true,
        limit,
    };
    let stream = core
        .service
        .list_resource(Request::new(request))
        .await
        .expect("list answers")
        .into_inner();
    stream.map(|event| event.expect("an event")).collect().await
}

#[tokio::test]
async fn a_list_streams_what_it_finds_up_to_the_limit() {
    let core = Core::new().await;
    for name in ["a1", "a2", "a3", "b1"] {
        core.create(&core.config([("name", name.into())])).await;
    }
    let all = list(&core, "a", 100).await;
    let names: Vec<&str> = all
        .iter()
        .map(|event| event.display_name.as_str())
        .collect();
    assert_eq!(names, ["Bed a1", "Bed a2", "Bed a3"]);
    let bed = core.decode(all[0].resource_object.as_ref());
    assert_eq!(bed.get("name"), Some(&Value::from("a1")));
    assert!(all.iter().all(|event| event.identity.is_some()));
    assert_eq!(list(&core, "a", 2).await.len(), 2);
}

#[tokio::test]
async fn a_list_that_panics_ends_with_an_error() {
    let core = Core::new().await;
    let events = list(&core, "mole", 10).await;
    let [event] = &events[..] else {
        panic!("one event")
    };
    assert!(errors(&event.diagnostic)[0].contains("a mole"));
}

async fn water(core: &Core, bed: &str) -> (Vec<String>, Vec<String>) {
    use pb::invoke_action::event::Type as Kind;
    let ty = Type::object([("bed", Type::String)]);
    let request = pb::invoke_action::Request {
        action_type: "garden_water".to_owned(),
        config: Some(encode(&Value::object([("bed", Value::from(bed))]), &ty)),
        client_capabilities: None,
    };
    let stream = core
        .service
        .invoke_action(Request::new(request))
        .await
        .expect("invoke answers")
        .into_inner();
    let events: Vec<_> = stream
        .map(|event| event.expect("an event").r#type.expect("a kind"))
        .collect()
        .await;
    let (mut said, mut told) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            Kind::Progress(progress) => said.push(progress.message),
            Kind::Completed(completed) => told.push(errors(&completed.diagnostics).join("\n")),
        }
    }
    (said, told)
}

#[tokio::test]
async fn an_action_tells_how_far_it_is_and_then_its_end() {
    let core = Core::new().await;
    core.create(&core.config([("name", "a".into())])).await;
    let (said, told) = water(&core, "a").await;
    assert_eq!(said, ["turning the tap", "a is wet"]);
    assert_eq!(told, [""]);
    let (said, told) = water(&core, "b").await;
    assert_eq!(said, ["turning the tap"]);
    assert_eq!(told, ["bed: No such bed | "]);
}

#[tokio::test]
async fn an_action_is_planned_with_unknown_values() {
    let core = Core::new().await;
    let ty = Type::object([("bed", Type::String)]);
    let request = pb::plan_action::Request {
        action_type: "garden_water".to_owned(),
        config: Some(encode(&Value::object([("bed", Value::Unknown)]), &ty)),
        client_capabilities: None,
    };
    let response = core.service.plan_action(Request::new(request)).await;
    let response = response.expect("plan answers").into_inner();
    assert_eq!(
        warnings(&response.diagnostics),
        ["Some bed will get wet | "]
    );
}

#[tokio::test]
async fn the_provider_block_is_checked_and_configured() {
    let core = Core::new().await;
    let ty = Type::object([("gate", Type::String)]);
    let request = pb::validate_provider_config::Request {
        config: Some(encode(&Value::object([("gate", Value::from("wall"))]), &ty)),
    };
    let response = core
        .service
        .validate_provider_config(Request::new(request))
        .await;
    assert_eq!(
        errors(&response.expect("validate answers").into_inner().diagnostics),
        ["gate: No gate there | "]
    );
    assert_eq!(
        errors(&core.configure("locked").await),
        ["gate: The gate is locked | "]
    );
}

#[tokio::test]
async fn an_object_is_not_asked_before_the_provider_is_configured() {
    let configured = Core::new().await;
    let service = Service::new(GardenProvider {
        garden: Garden::default(),
    });
    let core = Core {
        service,
        ..configured
    };
    let plan = core
        .ask_plan(&State::default(), &core.config([("name", "a".into())]))
        .await;
    assert!(
        errors(&plan.told)[0].starts_with("Provider not configured"),
        "{:?}",
        plan.told
    );
}

#[tokio::test]
async fn an_unknown_type_is_named() {
    let core = Core::new().await;
    let request = pb::read_resource::Request {
        type_name: "garden_moat".to_owned(),
        ..pb::read_resource::Request::default()
    };
    let response = core.service.read_resource(Request::new(request)).await;
    let told = errors(&response.expect("read answers").into_inner().diagnostics);
    assert!(told[0].contains("garden_moat"), "{told:?}");
}
