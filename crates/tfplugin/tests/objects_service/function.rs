//! Functions.

use tfplugin::proto::provider_server::Provider as _;
use tfplugin::proto::{self as pb};
use tfplugin::server::Service;
use tfplugin::{Type, Value};
use tonic::Request;

use crate::core::{Core, decode, encode};
use crate::garden::{Garden, GardenProvider};

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

#[tokio::test]
async fn the_functions_are_listed_by_themselves_too() {
    let core = Core::new().await;
    let functions = core
        .service
        .get_functions(Request::new(pb::get_functions::Request {}))
        .await;
    let functions = functions
        .expect("functions are answered")
        .into_inner()
        .functions;
    assert_eq!(functions.keys().collect::<Vec<_>>(), ["count_plants"]);
}
