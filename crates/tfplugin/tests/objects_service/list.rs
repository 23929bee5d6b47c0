//! Lists.

use futures::StreamExt as _;
use tfplugin::Value;
use tfplugin::proto::provider_server::Provider as _;
use tfplugin::proto::{self as pb};
use tonic::Request;

use crate::core::{BED, Core, errors};

async fn list(core: &Core, prefix: &str, limit: i64) -> Vec<pb::list_resource::Event> {
    let request = pb::list_resource::Request {
        type_name: BED.to_owned(),
        config: Some(core.config_of("list", [("prefix", prefix.into())])),
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
