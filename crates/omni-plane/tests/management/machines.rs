//! What is done to machines by calls, and the rows that it leaves in the audit log.

use omni_api::management::maintenance_lifecycle_request::Operation;
use omni_api::management::{self as api, AuditLogEventType};
use omni_api::specs::infra_machine_config_spec::AcceptanceStatus;
use omni_api::{Kind as _, kind, labels};
use omni_plane::Store;
use omni_plane::infra::machine::{NewMachine, add, plain_id};
use serde_json::{Value as Json, json};

use super::audit::{rows, talos_accesses};
use super::refusal;
use super::world::{ADMIN, World, put};

const LIFECYCLE: &str = "/management.ManagementService/MaintenanceLifecycle";
const UPGRADE: &str = "/management.ManagementService/MaintenanceUpgrade";
const POWER_OFF: &str = "/management.ManagementService/MachinePowerOff";
const POWER_ON: &str = "/management.ManagementService/MachinePowerOn";

/// A whole plane with one machine in maintenance that Omni knows all about, and its id.
async fn in_maintenance(installed: bool) -> (World, String) {
    let args = ["siderolink.api=grpc://omni.lab.test?jointoken=t".to_owned()];
    let machine = NewMachine {
        installed,
        ..NewMachine::plain(1, "1.13.7", &args)
    };
    let prepare = |store: &Store| assert!(add(store, &machine).expect("added"));
    (World::settled(prepare).await, plain_id(1))
}

fn access(method: &str, machine: &str) -> Json {
    json!({ "full_method_name": method, "machine_ip": machine })
}

async fn lifecycle(
    world: &mut World,
    wanted: api::MaintenanceLifecycleRequest,
) -> Result<(), tonic::Status> {
    let request = world.admin.sign(LIFECYCLE, None, wanted);
    let answer = world.management.maintenance_lifecycle(request).await?;
    drop(answer);
    Ok(())
}

#[tokio::test]
async fn an_installation_in_maintenance_leaves_a_row_for_each_call_to_the_machine() {
    let (mut world, id) = in_maintenance(false).await;
    let install = |disk: &str| api::MaintenanceLifecycleRequest {
        machine_id: id.clone(),
        operation: Operation::Install.into(),
        disk: disk.into(),
        ..Default::default()
    };
    let refused = lifecycle(&mut world, install("/dev/sdz")).await;
    assert_eq!(refusal(refused).0, "FailedPrecondition");
    let none = talos_accesses(&mut world).await;
    assert_eq!(none, Vec::<Json>::new(), "nobody was spoken to");
    let done = lifecycle(&mut world, install("/dev/vda")).await;
    done.expect("it begins");
    let told = [
        access("machine.ImageService/Pull", &id),
        access("machine.LifecycleService/Install", &id),
        access("machine.MachineService/Reboot", &id),
    ];
    assert_eq!(talos_accesses(&mut world).await, told);
    world.stop().await;
}

#[tokio::test]
async fn an_upgrade_in_maintenance_leaves_a_row_for_each_call_to_the_machine() {
    let (mut world, id) = in_maintenance(true).await;
    let upgrade = api::MaintenanceLifecycleRequest {
        machine_id: id.clone(),
        operation: Operation::Upgrade.into(),
        version: "1.13.8".into(),
        ..Default::default()
    };
    lifecycle(&mut world, upgrade).await.expect("it begins");
    let told = [
        access("machine.ImageService/Pull", &id),
        access("machine.LifecycleService/Upgrade", &id),
        access("machine.MachineService/Reboot", &id),
    ];
    assert_eq!(talos_accesses(&mut world).await, told);
    world.stop().await;
}

#[tokio::test]
async fn an_upgrade_that_old_clients_ask_for_leaves_one_row_under_the_callers_name() {
    let (mut world, id) = in_maintenance(true).await;
    let upgrade = api::MaintenanceUpgradeRequest {
        machine_id: id.clone(),
        version: "1.13.8".into(),
    };
    let request = world.admin.sign(UPGRADE, None, upgrade);
    let answer = world.management.maintenance_upgrade(request).await;
    answer.expect("an Admin may");
    let wanted = api::ReadAuditLogRequest {
        event_type: AuditLogEventType::TalosAccess.into(),
        actor: ADMIN.into(),
        ..Default::default()
    };
    let rows = rows(&mut world, wanted).await;
    let told: Vec<_> = rows
        .iter()
        .map(|row| &row["event_data"]["talos_access"])
        .collect();
    assert_eq!(told, [&access("machine.MachineService/Upgrade", &id)]);
    world.stop().await;
}

#[tokio::test]
async fn a_machine_that_is_switched_off_leaves_a_row_with_its_cluster() {
    let mut world = World::start().await;
    let machine = NewMachine::plain(1, "1.13.7", &[]);
    assert!(add(&world.store, &machine).expect("added"));
    put::<kind::Link>(&world.store, &machine.id, |_| {});
    put::<kind::ClusterMachine>(&world.store, &machine.id, |member| {
        let marks = &mut member.metadata.labels;
        marks.insert(labels::CLUSTER.into(), "prod".into());
    });
    let off = |id: &str| api::MachinePowerOffRequest {
        machine_id: id.into(),
    };
    let request = world.admin.sign(POWER_OFF, None, off(&machine.id));
    let answer = world.management.machine_power_off(request).await;
    answer.expect("an Admin may");
    let told = json!([{
        "full_method_name": "machine.MachineService/Shutdown",
        "cluster_name": "prod",
        "machine_ip": machine.id,
    }]);
    assert_eq!(Json::from(talos_accesses(&mut world).await), told);
    world.stop().await;
}

/// A machine of a static provider, accepted.
fn put_metal(world: &World, id: &str) {
    put::<kind::InfraProviderStatus>(&world.store, "racks", |status| {
        let marks = &mut status.metadata.labels;
        marks.insert(labels::IS_STATIC_INFRA_PROVIDER.into(), String::new());
    });
    put::<kind::Link>(&world.store, id, |link| {
        let marks = &mut link.metadata.labels;
        marks.insert(labels::INFRA_PROVIDER_ID.into(), "racks".into());
    });
    put::<kind::InfraMachineConfig>(&world.store, id, |config| {
        config
            .spec
            .set_acceptance_status(AcceptanceStatus::Accepted);
    });
}

#[tokio::test]
async fn power_of_a_static_providers_machine_is_asked_for_in_the_callers_name() {
    let mut world = World::start().await;
    put_metal(&world, "metal");
    let off = api::MachinePowerOffRequest {
        machine_id: "metal".into(),
    };
    let request = world.admin.sign(POWER_OFF, None, off);
    let answer = world.management.machine_power_off(request).await;
    answer.expect("an Admin may");
    let on = api::MachinePowerOnRequest {
        machine_id: "metal".into(),
    };
    let request = world.admin.sign(POWER_ON, None, on);
    let answer = world.management.machine_power_on(request).await;
    answer.expect("an Admin may");
    let told = [access("machine.MachineService/Shutdown", "metal")];
    assert_eq!(talos_accesses(&mut world).await, told, "none of power on");
    let wanted = api::ReadAuditLogRequest {
        resource_type: kind::InfraMachineConfig::TYPE.into(),
        ..Default::default()
    };
    let rows = rows(&mut world, wanted).await;
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let session = &row["event_data"]["session"];
            (row["event_type"].as_str(), session["email"].as_str())
        })
        .collect();
    let changed = (Some("update_with_conflicts"), Some(ADMIN));
    assert_eq!(told, [(Some("create"), None), changed, changed]);
    world.stop().await;
}
