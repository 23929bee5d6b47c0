//! What whole clusters are read and taken away by: `cluster template diff` and `export`, `cluster status`, `cluster delete`, `cluster machine
//! delete`, `cluster import abort`, `configure machine`.

use omni_api::{Kind as _, kind, labels};
use serde_json::{Value as Json, json};

use super::clusters::{CLUSTER, given, list, machine, of_cluster, state};
use super::talk::{Talk, pointer, resource};

/// What a template consists of besides the cluster, by its label.
const PARTS: [&str; 6] = [
    kind::MachineSet::TYPE,
    kind::MachineSetNode::TYPE,
    kind::ConfigPatch::TYPE,
    kind::ExtensionsConfiguration::TYPE,
    kind::KubernetesManifestGroup::TYPE,
    kind::KubernetesHealthCheck::TYPE,
];

/// What the status of a cluster is made of besides its own.
const STATUSES: [&str; 6] = [
    kind::MachineSetStatus::TYPE,
    kind::ControlPlaneStatus::TYPE,
    kind::LoadBalancerStatus::TYPE,
    kind::KubernetesUpgradeStatus::TYPE,
    kind::TalosUpgradeStatus::TYPE,
    kind::ClusterMachineStatus::TYPE,
];

async fn get(talk: &mut Talk, type_name: &str, id: &str) {
    talk.call(&state("Get"), pointer(type_name, id)).await;
}

/// What belongs to machines and has no label of the cluster.
async fn of_machines(talk: &mut Talk) {
    for number in 1..=2 {
        for type_name in [kind::KernelArgs::TYPE, kind::MachineInstallDiskConfig::TYPE] {
            get(talk, type_name, &machine(number)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn template_diff_and_export() {
    let mut talk = Talk::begin("cluster-template-read").await;
    given(&mut talk).await;
    talk.note("diff");
    get(&mut talk, kind::Cluster::TYPE, CLUSTER).await;
    for type_name in PARTS {
        list(&mut talk, type_name, of_cluster()).await;
        if type_name == kind::MachineSetNode::TYPE {
            of_machines(&mut talk).await;
        }
    }
    talk.note("export: the same, and which Talos the cluster began with");
    get(&mut talk, kind::ClusterStatus::TYPE, CLUSTER).await;
    talk.note("export of a cluster that is not there");
    get(&mut talk, kind::Cluster::TYPE, "missing").await;
    talk.end();
}

/// A watch on all of a kind with the contents, until they are told.
async fn watch(talk: &mut Talk, type_name: &str, terms: &Json, contents: usize) {
    let mut watch = pointer(type_name, "");
    watch.as_object_mut().expect("an object").remove("id");
    watch["api_version"] = 1.into();
    watch["options"] = json!({
        "bootstrap_contents": true,
        "label_query": [{ "terms": terms }],
    });
    talk.stream(&state("Watch"), &[], watch, contents + 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status() {
    let mut talk = Talk::begin("cluster-status").await;
    given(&mut talk).await;
    let mut one = pointer(kind::ClusterStatus::TYPE, CLUSTER);
    one["api_version"] = 1.into();
    one["options"] = json!({});
    talk.stream(&state("Watch"), &[], one, 2).await;
    for type_name in STATUSES {
        let contents = match type_name {
            kind::MachineSetStatus::TYPE | kind::ClusterMachineStatus::TYPE => 2,
            // It has no label of its cluster, here as on Omni: omnictl finds none.
            kind::TalosUpgradeStatus::TYPE => 0,
            _ => 1,
        };
        watch(&mut talk, type_name, &of_cluster(), contents).await;
    }
    talk.end();
}

/// Tears down what is to go, and destroys what nobody holds any more.
async fn take_away(talk: &mut Talk, type_name: &str, id: &str) {
    talk.call(&state("Teardown"), pointer(type_name, id)).await;
    let mut destroy = pointer(type_name, id);
    destroy["options"] = json!({});
    talk.call(&state("Destroy"), destroy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delete() {
    let mut talk = Talk::begin("cluster-delete").await;
    given(&mut talk).await;
    talk.note("--destroy-disconnected-machines: there are none");
    let lost = json!([
        { "key": labels::MACHINE_DISCONNECTED, "op": "EXISTS" },
        { "key": labels::CLUSTER, "value": [CLUSTER], "op": "EQUAL" },
    ]);
    list(&mut talk, kind::MachineStatus::TYPE, lost).await;
    talk.note("nodes and sets first");
    for number in 1..=2 {
        take_away(&mut talk, kind::MachineSetNode::TYPE, &machine(number)).await;
    }
    for set in ["prod-control-planes", "prod-workers"] {
        take_away(&mut talk, kind::MachineSet::TYPE, set).await;
    }
    talk.note("then the rest");
    take_away(&mut talk, kind::ConfigPatch::TYPE, "200-cluster-prod-time").await;
    take_away(&mut talk, kind::Cluster::TYPE, CLUSTER).await;
    talk.note("nothing is left");
    for type_name in [kind::ClusterStatus::TYPE, kind::ClusterMachine::TYPE] {
        list(&mut talk, type_name, of_cluster()).await;
    }
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machine_delete() {
    let mut talk = Talk::begin("cluster-machine-delete").await;
    given(&mut talk).await;
    let (member, node) = (kind::ClusterMachine::TYPE, kind::MachineSetNode::TYPE);
    talk.note("--force-etcd-leave --force");
    get(&mut talk, member, &machine(2)).await;
    let force = resource(
        kind::NodeForceDestroyRequest::TYPE,
        &machine(2),
        &json!({ labels::CLUSTER: CLUSTER }),
        &json!({}),
    );
    let create = json!({ "resource": force, "options": {} });
    talk.call(&state("Create"), create).await;
    let link = pointer(kind::Link::TYPE, &machine(2));
    talk.call(&state("Teardown"), link).await;
    get(&mut talk, node, &machine(2)).await;
    let mut destroy = pointer(node, &machine(2));
    destroy["options"] = json!({});
    talk.call(&state("TeardownAndDestroy"), destroy).await;
    talk.note("it is gone");
    for type_name in [
        member,
        kind::Machine::TYPE,
        kind::NodeForceDestroyRequest::TYPE,
    ] {
        get(&mut talk, type_name, &machine(2)).await;
    }
    talk.note("a machine that is in no cluster");
    get(&mut talk, member, &machine(3)).await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn import_abort() {
    let mut talk = Talk::begin("cluster-import").await;
    given(&mut talk).await;
    talk.note("abort: of a cluster that was not imported; omnictl looks for the taint and ends");
    get(&mut talk, kind::Cluster::TYPE, CLUSTER).await;
    get(&mut talk, kind::ClusterStatus::TYPE, CLUSTER).await;
    talk.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn configure_machine() {
    let mut talk = Talk::begin("configure-machine").await;
    let tunnel = kind::GrpcTunnelConfig::TYPE;
    talk.note("--siderolink-connection-mode http-tunnel");
    get(&mut talk, kind::Machine::TYPE, &machine(1)).await;
    get(&mut talk, tunnel, &machine(1)).await;
    let wish = resource(tunnel, &machine(1), &json!({}), &json!({ "enabled": true }));
    let create = json!({ "resource": wish, "options": {} });
    talk.call(&state("Create"), create).await;
    talk.note("the machine comes by the tunnel");
    get(&mut talk, kind::Link::TYPE, &machine(1)).await;
    talk.note("--siderolink-connection-mode auto");
    let mut destroy = pointer(tunnel, &machine(1));
    destroy["options"] = json!({});
    talk.call(&state("TeardownAndDestroy"), destroy).await;
    talk.note("--reset-node-unique-token");
    let reset = "management.ManagementService/ResetNodeUniqueToken";
    for id in [machine(1), "missing".to_owned()] {
        talk.call(reset, json!({ "id": id })).await;
    }
    get(&mut talk, kind::NodeUniqueTokenStatus::TYPE, &machine(1)).await;
    talk.end();
}
