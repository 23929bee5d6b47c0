//! What Omni's web pages say: the resource service.

use omni_api::{Kind as _, kind, labels};
use serde_json::{Value as Json, json};

use super::clusters::{CLUSTER, given, machine};
use super::talk::{Talk, pointer};

const OMNI: [(&str, &str); 1] = [("runtime", "Omni")];

fn resources(name: &str) -> String {
    format!("omni.resources.ResourceService/{name}")
}

fn class(version: &str, selector: &str) -> Json {
    json!({ "resource": {
        "metadata": {
            "namespace": "default",
            "type": kind::MachineClass::TYPE,
            "id": "amd64",
            "version": version,
        },
        "spec": json!({ "match_labels": [selector] }).to_string(),
    }})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading() {
    let mut talk = Talk::begin("pages-read").await;
    given(&mut talk).await;
    talk.note("one resource");
    let cluster = pointer(kind::Cluster::TYPE, CLUSTER);
    talk.call_with(&resources("Get"), &OMNI, cluster.clone())
        .await;
    talk.call(&resources("Get"), cluster).await;
    let missing = pointer(kind::Cluster::TYPE, "missing");
    talk.call_with(&resources("Get"), &OMNI, missing).await;
    talk.note("a page of machines, sorted");
    let machines = |extra: Json| {
        let mut list = json!({ "namespace": "default", "type": kind::Machine::TYPE });
        list.as_object_mut()
            .expect("an object")
            .extend(extra.as_object().expect("an object").clone());
        list
    };
    let page = json!({ "sort_by_field": "id", "sort_descending": true, "offset": 1, "limit": 2 });
    talk.call_with(&resources("List"), &OMNI, machines(page))
        .await;
    talk.call_with(
        &resources("List"),
        &OMNI,
        machines(json!({ "search_for": [machine(3)] })),
    )
    .await;
    talk.call_with(
        &resources("List"),
        &OMNI,
        machines(json!({ "sort_by_field": "colour" })),
    )
    .await;
    talk.note("with a selector");
    let selector = format!("{}={CLUSTER},{}", labels::CLUSTER, labels::WORKER_ROLE);
    let headers = [OMNI[0], ("selectors", selector.as_str())];
    let nodes = json!({ "namespace": "default", "type": kind::MachineSetNode::TYPE });
    talk.call_with(&resources("List"), &headers, nodes).await;
    talk.note("a watch");
    let watch = json!({
        "namespace": "default",
        "type": kind::MachineSet::TYPE,
        "sort_by_field": "id",
        "sort_descending": true,
    });
    talk.stream(&resources("Watch"), &OMNI, watch, 3).await;
    let one = json!({ "namespace": "default", "type": kind::Cluster::TYPE, "id": "missing" });
    talk.stream(&resources("Watch"), &OMNI, one, 1).await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writing() {
    let mut talk = Talk::begin("pages-write").await;
    talk.note("create");
    talk.call_with(&resources("Create"), &OMNI, class("", "a = b"))
        .await;
    talk.call_with(&resources("Create"), &OMNI, class("", "a = b"))
        .await;
    talk.call_with(&resources("Create"), &OMNI, json!({})).await;
    talk.note("update");
    talk.call_with(&resources("Update"), &OMNI, class("1", "a = c"))
        .await;
    talk.call_with(&resources("Update"), &OMNI, class("1", "a = d"))
        .await;
    talk.call_with(&resources("Update"), &OMNI, class("undefined", "a = d"))
        .await;
    talk.note("delete");
    let amd64 = pointer(kind::MachineClass::TYPE, "amd64");
    talk.call_with(&resources("Teardown"), &OMNI, amd64.clone())
        .await;
    talk.call_with(&resources("Delete"), &OMNI, amd64.clone())
        .await;
    talk.call_with(&resources("Delete"), &OMNI, amd64).await;
    talk.note("the wiring of some controllers");
    let some = json!({ "controllers": ["ClusterUUIDController"] });
    talk.call_with(&resources("DependencyGraph"), &OMNI, some)
        .await;
    talk.end();
}
