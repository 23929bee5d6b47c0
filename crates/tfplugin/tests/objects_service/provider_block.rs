//! The provider block, and what holds for every kind of object.

use tfplugin::proto::provider_server::Provider as _;
use tfplugin::proto::{self as pb};
use tfplugin::server::Service;
use tfplugin::{Type, Value};
use tonic::Request;

use crate::core::{BED, Core, State, encode, errors};
use crate::garden::{Garden, GardenProvider};

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

#[tokio::test]
async fn the_configuration_of_each_kind_is_checked_at_its_path() {
    let core = Core::new().await;
    let soils = Value::list([Value::object([("soil", "".into()), ("beds", Value::Null)])]);
    let data = pb::validate_data_resource_config::Request {
        type_name: "garden_beds".to_owned(),
        config: Some(core.config_of("garden_beds", [("soils", soils)])),
    };
    let data = core
        .service
        .validate_data_resource_config(Request::new(data))
        .await;
    let ephemeral = pb::validate_ephemeral_resource_config::Request {
        type_name: "garden_key".to_owned(),
        config: Some(core.config_of("garden_key", [("bed", "a".into()), ("ttl", "soon".into())])),
    };
    let ephemeral = core
        .service
        .validate_ephemeral_resource_config(Request::new(ephemeral))
        .await;
    let list = pb::validate_list_resource_config::Request {
        type_name: BED.to_owned(),
        config: Some(core.config_of("list", [("soil", "".into())])),
        ..pb::validate_list_resource_config::Request::default()
    };
    let list = core
        .service
        .validate_list_resource_config(Request::new(list))
        .await;
    let action = pb::validate_action_config::Request {
        type_name: "garden_water".to_owned(),
        config: Some(core.config_of(
            "garden_water",
            [("bed", "a".into()), ("litres", 256_u64.into())],
        )),
    };
    let action = core
        .service
        .validate_action_config(Request::new(action))
        .await;
    let told = [
        data.expect("data answers").into_inner().diagnostics,
        ephemeral
            .expect("ephemeral answers")
            .into_inner()
            .diagnostics,
        list.expect("list answers").into_inner().diagnostics,
        action.expect("action answers").into_inner().diagnostics,
    ];
    let at: Vec<String> = told.iter().map(|told| errors(told).join("\n")).collect();
    for (line, path) in at
        .iter()
        .zip(["soils[0].soil: ", "ttl: ", "soil: ", "litres: "])
    {
        assert!(line.starts_with(path), "{line} at {path}");
    }
}
