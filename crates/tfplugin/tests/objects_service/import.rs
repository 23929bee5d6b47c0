//! Import: by id and by identity, and no plan after it.

use tfplugin::proto::provider_server::Provider as _;
use tfplugin::proto::{self as pb};
use tfplugin::{Type, Value};
use tonic::Request;

use crate::core::{BED, Core, State, encode, errors};

async fn import(core: &Core, id: &str, identity: Option<Value>) -> Result<State, Vec<String>> {
    let ty = Type::object([("name", Type::String)]);
    let request = pb::import_resource_state::Request {
        type_name: BED.to_owned(),
        id: id.to_owned(),
        identity: identity.map(|identity| pb::ResourceIdentityData {
            identity_data: Some(encode(&identity, &ty)),
        }),
        client_capabilities: None,
    };
    let response = core
        .service
        .import_resource_state(Request::new(request))
        .await;
    let response = response.expect("import answers").into_inner();
    match &response.imported_resources[..] {
        [] => Err(errors(&response.diagnostics)),
        [imported] => Ok(State {
            value: core.decode(imported.state.as_ref()),
            private: imported.private.to_vec(),
            identity: imported.identity.clone(),
        }),
        _ => panic!("one object was asked for"),
    }
}

#[tokio::test]
async fn an_import_by_id_or_by_identity_leads_to_an_empty_plan() {
    let core = Core::new().await;
    let sign = Value::object([("text", "Hello".into()), ("colour", Value::Null)]);
    let sensor = [
        ("model", "m1".into()),
        ("serial", Value::Null),
        ("code_wo", "4321".into()),
    ];
    let config = core.config([
        ("name", "a".into()),
        ("sensor", Value::object(sensor)),
        ("watering", "60m".into()),
        ("soil", "Clay".into()),
        ("signs", Value::map([("gate", sign)])),
    ]);
    let created = core.create(&config).await;
    for identity in [
        None,
        Some(Value::object(
            [("name", "a")].map(|(k, v)| (k, Value::from(v))),
        )),
    ] {
        let id = if identity.is_none() { "a" } else { "" };
        let stub = import(&core, id, identity)
            .await
            .expect("the import succeeds");
        assert_eq!(stub.identity, created.identity);
        let read = core.read(&stub).await;
        let plan = core.plan(&read, &config).await;
        // The state has the garden's spelling; the meaning is the same, so nothing is to be done.
        assert_eq!(plan.value.reveal(), read.value.reveal());
    }
}

#[tokio::test]
async fn what_an_import_does_not_know_has_its_default_until_a_read_says_otherwise() {
    let core = Core::new().await;
    let config = core.config([("name", "a".into()), ("watering", "60m".into())]);
    core.create(&config).await;
    let stub = import(&core, "a", None).await.expect("the import succeeds");
    assert_eq!(stub.value.get("watering"), Some(&"24h".into()));
    let read = core.read(&stub).await;
    core.assert_no_change(&read, &config).await;
}

#[tokio::test]
async fn an_empty_id_is_answered_with_the_right_form() {
    let core = Core::new().await;
    let error = import(&core, "", None)
        .await
        .expect_err("nothing has no name");
    assert_eq!(
        error,
        [
            "Wrong import id | \"\" does not have the form of an import id of this object.\n\nWrite \"<name>\"."
        ]
    );
}

#[tokio::test]
async fn a_configuration_is_generated_from_what_the_user_would_write() {
    let core = Core::new().await;
    let config = core.config([
        ("name", "a".into()),
        ("soil", "Clay".into()),
        ("rank", 3_u64.into()),
        ("key_wo", "hunter2".into()),
        ("watering", "24h0m0s".into()),
    ]);
    let state = core.create(&config).await;
    let request = pb::generate_resource_config::Request {
        type_name: BED.to_owned(),
        state: Some(core.encode(&state.value)),
    };
    let response = core
        .service
        .generate_resource_config(Request::new(request))
        .await;
    let generated = core.decode(
        response
            .expect("generate answers")
            .into_inner()
            .config
            .as_ref(),
    );
    let expected = core.config([
        ("name", "a".into()),
        ("soil", "Clay".into()),
        ("rank", 3_u64.into()),
    ]);
    assert_eq!(generated, expected);
    core.assert_no_change(&state, &generated).await;
}
