//! `omni_machine_install_disk` under a real core, on the release that has it.

use omni_api::{Resource, kind};
use serde_json::{Value as Json, json};
use terraform_provider_omni::readiness::wait;

use crate::lab::Lab;

/// The third machine of a plane: a small fast disk `/dev/vda` and a big slow one `/dev/sda`.
const MACHINE: &str = "00000000-0000-4000-a000-000000000003";

/// A choice for that machine.
fn choice(attributes: &str) -> String {
    format!(
        "\nresource \"omni_machine_install_disk\" \"three\" {{\n  machine_id = \"{MACHINE}\"\n  {attributes}\n}}\n"
    )
}

/// A cluster whose control plane is that machine, chosen by hand after its disk.
const CLUSTER: &str = r#"
resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}

resource "omni_machine_set" "control_plane" {
  cluster = omni_cluster.lab.name
  role    = "controlplane"
}

resource "omni_machine_set_node" "three" {
  machine_id  = omni_machine_install_disk.three.machine_id
  machine_set = omni_machine_set.control_plane.id
  cluster     = omni_cluster.lab.name
}

resource "omni_cluster_readiness" "lab" {
  cluster    = omni_cluster.lab.name
  settle     = "200ms"
  depends_on = [omni_machine_set_node.three]
}
"#;

/// The path of the disk that Talos is on.
fn system_disk(lab: &Lab) -> Json {
    let machines = lab.listed("machinestatus");
    let machine = machines
        .iter()
        .find(|machine| machine["metadata"]["id"] == MACHINE)
        .expect("it is there");
    let disks = machine["spec"]["hardware"]["blockdevices"]
        .as_array()
        .cloned();
    let mut disks = disks.unwrap_or_default().into_iter();
    let system = disks.find(|disk| disk["system_disk"] == true);
    system
        .map(|disk| disk["dev_path"].clone())
        .unwrap_or_default()
}

#[test]
fn a_choice_of_a_disk_is_made_changed_imported_and_followed() {
    let Some(lab) = Lab::on(
        "a_choice_of_a_disk_is_made_changed_imported_and_followed",
        "next",
    ) else {
        return;
    };
    lab.config(&choice("disk = \"/dev/vda\""));
    lab.apply();
    let listed = lab.listed("machineinstalldiskconfig");
    assert_eq!(listed[0]["spec"], json!({ "disk": "/dev/vda" }));
    assert_eq!(
        listed[0]["metadata"]["annotations"]["omni.sidero.dev/managed-by-gitops-tools"],
        "Terraform"
    );

    let selector = "disk_selector = \"disk.rotational && disk.size > 1u * TB\"";
    lab.config(&choice(selector));
    assert_eq!(lab.planned(), ["omni_machine_install_disk.three: update"]);
    lab.apply();
    lab.reimport("omni_machine_install_disk.three", MACHINE);
    assert_eq!(
        lab.state("omni_machine_install_disk.three")["resolved_disk"],
        "/dev/sda"
    );

    // Talos is put on the disk that was chosen.
    lab.config(&format!("{}{CLUSTER}", choice(selector)));
    lab.apply();
    assert_eq!(system_disk(&lab), "/dev/sda");

    // Now it is too late for another one, and the plan says so.
    lab.config(&format!("{}{CLUSTER}", choice("disk = \"/dev/vda\"")));
    let said = lab.run(&["plan", "-input=false"]).succeeds();
    assert!(
        said.contains("Talos is installed on another disk"),
        "{said}"
    );

    lab.destroy();
    assert_eq!(lab.listed("machineinstalldiskconfig"), Vec::<Json>::new());
}

#[test]
fn a_choice_that_disappears_is_planned_anew() {
    let Some(lab) = Lab::on("a_choice_that_disappears_is_planned_anew", "next") else {
        return;
    };
    lab.config(&choice("disk = \"/dev/vda\""));
    lab.apply();
    lab.omni(async |client| {
        let state = client.state();
        let torn = state.teardown::<kind::MachineInstallDiskConfig>(MACHINE);
        torn.await.expect("torn down");
        wait::released::<kind::MachineInstallDiskConfig>(client, MACHINE)
            .await
            .expect("released");
    });
    assert_eq!(lab.planned(), ["omni_machine_install_disk.three: create"]);
    lab.apply();
}

#[test]
fn a_choice_changed_behind_terraforms_back_is_put_back() {
    let Some(lab) = Lab::on(
        "a_choice_changed_behind_terraforms_back_is_put_back",
        "next",
    ) else {
        return;
    };
    lab.config(&choice("disk = \"/dev/vda\""));
    lab.apply();
    lab.omni(async |client| {
        let change = |theirs: &mut Resource<kind::MachineInstallDiskConfig>| {
            theirs.spec.disk.clear();
            theirs.spec.disk_selector = "disk.rotational".into();
        };
        client
            .state()
            .modify(MACHINE, change)
            .await
            .expect("written");
    });
    assert_eq!(lab.planned(), ["omni_machine_install_disk.three: update"]);
    lab.apply();
    let listed = lab.listed("machineinstalldiskconfig");
    assert_eq!(listed[0]["spec"], json!({ "disk": "/dev/vda" }));
}

#[test]
fn a_disk_that_is_not_there_or_not_meant_is_refused_at_plan() {
    let Some(lab) = Lab::on(
        "a_disk_that_is_not_there_or_not_meant_is_refused_at_plan",
        "next",
    ) else {
        return;
    };
    for (attributes, problem) in [
        ("", "No disk"),
        (
            "disk = \"/dev/vda\"\n  disk_selector = \"system_disk\"",
            "Two choices",
        ),
        (
            "disk_selector = \"not cel (\"",
            "mismatched input 'cel' expecting <EOF>",
        ),
        (
            "disk_selector = \"disk.size > 10\"",
            "'_>_' applied to '(uint, int)'",
        ),
        (
            "disk_selector = \"disk.sise > 10u\"",
            "undefined field 'sise'",
        ),
        (
            "disk_selector = \"disk.dev_path\"",
            "expression output type is string, expected bool",
        ),
        (
            "disk = \"/dev/nvme0n1\"",
            "no disk \"/dev/nvme0n1\". It has: /dev/vda (480 GB, Emulated disk, virtio) /dev/sda",
        ),
        (
            "disk_selector = \"disk.size > 100u * TB\"",
            "matches none of the machine's disks. It has: /dev/vda",
        ),
        (
            "disk_selector = \"disk.symlinks[0] == 'a'\"",
            "The selector has no answer for a disk",
        ),
    ] {
        lab.config(&choice(attributes));
        let said = lab.plan_fails();
        assert!(said.contains(problem), "{attributes}: {said}");
    }
    lab.config(
        &choice("disk = \"/dev/vda\"").replace(MACHINE, "00000000-0000-4000-8000-000000000000"),
    );
    let said = lab.plan_fails();
    assert!(
        said.contains("No such machine") && said.contains("omni_machines"),
        "{said}"
    );
    lab.config(&choice("disk_selector = \"disk.size > 1u * GB\""));
    let said = lab.run(&["plan", "-input=false"]).succeeds();
    assert!(said.contains("Omni takes /dev/sda"), "{said}");
}
