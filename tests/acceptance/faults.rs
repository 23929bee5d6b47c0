//! Mishaps on demand under a real core: what a user reads, what stays in the state, and that it goes on afterwards.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::lab::Lab;

const PROVIDER: &str = r#"
provider "omni" {
  embedded = { path = ".omni", machines = 2, speed = 1000, faults = "faults.yaml" }
}
"#;

const CLUSTER: &str = r#"
resource "omni_machine_class" "metal" {
  name         = "metal"
  match_labels = ["rack"]
}

resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}

resource "omni_machine_set" "control_plane" {
  cluster       = omni_cluster.lab.name
  role          = "controlplane"
  machine_class = { name = omni_machine_class.metal.name, size = 1 }
}

resource "omni_machine_set" "workers" {
  cluster       = omni_cluster.lab.name
  role          = "workers"
  machine_class = { name = omni_machine_class.metal.name, size = 1 }
}

resource "omni_cluster_readiness" "lab" {
  cluster    = omni_cluster.lab.name
  settle     = "200ms"
  depends_on = [omni_machine_set.control_plane, omni_machine_set.workers]
  timeouts   = { create = "5s" }
}
"#;

fn script(lab: &Lab, text: &str) {
    fs::write(lab.path().join("faults.yaml"), text).expect("written");
}

#[test]
fn a_machine_that_fails_to_install_is_named_and_the_next_apply_goes_on() {
    let Some(lab) = Lab::new("a_machine_that_fails_to_install_is_named_and_the_next_apply_goes_on")
    else {
        return;
    };
    script(
        &lab,
        "faults:\n- install-fails: {machine-set: lab-workers}\n",
    );
    lab.config_with(PROVIDER, CLUSTER);
    let said = lab.apply_fails();
    println!("{said}");
    let worker = lab
        .listed("machinesetnode")
        .into_iter()
        .find(|node| node["metadata"]["labels"]["omni.sidero.dev/machine-set"] == "lab-workers");
    let worker = worker.expect("a node")["metadata"]["id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    for words in [
        "The cluster \"lab\" is not ready".to_owned(),
        format!("machine {worker}: stage "),
        "maintenance install failed: installation failed".to_owned(),
        "timeouts.create".to_owned(),
    ] {
        assert!(said.contains(&words), "{words}: {said}");
    }
    assert_eq!(
        lab.planned(),
        ["omni_cluster_readiness.lab: create"],
        "everything that was made is known"
    );
    // Another text is another plane: the next apply runs on one whose machines install.
    script(&lab, "faults: []\n");
    lab.apply();
    lab.destroy();
    assert_eq!(lab.listed("cluster"), Vec::<Json>::new());
}

#[test]
fn a_fault_script_that_makes_no_sense_is_told_with_its_line() {
    let Some(lab) = Lab::new("a_fault_script_that_makes_no_sense_is_told_with_its_line") else {
        return;
    };
    lab.config_with(PROVIDER, CLUSTER);
    let said = lab.plan_fails();
    assert!(
        said.contains("The fault script cannot be used") && said.contains("cannot be read"),
        "{said}"
    );
    script(
        &lab,
        "faults:\n- install-fails: {machine: 1}\n- upgrade-hangs: {machine: soon}\n",
    );
    let said = lab.plan_fails();
    assert!(
        said.contains("The fault script cannot be used")
            && said.contains("line 3: \"soon\" is neither the number of a machine"),
        "{said}"
    );
}

#[test]
fn an_annotation_that_makes_no_sense_is_refused() {
    let Some(lab) = Lab::new("an_annotation_that_makes_no_sense_is_refused") else {
        return;
    };
    script(&lab, "faults: []\n");
    let annotated = CLUSTER.replace(
        "talos_version      = \"1.13.7\"",
        "talos_version      = \"1.13.7\"\n  annotations = { \"embedded-plane/faults\" = jsonencode([{ \"watch-breaks\" = {} }]) }",
    );
    lab.config_with(PROVIDER, &annotated);
    let said = lab.apply_fails();
    assert!(
        said.contains("watch-breaks does not belong on this kind of resource"),
        "{said}"
    );
}

#[test]
fn a_stalled_answer_and_broken_watches_lose_nothing() {
    let Some(lab) = Lab::new("a_stalled_answer_and_broken_watches_lose_nothing") else {
        return;
    };
    script(
        &lab,
        "faults:\n- server-stalls: {call: create, kind: Clusters, carried-out: true, for: 3m}\n- watch-breaks: {after: 3, times: 8}\n",
    );
    lab.config_with(PROVIDER, &CLUSTER.replace("\"5s\"", "\"2m\""));
    lab.apply();
    lab.destroy();
}

#[test]
fn the_example_of_a_module_with_tests_passes() {
    let test = "the_example_of_a_module_with_tests_passes";
    let Some(lab) = Lab::new(test) else { return };
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/module-test");
    fs::create_dir(lab.path().join("tests")).expect("a folder");
    for file in [
        "main.tf",
        "tests/comes_up.tftest.hcl",
        "tests/mishaps.tftest.hcl",
        "tests/mishaps.yaml",
    ] {
        fs::copy(example.join(file), lab.path().join(file)).expect("copied");
    }
    let said = lab.run(&["test"]).succeeds();
    for folder in [".omni-comes-up", ".omni-mishaps"] {
        lab.provider(&["plane", "stop", "--path", folder]);
    }
    assert!(said.contains("Success! 4 passed, 0 failed"), "{said}");
}
