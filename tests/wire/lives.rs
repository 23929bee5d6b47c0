//! Each object's life: made, changed, imported by id and by identity, destroyed.

use serde_json::{Value as Json, json};
use tfplugin::Value;
use tfplugin::testing::core::{CoreError, State};

use crate::bucket::{self, Bucket};
use crate::lab::Lab;

/// Takes an object from the first configuration to the second, imports it in both ways, and destroys it.
async fn lives(lab: &Lab, name: &str, id: &str, first: &Json, second: &Json) -> Result<(), String> {
    let at = |step: &str| {
        let step = format!("{name}, {step}");
        move |error: CoreError| format!("{step}: {error}")
    };
    let resource = lab.core().resource(name).map_err(at("schema"))?;
    let (first, second) = (lab.config(name, first), lab.config(name, second));
    let made = resource.settle(None, &first).await;
    let made = made.map_err(at("create"))?;
    let changed = resource.settle(Some(&made), &second).await;
    let changed = changed.map_err(at("update"))?;

    let identity = changed.identity.as_ref().expect("an identity");
    let by_identity = resource.import_by_identity(identity).await;
    let by_id = resource.import(id).await;
    for imported in [by_id, by_identity] {
        let imported = imported.map_err(at("import"))?;
        assert_eq!(imported.identity, changed.identity, "{name}");
        let settled = resource.settled(&imported, &second).await;
        settled.map_err(at("plan after the import"))?;
    }

    resource.destroy(&changed).await.map_err(at("destroy"))?;
    let left = resource.refresh(&changed).await.map_err(at("refresh"))?;
    assert_eq!(left, None, "{name}");
    Ok(())
}

fn cluster(name: &str) -> Json {
    json!({ "name": name, "kubernetes_version": "1.35.5", "talos_version": "v1.13.7" })
}

fn with(mut object: Json, more: &Json) -> Json {
    let (Some(object_map), Some(more)) = (object.as_object_mut(), more.as_object()) else {
        panic!("objects are merged")
    };
    object_map.extend(more.clone());
    object
}

#[tokio::test]
async fn classes_and_providers_live_under_cores_rules() -> Result<(), String> {
    let lab = Lab::new().await;
    let class = |selector: &str| json!({ "name": "metal", "match_labels": [selector] });
    let (one, two) = (class("rack = r1"), class("rack in (r1, r2)"));
    lives(&lab, "omni_machine_class", "metal", &one, &two).await?;

    // The last lifetime is the default: Omni does not tell the one of a key that was registered elsewhere.
    let provider = |ttl: &str| json!({ "name": "vms", "ttl": ttl });
    let (one, two) = (provider("4380h"), provider("8760h"));
    lives(&lab, "omni_infra_provider", "vms", &one, &two).await
}

#[tokio::test]
async fn clusters_and_what_belongs_to_them_live_under_cores_rules() -> Result<(), String> {
    let lab = Lab::new().await;
    let changed = json!({ "backup_interval": "60m", "labels": { "stage": "test" } });
    let changed = with(cluster("lab"), &changed);
    lives(&lab, "omni_cluster", "lab", &cluster("lab"), &changed).await?;

    lab.make("omni_cluster", &cluster("prod")).await;
    let set = json!({ "cluster": "prod", "role": "workers", "name": "gpu" });
    let rolling = json!({ "update_strategy": { "type": "Rolling", "max_parallelism": 2 } });
    let changed = with(set.clone(), &rolling);
    lives(&lab, "omni_machine_set", "prod-gpu", &set, &changed).await?;

    let patch = json!({ "name": "a", "cluster": "prod", "data": "machine: {sysctls: {a: \"1\"}}" });
    let changed = with(patch.clone(), &json!({ "data": "machine: {}" }));
    lives(&lab, "omni_config_patch", "400-prod-a", &patch, &changed).await?;

    lab.make("omni_machine_set", &set).await;
    let machines = lab.machines("rack = r3").await;
    let machine = machines.first().expect("a machine of the rack");
    let node = json!({ "machine_id": machine, "machine_set": "prod-gpu", "cluster": "prod" });
    let locked = |locked: bool| with(node.clone(), &json!({ "locked": locked }));
    let (one, two) = (locked(true), locked(false));
    lives(&lab, "omni_machine_set_node", machine, &one, &two).await
}

#[tokio::test]
async fn manifests_and_health_checks_live_under_cores_rules() -> Result<(), String> {
    let lab = Lab::new().await;
    let object =
        |name: &str| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n");
    let manifest = json!({ "name": "a", "cluster": "prod", "mode": "full", "data": object("a") });
    let changed = with(
        manifest.clone(),
        &json!({ "mode": "one-time", "data": object("b") }),
    );
    let name = "omni_kubernetes_manifest";
    lives(&lab, name, "400-prod-a", &manifest, &changed).await?;

    let job = |image: &str| {
        format!(
            "{{apiVersion: batch/v1, kind: Job, spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: a, image: {image}}}]}}}}}}}}"
        )
    };
    let check = json!({ "name": "dns", "cluster": "prod", "job": job("a") });
    let changed = with(check.clone(), &json!({ "job": job("b"), "interval": "1m" }));
    let name = "omni_kubernetes_healthcheck";
    lives(&lab, name, "dns", &check, &changed).await
}

#[tokio::test]
async fn the_bucket_of_backups_lives_under_cores_rules() -> Result<(), String> {
    let (lab, bucket) = (Lab::new().await, Bucket::start());
    let settings = json!({
        "bucket": bucket::NAME, "endpoint": bucket.endpoint(), "region": "us-east-1",
        "access_key_id": bucket::KEY_ID, "secret_access_key": "secret",
    });
    let changed = with(settings.clone(), &json!({ "region": "eu-west-1" }));
    let (name, id) = ("omni_etcd_backup_s3_config", "etcd-backup-s3-conf");
    lives(&lab, name, id, &settings, &changed).await
}

#[tokio::test]
async fn a_wait_for_readiness_lives_under_cores_rules() {
    let lab = Lab::new().await;
    let class = json!({ "name": "any", "match_labels": ["omni.sidero.dev/arch = amd64"] });
    lab.make("omni_machine_class", &class).await;
    lab.make("omni_cluster", &cluster("lab")).await;
    let set = json!({ "cluster": "lab", "role": "controlplane", "machine_class": { "name": "any", "size": 1 } });
    lab.make("omni_machine_set", &set).await;
    let wait = json!({ "cluster": "lab", "settle": "200ms" });
    let again = with(wait.clone(), &json!({ "triggers": { "run": "2" } }));
    let waits = lab
        .core()
        .resource("omni_cluster_readiness")
        .expect("a resource");
    let first = lab.make("omni_cluster_readiness", &wait).await;
    let again = lab.config("omni_cluster_readiness", &again);
    let second: State = waits.settle(Some(&first), &again).await.expect("ready");
    assert_eq!(second.value.get("ready"), Some(&Value::Bool(true)));
    let imported = waits
        .import_by_identity(second.identity.as_ref().expect("an identity"))
        .await
        .expect("imported");
    assert_eq!(imported.value.get("id"), second.value.get("id"));
    waits.destroy(&second).await.expect("destroyed");
}

#[tokio::test]
async fn people_and_services_live_under_cores_rules() -> Result<(), String> {
    let lab = Lab::new().await;
    let user = |role: &str| json!({ "email": "Ann@Example.com", "role": role });
    let (one, two) = (user("Reader"), user("Operator"));
    lives(&lab, "omni_user", "Ann@Example.com", &one, &two).await?;

    // The lifetime of a service account's key is read from the key.
    let account = |ttl: &str| json!({ "name": "ci", "role": "Reader", "ttl": ttl });
    let (one, two) = (account("8760h"), account("1440h"));
    lives(&lab, "omni_service_account", "ci", &one, &two).await
}

#[tokio::test]
async fn presets_of_media_live_under_cores_rules() -> Result<(), String> {
    let lab = Lab::new().await;
    let preset = |name: &str, more: &Json| {
        let common = json!({ "name": name, "talos_version": "v1.13.7" });
        with(common, more)
    };
    let metal = preset("metal", &json!({ "extensions": ["siderolabs/zfs"] }));
    let changed = json!({ "kernel_args": ["quiet"], "machine_labels": { "rack": "r1" } });
    let changed = preset("metal", &changed);
    let kind = "omni_installation_media_preset";
    lives(&lab, kind, "metal", &metal, &changed).await?;

    let cloud = preset("cloud", &json!({ "cloud": { "platform": "azure" } }));
    let board = json!({ "architecture": "arm64", "sbc": { "overlay": "rpi_generic", "overlay_options": "a: 1" } });
    lives(&lab, kind, "cloud", &cloud, &preset("cloud", &board)).await
}
