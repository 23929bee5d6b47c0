//! `cluster template`, `cluster lock`, `cluster machine`, `cluster kubernetes`, `apply`, `get`, `delete`.

use omni_api::{Kind as _, kind, labels};
use serde_json::{Value as Json, json};

use super::talk::{Talk, pointer, resource};

const STATE: &str = "cosi.resource.State";
pub(crate) const CLUSTER: &str = "prod";

pub(crate) fn state(name: &str) -> String {
    format!("{STATE}/{name}")
}

/// The id of a machine.
pub(crate) fn machine(number: u32) -> String {
    format!("00000000-0000-4000-a000-{number:012}")
}

fn place(set: &str, role: &str) -> Json {
    json!({ labels::CLUSTER: CLUSTER, labels::MACHINE_SET: set, role: "" })
}

/// What a template of one control plane and one worker consists of, in the order in which it is synced.
fn template() -> Vec<Json> {
    let (masters, workers) = ("prod-control-planes", "prod-workers");
    let set = |role: &str| json!({ labels::CLUSTER: CLUSTER, role: "" });
    let rolling = || json!({ "update_strategy": "Rolling" });
    let patch = "machine:\n  time:\n    servers:\n      - time.example.org\n";
    vec![
        resource(
            kind::Cluster::TYPE,
            CLUSTER,
            &json!({}),
            &json!({ "kubernetes_version": "1.36.2", "talos_version": "1.13.8", "features": {} }),
        ),
        resource(
            kind::ConfigPatch::TYPE,
            "200-cluster-prod-time",
            &json!({ labels::CLUSTER: CLUSTER }),
            &json!({ "data": patch }),
        ),
        resource(
            kind::MachineSet::TYPE,
            masters,
            &set(labels::CONTROL_PLANE_ROLE),
            &rolling(),
        ),
        resource(
            kind::MachineSet::TYPE,
            workers,
            &set(labels::WORKER_ROLE),
            &rolling(),
        ),
        resource(
            kind::MachineSetNode::TYPE,
            &machine(1),
            &place(masters, labels::CONTROL_PLANE_ROLE),
            &json!({}),
        ),
        resource(
            kind::MachineSetNode::TYPE,
            &machine(2),
            &place(workers, labels::WORKER_ROLE),
            &json!({}),
        ),
    ]
}

/// Creates the cluster; it is ready soon.
async fn create(talk: &mut Talk) {
    for resource in template() {
        let create = json!({ "resource": resource, "options": {} });
        talk.call(&state("Create"), create).await;
    }
}

/// The same where it is not what the test is about.
pub(crate) async fn given(talk: &mut Talk) {
    talk.quietly(create).await;
}

/// The present state of a resource, changed and written.
pub(crate) async fn change(
    talk: &mut Talk,
    type_name: &str,
    id: &str,
    change: impl FnOnce(&mut Json),
) {
    let mut got = talk.call(&state("Get"), pointer(type_name, id)).await;
    let mut resource = got["resource"].take();
    change(&mut resource["metadata"]);
    let update = json!({ "new_resource": resource, "options": {} });
    talk.call(&state("Update"), update).await;
}

pub(crate) async fn list(talk: &mut Talk, type_name: &str, terms: Json) {
    let facts = kind::find(type_name).expect("a kind");
    let list = json!({
        "namespace": facts.namespace,
        "type": type_name,
        "options": { "label_query": [{ "terms": terms }] },
    });
    talk.stream(&state("List"), &[], list, usize::MAX).await;
}

pub(crate) fn of_cluster() -> Json {
    json!([{ "key": labels::CLUSTER, "value": [CLUSTER], "op": "EQUAL" }])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn template_sync_status_and_delete() {
    let mut talk = Talk::begin("cluster-template").await;
    talk.note("sync: what is there already");
    talk.call(&state("Get"), pointer(kind::Cluster::TYPE, CLUSTER))
        .await;
    talk.note("sync: creating");
    create(&mut talk).await;
    talk.note("status");
    for type_name in [
        kind::ClusterStatus::TYPE,
        kind::KubernetesUpgradeStatus::TYPE,
    ] {
        talk.call(&state("Get"), pointer(type_name, CLUSTER)).await;
    }
    list(&mut talk, kind::MachineSetStatus::TYPE, of_cluster()).await;
    list(&mut talk, kind::ClusterMachineStatus::TYPE, of_cluster()).await;
    talk.note("sync: one machine less");
    talk.call(
        &state("Teardown"),
        pointer(kind::MachineSetNode::TYPE, &machine(2)),
    )
    .await;
    list(&mut talk, kind::ClusterMachine::TYPE, of_cluster()).await;
    talk.note("delete");
    let mut destroy = pointer(kind::Cluster::TYPE, CLUSTER);
    destroy["options"] = json!({});
    talk.call(&state("TeardownAndDestroy"), destroy).await;
    list(&mut talk, kind::MachineSet::TYPE, of_cluster()).await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn locks() {
    let mut talk = Talk::begin("cluster-lock").await;
    given(&mut talk).await;
    talk.note("cluster machine lock");
    let node = kind::MachineSetNode::TYPE;
    change(&mut talk, node, &machine(2), |metadata| {
        metadata["annotations"][labels::MACHINE_LOCKED] = "".into();
    })
    .await;
    talk.call(&state("Teardown"), pointer(node, &machine(2)))
        .await;
    talk.note("cluster machine unlock");
    change(&mut talk, node, &machine(2), |metadata| {
        metadata["annotations"] = json!({});
    })
    .await;
    talk.note("cluster lock");
    change(&mut talk, kind::Cluster::TYPE, CLUSTER, |metadata| {
        metadata["annotations"][labels::CLUSTER_LOCKED] = "".into();
    })
    .await;
    talk.call(&state("Teardown"), pointer(kind::Cluster::TYPE, CLUSTER))
        .await;
    talk.note("cluster unlock");
    change(&mut talk, kind::Cluster::TYPE, CLUSTER, |metadata| {
        metadata["annotations"] = json!({});
    })
    .await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secret_rotation() {
    let mut talk = Talk::begin("cluster-secret").await;
    given(&mut talk).await;
    let status = pointer(kind::ClusterSecretsRotationStatus::TYPE, CLUSTER);
    let rotation = |type_name: &str, second: &str| {
        let mut rotation = resource(type_name, CLUSTER, &json!({}), &json!({}));
        rotation["metadata"]["annotations"] = json!({ "timestamp": second });
        json!({ "resource": rotation, "options": {} })
    };
    talk.note("rotate talos-ca");
    talk.call(&state("Get"), status.clone()).await;
    let asked = pointer(kind::RotateTalosCa::TYPE, CLUSTER);
    talk.call(&state("Get"), asked).await;
    let create = rotation(kind::RotateTalosCa::TYPE, "1767225600");
    talk.call(&state("Create"), create).await;
    talk.note("status: what a watch has told meanwhile");
    let mut watch = status.clone();
    watch["options"] = json!({ "tail_events": 5 });
    talk.stream(&state("Watch"), &[], watch, 6).await;
    talk.note("rotate talos-ca, once more");
    change(&mut talk, kind::RotateTalosCa::TYPE, CLUSTER, |metadata| {
        metadata["annotations"]["timestamp"] = "1767229200".into();
    })
    .await;
    talk.call(&state("Get"), status.clone()).await;
    talk.note("rotate kubernetes-ca");
    let create = rotation(kind::RotateKubernetesCa::TYPE, "1767232800");
    talk.call(&state("Create"), create).await;
    talk.call(&state("Get"), status).await;
    talk.note("of a cluster that is not there");
    let mut missing = rotation(kind::RotateTalosCa::TYPE, "1767225600");
    missing["resource"]["metadata"]["id"] = "missing".into();
    talk.call(&state("Create"), missing).await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubernetes_upgrade_pre_checks_and_manifest_sync() {
    let mut talk = Talk::begin("cluster-kubernetes").await;
    let on = [("context", CLUSTER)];
    let checks = "management.ManagementService/KubernetesUpgradePreChecks";
    let sync = "management.ManagementService/KubernetesSyncManifests";
    talk.note("before there is a cluster");
    talk.call_with(checks, &on, json!({ "new_version": "1.36.3" }))
        .await;
    talk.stream(sync, &on, json!({ "dry_run": true }), usize::MAX)
        .await;
    given(&mut talk).await;
    talk.note("upgrade-pre-checks");
    talk.call_with(checks, &on, json!({ "new_version": "1.36.3" }))
        .await;
    talk.call_with(checks, &on, json!({ "new_version": "1.38.0" }))
        .await;
    talk.call_with(checks, &on, json!({ "new_version": "soon" }))
        .await;
    talk.call(checks, json!({ "new_version": "1.36.3" })).await;
    talk.note("manifest-sync");
    talk.stream(sync, &on, json!({ "dry_run": true }), usize::MAX)
        .await;
    talk.stream(sync, &on, json!({}), usize::MAX).await;
    talk.stream(sync, &[], json!({}), usize::MAX).await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apply_get_and_delete() {
    let mut talk = Talk::begin("apply").await;
    let class = |selector: &str| {
        let spec = json!({ "match_labels": [selector] });
        resource(kind::MachineClass::TYPE, "amd64", &json!({}), &spec)
    };
    talk.note("the server's version");
    talk.call(&state("Get"), pointer(kind::SysVersion::TYPE, "current"))
        .await;
    talk.note("apply: new");
    talk.call(&state("Get"), pointer(kind::MachineClass::TYPE, "amd64"))
        .await;
    let create = json!({ "resource": class("omni.sidero.dev/arch = amd64"), "options": {} });
    talk.call(&state("Create"), create).await;
    talk.note("apply: changed");
    let mut got = talk
        .call(&state("Get"), pointer(kind::MachineClass::TYPE, "amd64"))
        .await;
    let mut changed = got["resource"].take();
    changed["spec"] = class("omni.sidero.dev/arch = arm64")["spec"].clone();
    let update = json!({ "new_resource": changed, "options": {} });
    talk.call(&state("Update"), update.clone()).await;
    talk.note("apply: of an old version");
    talk.call(&state("Update"), update).await;
    talk.note("apply: wrong");
    let create = json!({ "resource": class("(("), "options": {} });
    talk.call(&state("Create"), create).await;
    talk.note("get, with a selector and a pattern");
    let status = json!({
        "namespace": "default",
        "type": kind::MachineClass::TYPE,
        "options": { "id_query": { "regexp": "^amd" } },
    });
    talk.stream(&state("List"), &[], status, usize::MAX).await;
    talk.note("get --watch");
    let watch = json!({
        "namespace": "default",
        "type": kind::MachineClass::TYPE,
        "options": { "bootstrap_contents": true },
        "api_version": 1,
    });
    talk.stream(&state("Watch"), &[], watch, 3).await;
    talk.note("delete");
    talk.call(
        &state("Teardown"),
        pointer(kind::MachineClass::TYPE, "amd64"),
    )
    .await;
    let mut destroy = pointer(kind::MachineClass::TYPE, "amd64");
    destroy["options"] = json!({});
    talk.call(&state("Destroy"), destroy.clone()).await;
    talk.call(&state("Destroy"), destroy).await;
    talk.end();
}
