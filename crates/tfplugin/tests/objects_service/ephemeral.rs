//! Ephemeral resources.

use tfplugin::Value;
use tfplugin::proto::provider_server::Provider as _;
use tfplugin::proto::{self as pb};
use tonic::Request;

use crate::core::{Core, decode};

#[tokio::test]
async fn an_ephemeral_resource_is_opened_renewed_and_closed() {
    let core = Core::new().await;
    let ty = core.others["garden_key"].implied_type();
    let request = pb::open_ephemeral_resource::Request {
        type_name: "garden_key".to_owned(),
        config: Some(core.config_of("garden_key", [("bed", "a".into())])),
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
