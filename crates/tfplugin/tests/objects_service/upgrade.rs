//! Stored states of earlier versions and of other providers.

use tfplugin::Value;
use tfplugin::proto::provider_server::Provider as _;
use tfplugin::proto::{self as pb};
use tonic::Request;

use crate::core::{BED, Core, errors};

fn raw(json: &str) -> pb::RawState {
    pb::RawState {
        json: json.as_bytes().to_vec().into(),
        ..pb::RawState::default()
    }
}

async fn upgrade(core: &Core, version: i64, json: &str) -> (Value, Vec<String>) {
    let request = pb::upgrade_resource_state::Request {
        type_name: BED.to_owned(),
        version,
        raw_state: Some(raw(json)),
    };
    let response = core
        .service
        .upgrade_resource_state(Request::new(request))
        .await;
    let response = response.expect("upgrade answers").into_inner();
    (
        core.decode(response.upgraded_state.as_ref()),
        errors(&response.diagnostics),
    )
}

#[tokio::test]
async fn a_state_of_another_provider_keeps_what_fits() {
    let core = Core::new().await;
    let (state, told) = upgrade(
        &core,
        0,
        r#"{"name":"a","colour":"red","rank":"many","plants":[{"species":"rose"}]}"#,
    )
    .await;
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(state.get("name"), Some(&Value::from("a")));
    assert_eq!(state.get("rank"), Some(&Value::Null), "a rank is a number");
    let rose = Value::object([("species", "rose".into()), ("label", Value::Null)]);
    assert_eq!(state.get("plants"), Some(&Value::list([rose])));
}

#[tokio::test]
async fn what_another_provider_does_not_know_has_its_default() {
    let core = Core::new().await;
    let theirs = r#"{"name":"a","herbs":[{"species":"mint"}]}"#;
    let (state, told) = upgrade(&core, 0, theirs).await;
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(state.get("watering"), Some(&Value::from("24h")));
    let herbs = state.get("herbs").and_then(Value::as_set).expect("herbs");
    let counts: Vec<_> = herbs.iter().map(|herb| herb.get("count")).collect();
    assert_eq!(counts, [Some(&Value::from(1_u64))]);

    // In a state of our own a missing value is one that was null.
    let (state, _) = upgrade(&core, 1, theirs).await;
    assert_eq!(state.get("watering"), Some(&Value::Null));
}

#[tokio::test]
async fn an_earlier_version_is_reshaped_by_the_object() {
    let core = Core::new().await;
    let (state, told) = upgrade(
        &core,
        1,
        r#"{"name":"a","ground":"Clay","area":12345678901234567}"#,
    )
    .await;
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(state.get("soil"), Some(&Value::from("Clay")));
    assert_eq!(
        state.get("area"),
        Some(&Value::from(12_345_678_901_234_567_u64))
    );
}

#[tokio::test]
async fn todays_version_gains_attributes_without_a_new_version() {
    let core = Core::new().await;
    let (state, told) = upgrade(&core, 2, r#"{"name":"a"}"#).await;
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(state, core.config([("name", "a".into())]));
}

#[tokio::test]
async fn a_newer_version_is_refused_with_both_versions() {
    let core = Core::new().await;
    let (_, told) = upgrade(&core, 3, r#"{"name":"a"}"#).await;
    let [error] = &told[..] else {
        panic!("one error")
    };
    assert!(
        error.contains("schema version 3") && error.contains("up to 2"),
        "{error}"
    );
}

#[tokio::test]
async fn a_state_from_before_there_were_identities_has_none_to_upgrade() {
    let core = Core::new().await;
    for raw_identity in [None, Some(raw(""))] {
        let request = pb::upgrade_resource_identity::Request {
            type_name: BED.to_owned(),
            version: 0,
            raw_identity,
        };
        let response = core
            .service
            .upgrade_resource_identity(Request::new(request))
            .await;
        let response = response.expect("upgrade answers").into_inner();
        assert_eq!(response, pb::upgrade_resource_identity::Response::default());
    }
}

#[tokio::test]
async fn an_identity_is_carried_over() {
    let core = Core::new().await;
    let request = pb::upgrade_resource_identity::Request {
        type_name: BED.to_owned(),
        version: 0,
        raw_identity: Some(raw(r#"{"name":"a","garden":"gone"}"#)),
    };
    let response = core
        .service
        .upgrade_resource_identity(Request::new(request))
        .await;
    let response = response.expect("upgrade answers").into_inner();
    assert!(response.upgraded_identity.is_some());
    assert_eq!(errors(&response.diagnostics), Vec::<String>::new());
}

async fn moved(core: &Core, provider: &str, type_name: &str) -> pb::move_resource_state::Response {
    let request = pb::move_resource_state::Request {
        source_provider_address: provider.to_owned(),
        source_type_name: type_name.to_owned(),
        source_state: Some(raw(r#"{"name":"a","soil":"Clay"}"#)),
        target_type_name: BED.to_owned(),
        ..pb::move_resource_state::Request::default()
    };
    let response = core
        .service
        .move_resource_state(Request::new(request))
        .await;
    response.expect("move answers").into_inner()
}

#[tokio::test]
async fn an_object_of_a_provider_of_the_same_name_may_move_here() {
    let core = Core::new().await;
    let response = moved(&core, "registry.terraform.io/official/garden", BED).await;
    assert_eq!(errors(&response.diagnostics), Vec::<String>::new());
    let state = core.decode(response.target_state.as_ref());
    assert_eq!(state.get("soil"), Some(&Value::from("Clay")));
    assert!(response.target_identity.is_some());
}

#[tokio::test]
async fn an_object_of_another_kind_may_not_move_here() {
    let core = Core::new().await;
    let response = moved(
        &core,
        "registry.terraform.io/official/forest",
        "forest_tree",
    )
    .await;
    let [error] = &errors(&response.diagnostics)[..] else {
        panic!("one error")
    };
    assert!(error.contains("forest_tree"), "{error}");
}
