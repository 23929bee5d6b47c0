//! `serviceaccount`, `user`, `infraprovider`, `jointoken`.

use omni_api::{Kind as _, kind};
use serde_json::{Value as Json, json};

use super::talk::{Talk, pointer, resource};

const MANAGEMENT: &str = "management.ManagementService";
const STATE: &str = "cosi.resource.State";

fn management(name: &str) -> String {
    format!("{MANAGEMENT}/{name}")
}

fn state(name: &str) -> String {
    format!("{STATE}/{name}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serviceaccount() {
    let mut talk = Talk::begin("serviceaccount").await;
    let (first, second) = (talk.key("ci"), talk.key("ci"));
    talk.note("create");
    let create = json!({
        "armored_pgp_public_key": first.public.armored,
        "name": "ci",
        "role": "Reader",
    });
    talk.call(&management("CreateServiceAccount"), create.clone())
        .await;
    talk.call(&management("CreateServiceAccount"), create).await;
    talk.note("list");
    talk.call(&management("ListServiceAccounts"), json!({}))
        .await;
    talk.note("renew");
    let renew = json!({ "name": "ci", "armored_pgp_public_key": second.public.armored });
    talk.call(&management("RenewServiceAccount"), renew).await;
    talk.note("what the account itself may do");
    let admin = talk.speak_as(&second);
    talk.call(&state("Get"), pointer(kind::SysVersion::TYPE, "current"))
        .await;
    talk.call(&management("ListServiceAccounts"), json!({}))
        .await;
    talk.speak_again(admin);
    talk.note("destroy");
    talk.call(
        &management("DestroyServiceAccount"),
        json!({ "name": "ci" }),
    )
    .await;
    talk.call(
        &management("DestroyServiceAccount"),
        json!({ "name": "ci" }),
    )
    .await;
    talk.call(
        &management("DestroyServiceAccount"),
        json!({ "name": "automation" }),
    )
    .await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn user() {
    let mut talk = Talk::begin("user").await;
    talk.note("create");
    let create = json!({ "email": "Alice@example.org", "role": "Reader" });
    talk.call(&management("CreateUser"), create.clone()).await;
    talk.call(&management("CreateUser"), create).await;
    talk.call(
        &management("CreateUser"),
        json!({ "email": "bob@example.org", "role": "King" }),
    )
    .await;
    talk.note("set-role");
    let update = json!({ "email": "alice@example.org", "role": "Operator" });
    talk.call(&management("UpdateUser"), update).await;
    talk.note("list");
    talk.call(&management("ListUsers"), json!({})).await;
    talk.note("delete");
    talk.call(
        &management("DestroyUser"),
        json!({ "email": "alice@example.org" }),
    )
    .await;
    talk.call(
        &management("DestroyUser"),
        json!({ "email": "alice@example.org" }),
    )
    .await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn infraprovider() {
    let mut talk = Talk::begin("infraprovider").await;
    let key = talk.key("vms");
    talk.note("create");
    let provider = resource(kind::InfraProvider::TYPE, "vms", &json!({}), &json!({}));
    talk.call(
        &state("Create"),
        json!({ "resource": provider, "options": {} }),
    )
    .await;
    let create = json!({
        "armored_pgp_public_key": key.public.armored,
        "name": "infra-provider:vms",
        "role": "InfraProvider",
    });
    talk.call(&management("CreateServiceAccount"), create).await;
    talk.note("list");
    let kind = kind::InfraProviderCombinedStatus::TYPE;
    let list = json!({ "namespace": "ephemeral", "type": kind, "options": {} });
    talk.stream(&state("List"), &[], list, usize::MAX).await;
    talk.note("renewkey");
    let renewed = talk.key("vms");
    let renew = |name: &str| {
        json!({
            "armored_pgp_public_key": renewed.public.armored,
            "name": format!("infra-provider:{name}"),
        })
    };
    talk.call(&management("RenewServiceAccount"), renew("vms"))
        .await;
    talk.call(&management("RenewServiceAccount"), renew("missing"))
        .await;
    talk.call(&management("ListServiceAccounts"), json!({}))
        .await;
    talk.note("delete: the account goes with the provider");
    let mut destroy = pointer(kind::InfraProvider::TYPE, "vms");
    destroy["options"] = json!({});
    talk.call(&state("TeardownAndDestroy"), destroy.clone())
        .await;
    talk.call(&management("ListServiceAccounts"), json!({}))
        .await;
    talk.call(&state("TeardownAndDestroy"), destroy).await;
    talk.end();
}

/// Another spec for a join token, in place of the one that it has.
async fn respell(talk: &mut Talk, token: &str, spec: &Json) {
    let got = pointer(kind::JoinToken::TYPE, token);
    let mut got = talk.call(&state("Get"), got).await;
    let mut changed = got["resource"].take();
    let spec = resource(kind::JoinToken::TYPE, "", &json!({}), spec);
    changed["spec"] = spec["spec"].clone();
    let update = json!({ "new_resource": changed, "options": {} });
    talk.call(&state("Update"), update).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jointoken() {
    let mut talk = Talk::begin("jointoken").await;
    talk.note("create");
    let create = json!({ "name": "rack 7" });
    let made = talk.call(&management("CreateJoinToken"), create).await;
    let token = made["id"].as_str().expect("a token").to_owned();
    let long = json!({ "name": "a name of more than sixteen bytes" });
    talk.call(&management("CreateJoinToken"), long).await;
    talk.note("list");
    let kind = kind::JoinTokenStatus::TYPE;
    let pattern = format!("^{token}$");
    let options = json!({ "id_query": { "regexp": pattern } });
    let list = json!({ "namespace": "default", "type": kind, "options": options });
    talk.stream(&state("List"), &[], list, usize::MAX).await;
    talk.note("revoke");
    let revoked = json!({ "name": "rack 7", "revoked": true });
    respell(&mut talk, &token, &revoked).await;
    talk.call(&state("Get"), pointer(kind, &token)).await;
    talk.note("unrevoke");
    respell(&mut talk, &token, &json!({ "name": "rack 7" })).await;
    talk.call(&state("Get"), pointer(kind, &token)).await;
    talk.note("renew");
    let day = json!({ "name": "rack 7", "expiration_time": "2026-01-02T00:00:00Z" });
    respell(&mut talk, &token, &day).await;
    talk.call(&state("Get"), pointer(kind, &token)).await;
    talk.note("make-default");
    let default = pointer(kind::DefaultJoinToken::TYPE, "default");
    let mut got = talk.call(&state("Get"), default).await;
    let mut default = got["resource"].take();
    let spec = json!({ "token_id": token });
    let spec = resource(kind::DefaultJoinToken::TYPE, "", &json!({}), &spec);
    default["spec"] = spec["spec"].clone();
    let update = json!({ "new_resource": default, "options": {} });
    talk.call(&state("Update"), update).await;
    talk.call(&state("Get"), pointer(kind, &token)).await;
    talk.note("machine-config, kernel-args");
    let config = json!({ "use_grpc_tunnel": true, "join_token": token });
    talk.call(&management("GetMachineJoinConfig"), config).await;
    talk.note("omni-endpoint");
    let account = pointer(kind::SiderolinkApiConfig::TYPE, "siderolink-config");
    talk.call(&state("Get"), account).await;
    talk.note("delete");
    let mut destroy = pointer(kind::JoinToken::TYPE, &token);
    destroy["options"] = json!({});
    talk.call(&state("TeardownAndDestroy"), destroy).await;
    talk.end();
}
