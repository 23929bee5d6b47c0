//! `kubeconfig`, `talosconfig`, `config`, and what is validated before it is applied.

use serde_json::json;

use super::clusters::{CLUSTER, given};
use super::talk::Talk;

fn management(name: &str) -> String {
    format!("management.ManagementService/{name}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubeconfig() {
    let mut talk = Talk::begin("kubeconfig").await;
    given(&mut talk).await;
    let on = [("context", CLUSTER)];
    let call = management("Kubeconfig");
    talk.note("for people");
    talk.call_with(&call, &on, json!({})).await;
    let keyboard = json!({ "grant_type": "authcode-keyboard" });
    talk.call_with(&call, &on, keyboard).await;
    talk.call_with(&call, &on, json!({ "grant_type": "magic" }))
        .await;
    talk.note("--service-account");
    let account = json!({
        "service_account": true,
        "service_account_user": "ci",
        "service_account_groups": ["system:masters"],
        "service_account_ttl": "3600s",
    });
    talk.call_with(&call, &on, account).await;
    let endless = json!({ "service_account": true, "service_account_user": "ci" });
    talk.call_with(&call, &on, endless).await;
    talk.note("--break-glass");
    talk.call_with(&call, &on, json!({ "break_glass": true }))
        .await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn talosconfig() {
    let mut talk = Talk::begin("talosconfig").await;
    talk.call(&management("Talosconfig"), json!({})).await;
    talk.note("--cluster");
    talk.call_with(
        &management("Talosconfig"),
        &[("context", CLUSTER)],
        json!({}),
    )
    .await;
    talk.note("--break-glass");
    let glass = json!({ "break_glass": true });
    talk.call_with(&management("Talosconfig"), &[("context", CLUSTER)], glass)
        .await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn config() {
    let mut talk = Talk::begin("config").await;
    talk.call(&management("Omniconfig"), json!({})).await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validate() {
    let mut talk = Talk::begin("validate").await;
    talk.note("a configuration patch");
    let call = management("ValidateConfig");
    talk.call(
        &call,
        json!({ "config": "machine:\n  time:\n    disabled: true\n" }),
    )
    .await;
    talk.call(&call, json!({ "config": "machine:\n  nonsense: 1\n" }))
        .await;
    talk.note("data of an infrastructure provider");
    let call = management("ValidateJSONSchema");
    let schema = json!({ "type": "object", "required": ["size"] }).to_string();
    talk.call(&call, json!({ "data": "size: small", "schema": schema }))
        .await;
    talk.call(&call, json!({ "data": "colour: red", "schema": schema }))
        .await;
    talk.end();
}
