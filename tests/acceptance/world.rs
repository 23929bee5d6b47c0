//! Whole clusters under a real core: machine sets, nodes, classes, patches, readiness, ephemeral access.

use omni_api::{Resource, kind, labels};
use serde_json::{Value as Json, json};

use crate::lab::Lab;

/// A cluster of one control plane and one worker from a class, and the wait for it.
const WORLD: &str = r#"
resource "omni_machine_class" "metal" {
  name         = "metal"
  match_labels = ["omni.sidero.dev/arch = amd64, rack in (r1, r2)"]
}

resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}

resource "omni_machine_set" "control_plane" {
  cluster = omni_cluster.lab.name
  role    = "controlplane"
  machine_class = { name = omni_machine_class.metal.name, size = 1 }
}

resource "omni_machine_set" "workers" {
  cluster = omni_cluster.lab.name
  role    = "workers"
  machine_class = { name = omni_machine_class.metal.name, size = 1 }
  update_strategy = { type = "Rolling", max_parallelism = 1 }
}

resource "omni_cluster_readiness" "lab" {
  cluster            = omni_cluster.lab.name
  kubernetes_version = omni_cluster.lab.kubernetes_version
  talos_version      = omni_cluster.lab.talos_version
  settle             = "200ms"
  triggers           = { workers = omni_machine_set.workers.machine_class.size }
  depends_on         = [omni_machine_set.control_plane, omni_machine_set.workers]
  timeouts           = { create = "2m", update = "5m" }
}
"#;

/// A worker chosen by hand.
const STORAGE: &str = r#"
data "omni_machines" "storage" {
  selector     = "rack = r3"
  available_to = "lab-storage"
  limit        = 1
  at_least     = 1
}

resource "omni_machine_set" "storage" {
  cluster = omni_cluster.lab.name
  role    = "workers"
  name    = "storage"
}

resource "omni_machine_set_node" "storage" {
  for_each    = toset(data.omni_machines.storage.ids)
  machine_id  = each.value
  machine_set = omni_machine_set.storage.id
  cluster     = omni_cluster.lab.name
}
"#;

fn running(lab: &Lab) -> usize {
    let machines = lab.listed("clustermachinestatus");
    machines
        .iter()
        .filter(|machine| machine["spec"]["stage"] == "RUNNING" && machine["spec"]["ready"] == true)
        .count()
}

#[test]
fn a_cluster_comes_up_grows_upgrades_and_goes() {
    let Some(lab) = Lab::new("a_cluster_comes_up_grows_upgrades_and_goes") else {
        return;
    };
    lab.config(WORLD);
    lab.apply();
    assert_eq!(running(&lab), 2);
    assert_eq!(lab.state("omni_cluster_readiness.lab")["ready"], true);

    // A worker chosen by hand joins: the second plan finds the same machine although it is no longer free.
    lab.config(&format!("{WORLD}{STORAGE}"));
    lab.apply();

    // Kubernetes goes up a minor version in place; the apply waits for it.
    let upgraded = format!("{WORLD}{STORAGE}").replace("1.35.5", "1.36.2");
    lab.config(&upgraded);
    assert_eq!(
        lab.planned(),
        [
            "omni_cluster.lab: update",
            "omni_cluster_readiness.lab: update"
        ]
    );
    lab.apply();
    assert_eq!(
        lab.listed("kubernetesupgradestatus")[0]["spec"]["last_upgrade_version"],
        "1.36.2"
    );
    assert_eq!(running(&lab), 3);

    lab.destroy();
    for kind in [
        "cluster",
        "machineset",
        "machinesetnode",
        "clustermachine",
        "configpatch",
    ] {
        assert_eq!(lab.listed(kind), Vec::<Json>::new(), "{kind}");
    }
}

#[test]
fn every_object_is_imported_with_an_empty_plan() {
    let Some(lab) = Lab::new("every_object_is_imported_with_an_empty_plan") else {
        return;
    };
    let patch = r#"
resource "omni_config_patch" "sysctls" {
  name    = "sysctls"
  weight  = 401
  cluster = omni_cluster.lab.name
  data    = "machine: {sysctls: {net.ipv4.ip_forward: \"1\"}}"
}
"#;
    lab.config(&format!("{WORLD}{STORAGE}{patch}"));
    lab.apply();
    let node = lab.listed("machinesetnode").into_iter().map(|node| {
        node["metadata"]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    });
    let storage = lab.state("data.omni_machines.storage")["ids"][0]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    assert!(node.into_iter().any(|id| id == storage));
    let address = format!("omni_machine_set_node.storage[\"{storage}\"]");
    for (address, id) in [
        ("omni_machine_class.metal", "metal"),
        ("omni_cluster.lab", "lab"),
        ("omni_machine_set.workers", "lab-workers"),
        ("omni_machine_set.storage", "lab-storage"),
        ("omni_config_patch.sysctls", "401-lab-sysctls"),
        (address.as_str(), storage.as_str()),
    ] {
        lab.reimport(address, id);
    }
}

#[test]
fn a_class_that_matches_too_few_machines_times_out_with_the_reason_and_goes_on_later() {
    let Some(lab) = Lab::new("a_class_that_matches_too_few_machines_times_out") else {
        return;
    };
    let hungry = WORLD.replace("role    = \"workers\"\n  machine_class = { name = omni_machine_class.metal.name, size = 1 }", "role    = \"workers\"\n  machine_class = { name = omni_machine_class.metal.name, size = 3 }").replace("create = \"2m\"", "create = \"3s\"");
    lab.config(&hungry);
    let said = lab.apply_fails();
    assert!(said.contains("The cluster \"lab\" is not ready"), "{said}");
    assert!(
        said.contains("machine set lab-workers: ") && said.contains(" of 3 machines"),
        "{said}"
    );
    assert!(said.contains("timeouts.create"), "{said}");
    lab.config(WORLD);
    lab.apply();
}

#[test]
fn machines_that_do_not_exist_or_are_taken_are_refused_at_plan() {
    let Some(lab) = Lab::new("machines_that_do_not_exist_or_are_taken_are_refused_at_plan") else {
        return;
    };
    lab.config(&format!("{WORLD}{STORAGE}"));
    lab.apply();
    let pinned = |id: &str, cluster: &str| {
        format!(
            "{WORLD}{STORAGE}\nresource \"omni_cluster\" \"other\" {{\n  name = \"other\"\n  kubernetes_version = \"1.35.5\"\n  talos_version = \
             \"1.13.7\"\n}}\n\nresource \"omni_machine_set_node\" \"pinned\" {{\n  machine_id = \"{id}\"\n  machine_set = \"{cluster}-storage\"\n  \
             cluster = \"{cluster}\"\n}}\n"
        )
    };
    lab.config(&pinned("00000000-0000-4000-8000-000000000000", "lab"));
    let said = lab.plan_fails();
    assert!(
        said.contains("No such machine") && said.contains("omni_machines"),
        "{said}"
    );
    lab.config(&pinned("worker-1", "lab"));
    let said = lab.plan_fails();
    assert!(said.contains("\"worker-1\" is not a machine id"), "{said}");
    let taken = lab.state("data.omni_machines.storage")["ids"][0]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    lab.config(&pinned(&taken, "other"));
    let said = lab.plan_fails();
    assert!(
        said.contains("Machine is taken") && said.contains("\"lab\""),
        "{said}"
    );
}

#[test]
fn fewer_machines_than_asked_for_name_the_candidates_and_why_each_was_refused() {
    let Some(lab) = Lab::new("fewer_machines_than_asked_for_name_the_candidates") else {
        return;
    };
    lab.config(WORLD);
    lab.apply();
    lab.config(&format!("{WORLD}\ndata \"omni_machines\" \"all\" {{\n  selector = \"rack\"\n  available = true\n  at_least = 4\n}}\n"));
    let said = lab.plan_fails();
    assert!(
        said.contains("2 machines were found, 4 are asked for"),
        "{said}"
    );
    assert!(said.contains("it belongs to the cluster \"lab\""), "{said}");
}

#[test]
fn a_patch_reaches_the_machines_and_reformatting_it_is_no_change() {
    let Some(lab) = Lab::new("a_patch_reaches_the_machines_and_reformatting_it_is_no_change")
    else {
        return;
    };
    let patch = |data: &str| {
        format!(
            "{WORLD}\nresource \"omni_config_patch\" \"kubespan\" {{\n  name = \"kubespan\"\n  cluster = omni_cluster.lab.name\n  data = <<EOT\n{data}\nEOT\n}}\n"
        )
    };
    lab.config(&patch(
        "machine:\n  network:\n    kubespan:\n      enabled: true",
    ));
    lab.apply();
    lab.config(&patch(
        "# why\nmachine: {network: {kubespan: {enabled: true}}}",
    ));
    lab.plan_is_empty();
    lab.config(&patch("cluster:\n  clusterName: mine"));
    let said = lab.plan_fails();
    assert!(
        said.contains("overriding \"cluster.clusterName\" is not allowed"),
        "{said}"
    );
}

#[test]
fn what_others_change_is_left_alone_where_the_configuration_says_nothing() {
    let Some(lab) = Lab::new("what_others_change_is_left_alone") else {
        return;
    };
    lab.config(WORLD);
    lab.apply();
    lab.omni(async |client| {
        let change = |cluster: &mut Resource<kind::Cluster>| {
            cluster
                .spec
                .features
                .get_or_insert_default()
                .enable_workload_proxy = true;
            cluster.metadata.labels.insert("theirs".into(), "1".into());
        };
        client.state().modify("lab", change).await.expect("written");
    });
    lab.plan_is_empty();
    lab.config(&WORLD.replace(
        "name               = \"lab\"",
        "name               = \"lab\"\n  labels             = { ours = \"1\" }",
    ));
    lab.apply();
    let cluster = &lab.listed("cluster")[0];
    assert_eq!(cluster["spec"]["features"]["enable_workload_proxy"], true);
    assert_eq!(
        cluster["metadata"]["labels"],
        json!({ "ours": "1", "theirs": "1" })
    );
}

#[test]
fn a_node_that_somebody_else_removed_is_planned_anew_and_a_vanished_object_is_no_error_on_destroy()
{
    let Some(lab) = Lab::new("a_vanished_object_is_no_error_on_destroy") else {
        return;
    };
    lab.config(&format!("{WORLD}{STORAGE}"));
    lab.apply();
    lab.omni(async |client| {
        let nodes = client
            .state()
            .list::<kind::MachineSetNode>(&omni_client::Query::all())
            .await
            .expect("listed");
        let storage = nodes
            .iter()
            .find(|node| node.metadata.label(labels::MACHINE_SET) == Some("lab-storage"))
            .expect("there");
        client
            .state()
            .teardown::<kind::MachineSetNode>(storage.id())
            .await
            .expect("torn down");
        terraform_provider_omni::readiness::wait::released::<kind::ClusterMachine>(
            client,
            storage.id(),
        )
        .await
        .expect("left");
    });
    let planned = lab.planned();
    assert!(
        planned
            .iter()
            .any(|change| change.starts_with("omni_machine_set_node.storage")),
        "{planned:?}"
    );
    lab.destroy();
}
