//! `machine accept`, `machine reject`, `machine shutdown`, `machine power-on`, `machine install`, `machine upgrade`.

use omni_api::{Kind as _, kind, labels};
use omni_plane::infra::fixed::fixed_id;
use serde_json::{Value as Json, json};

use super::clusters::{given, machine};
use super::talk::{Talk, pointer, resource};

fn management(name: &str) -> String {
    format!("management.ManagementService/{name}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_and_power_on() {
    let mut talk = Talk::begin("machine-power").await;
    given(&mut talk).await;
    talk.note("shutdown");
    talk.call(
        &management("MachinePowerOff"),
        json!({ "machine_id": machine(2) }),
    )
    .await;
    talk.call(
        "cosi.resource.State/Get",
        pointer(kind::ClusterMachineStatus::TYPE, &machine(2)),
    )
    .await;
    talk.note("power-on of a machine without a provider");
    talk.call(
        &management("MachinePowerOn"),
        json!({ "machine_id": machine(2) }),
    )
    .await;
    talk.note("of machines that are not there");
    talk.call(
        &management("MachinePowerOff"),
        json!({ "machine_id": "missing" }),
    )
    .await;
    talk.call(&management("MachinePowerOn"), json!({})).await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accept_and_reject() {
    let mut talk = Talk::begin("machine-accept").await;
    let racks = json!({ labels::IS_STATIC_INFRA_PROVIDER: "2" });
    let racks = resource(kind::InfraProvider::TYPE, "racks", &racks, &json!({}));
    let create = json!({ "resource": racks, "options": {} });
    talk.quietly(async |talk| {
        talk.call("cosi.resource.State/Create", create).await;
    })
    .await;
    talk.note("machines that wait for acceptance");
    let waiting = json!({
        "namespace": "infra-provider",
        "type": kind::InfraMachine::TYPE,
        "options": {},
    });
    let list = "cosi.resource.State/List";
    talk.stream(list, &[], waiting.clone(), usize::MAX).await;
    let config = |number: u32, status: &str| {
        let spec = json!({ "acceptance_status": status });
        let id = fixed_id("racks", number);
        resource(kind::InfraMachineConfig::TYPE, &id, &json!({}), &spec)
    };
    let create = |config: Json| json!({ "resource": config, "options": {} });
    talk.note("accept");
    let accepted = create(config(1, "ACCEPTED"));
    talk.call("cosi.resource.State/Create", accepted).await;
    let machine = pointer(kind::Machine::TYPE, &fixed_id("racks", 1));
    talk.call("cosi.resource.State/Get", machine).await;
    talk.note("reject");
    let rejected = create(config(2, "REJECTED"));
    talk.call("cosi.resource.State/Create", rejected).await;
    let machine = pointer(kind::Machine::TYPE, &fixed_id("racks", 2));
    talk.call("cosi.resource.State/Get", machine).await;
    talk.stream(list, &[], waiting, usize::MAX).await;
    talk.note("reject what was accepted");
    let got = pointer(kind::InfraMachineConfig::TYPE, &fixed_id("racks", 1));
    let mut got = talk.call("cosi.resource.State/Get", got).await;
    let mut changed = got["resource"].take();
    changed["spec"] = config(1, "REJECTED")["spec"].clone();
    let update = json!({ "new_resource": changed, "options": {} });
    talk.call("cosi.resource.State/Update", update).await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn install_and_upgrade() {
    let mut talk = Talk::begin("machine-install").await;
    let call = management("MaintenanceLifecycle");
    talk.note("install");
    let install = |disk: &str| {
        json!({
            "machine_id": machine(1),
            "operation": "OPERATION_INSTALL",
            "disk": disk,
        })
    };
    talk.stream(&call, &[], install("/dev/sdz"), usize::MAX)
        .await;
    talk.stream(&call, &[], install("/dev/vda"), usize::MAX)
        .await;
    talk.stream(&call, &[], install("/dev/vda"), usize::MAX)
        .await;
    talk.note("upgrade");
    let upgrade = |number: u32, version: &str| {
        json!({
            "machine_id": machine(number),
            "operation": "OPERATION_UPGRADE",
            "version": version,
        })
    };
    talk.stream(&call, &[], upgrade(1, "1.99.0"), usize::MAX)
        .await;
    talk.stream(&call, &[], upgrade(1, "1.13.7"), usize::MAX)
        .await;
    talk.stream(&call, &[], upgrade(2, "1.13.7"), usize::MAX)
        .await;
    talk.note("upgrade, as old clients ask for it");
    let old = json!({ "machine_id": machine(1), "version": "1.13.6" });
    talk.call(&management("MaintenanceUpgrade"), old).await;
    talk.call(
        &management("MaintenanceUpgrade"),
        json!({ "machine_id": machine(1) }),
    )
    .await;
    talk.end();
}
