//! Reading: a spelling is no drift, and drift is not hidden.

use tfplugin::Value;

use crate::core::{Core, State};

fn change(value: &mut Value, name: &str, to: Value) {
    if let Value::Object(fields) = value {
        fields.insert(name.to_owned(), to);
    }
}

#[tokio::test]
async fn drift_shows_what_the_server_says() {
    let core = Core::new().await;
    let config = core.config([
        ("name", "a".into()),
        ("watering", "60m".into()),
        ("soil", "Clay".into()),
    ]);
    let state = core.create(&config).await;
    let mut remote = core.garden.get("a").expect("the bed is there");
    change(&mut remote, "watering", "2h0m0s".into());
    core.garden.put("a", remote);
    let read = core.read(&state).await;
    assert_eq!(read.value.get("watering"), Some(&Value::from("2h0m0s")));
    assert_eq!(read.value.get("soil"), Some(&Value::from("Clay")));
    let plan = core.plan(&read, &config).await;
    assert_eq!(plan.value.get("watering"), Some(&Value::from("60m")));
}

#[tokio::test]
async fn an_object_that_is_gone_reads_as_null() {
    let core = Core::new().await;
    let state = core.create(&core.config([("name", "a".into())])).await;
    core.garden.remove("a");
    assert_eq!(core.read(&state).await.value, Value::Null);
}

#[tokio::test]
async fn private_bytes_of_another_provider_are_no_error() {
    let core = Core::new().await;
    let state = core.create(&core.config([("name", "a".into())])).await;
    let foreign = State {
        private: b"{\"schema_version\":\"0\"}".to_vec(),
        ..state.clone()
    };
    let read = core.read(&foreign).await;
    assert_eq!(read.value, state.value);
    assert_eq!(read.private, Vec::<u8>::new());
}

#[tokio::test]
async fn drift_inside_a_set_keeps_the_other_elements() {
    let core = Core::new().await;
    let herb = |species: &str| {
        Value::object([
            ("species", species.into()),
            ("count", Value::Null),
            ("id", Value::Null),
            ("height", Value::Null),
        ])
    };
    let config = core.config([
        ("name", "a".into()),
        ("herbs", Value::set([herb("sage"), herb("mint")])),
    ]);
    let state = core.create(&config).await;
    let mut remote = core.garden.get("a").expect("the bed is there");
    let herbs = remote
        .get("herbs")
        .and_then(Value::as_set)
        .expect("a set")
        .clone();
    let herbs = herbs.into_iter().map(|mut herb| {
        if herb.get("species") == Some(&Value::from("mint")) {
            change(&mut herb, "count", 9_u64.into());
        }
        herb
    });
    change(&mut remote, "herbs", Value::set(herbs));
    core.garden.put("a", remote);
    let read = core.read(&state).await;
    assert_ne!(read.value, state.value);
    let plan = core.plan(&read, &config).await;
    let back = core.apply(&plan).await;
    assert_eq!(
        back.value
            .get("herbs")
            .and_then(Value::as_set)
            .map(tfplugin::values::Set::len),
        Some(2)
    );
}

#[tokio::test]
async fn read_keeps_identity_and_private_state() {
    let core = Core::new().await;
    let state = core.create(&core.config([("name", "a".into())])).await;
    let read = core.read(&state).await;
    assert_eq!(
        (read.identity, read.private),
        (state.identity, state.private)
    );
}
