//! `audit-log`, `machine-logs`, `support`.

use omni_api::{Kind as _, kind};
use serde_json::json;

use super::clusters::{CLUSTER, given, machine};
use super::talk::{Talk, pointer, resource};

fn management(name: &str) -> String {
    format!("management.ManagementService/{name}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audit_log() {
    let mut talk = Talk::begin("audit-log").await;
    let call = management("ReadAuditLog");
    let class = |value: &str| {
        let spec = json!({ "match_labels": [value] });
        resource(kind::MachineClass::TYPE, "amd64", &json!({}), &spec)
    };
    talk.note("something to tell");
    let create = json!({ "resource": class("a = b"), "options": {} });
    talk.call("cosi.resource.State/Create", create).await;
    let user = json!({ "email": "alice@example.org", "role": "Reader" });
    talk.call(&management("CreateUser"), user).await;
    let mut destroy = pointer(kind::MachineClass::TYPE, "amd64");
    destroy["options"] = json!({});
    talk.call("cosi.resource.State/TeardownAndDestroy", destroy)
        .await;
    talk.note("of one actor, newest first");
    let newest = json!({
        "actor": "automation@serviceaccount.omni.sidero.dev",
        "order_by_field": "AUDIT_LOG_ORDER_BY_FIELD_RESOURCE_TYPE",
        "order_by_dir": "AUDIT_LOG_ORDER_BY_DIR_DESC",
    });
    talk.stream(&call, &[], newest, usize::MAX).await;
    talk.note("of one kind of event");
    let created = json!({
        "event_type": "AUDIT_LOG_EVENT_TYPE_CREATE",
        "resource_type": kind::MachineClass::TYPE,
    });
    talk.stream(&call, &[], created, usize::MAX).await;
    talk.note("--follow");
    talk.stream(&call, &[], json!({ "follow": true, "from_id": 2 }), 3)
        .await;
    talk.stream(&call, &[], json!({ "follow": true, "search": "x" }), 1)
        .await;
    talk.note("dates that are none");
    talk.stream(&call, &[], json!({ "start_time": "yesterday" }), 1)
        .await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machine_logs() {
    let mut talk = Talk::begin("machine-logs").await;
    given(&mut talk).await;
    let call = management("MachineLogs");
    let logs = |tail: i32| json!({ "machine_id": machine(1), "tail_lines": tail });
    talk.note("all of it");
    talk.stream(&call, &[], logs(-1), usize::MAX).await;
    talk.note("--tail 2");
    talk.stream(&call, &[], logs(2), usize::MAX).await;
    talk.note("--follow");
    let follow = json!({ "machine_id": machine(1), "tail_lines": 1, "follow": true });
    talk.stream(&call, &[], follow, 1).await;
    talk.note("of a machine that is not there");
    let missing = json!({ "machine_id": "missing", "tail_lines": -1 });
    talk.stream(&call, &[], missing, usize::MAX).await;
    talk.stream(&call, &[], json!({}), usize::MAX).await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn support() {
    let mut talk = Talk::begin("support").await;
    given(&mut talk).await;
    let call = management("GetSupportBundle");
    talk.note("in the open");
    talk.stream(&call, &[], json!({ "cluster": CLUSTER }), usize::MAX)
        .await;
    talk.note("encrypted by the server");
    talk.stream(
        &call,
        &[],
        json!({ "cluster": CLUSTER, "encrypt": true }),
        1,
    )
    .await;
    let contradiction = json!({ "cluster": CLUSTER, "encryption_recipients": ["age1x"] });
    talk.stream(&call, &[], contradiction, 1).await;
    talk.end();
}
