//! `machine shutdown`, `machine power-on`, `machine install`, `machine upgrade`.

use omni_api::{Kind as _, kind};
use serde_json::json;

use super::clusters::{given, machine};
use super::talk::{Talk, pointer};

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
