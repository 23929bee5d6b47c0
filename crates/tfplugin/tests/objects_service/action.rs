//! Actions.

use futures::StreamExt as _;
use tfplugin::Value;
use tfplugin::proto::provider_server::Provider as _;
use tfplugin::proto::{self as pb};
use tonic::Request;

use crate::core::{Core, errors, warnings};

async fn water(core: &Core, bed: &str) -> (Vec<String>, Vec<String>) {
    use pb::invoke_action::event::Type as Kind;
    let request = pb::invoke_action::Request {
        action_type: "garden_water".to_owned(),
        config: Some(core.config_of("garden_water", [("bed", bed.into())])),
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
    let request = pb::plan_action::Request {
        action_type: "garden_water".to_owned(),
        config: Some(core.config_of("garden_water", [("bed", Value::Unknown)])),
        client_capabilities: None,
    };
    let response = core.service.plan_action(Request::new(request)).await;
    let response = response.expect("plan answers").into_inner();
    assert_eq!(
        warnings(&response.diagnostics),
        ["Some bed will get wet | "]
    );
}
