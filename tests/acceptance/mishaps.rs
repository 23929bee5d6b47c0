//! What goes wrong in the middle: interrupts, restarts, second control planes, objects that collide.

use std::process::{Command, Stdio};

use omni_api::kind;
use serde_json::Value as Json;
use terraform_provider_omni::readiness::wait;

use crate::lab::Lab;

const CLUSTER: &str = r#"
resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}
"#;

/// A wait that cannot end: no machine has the label.
const HOPELESS: &str = r#"
resource "omni_machine_class" "none" {
  name         = "none"
  match_labels = ["rack = nowhere"]
}

resource "omni_machine_set" "control_plane" {
  cluster = omni_cluster.lab.name
  role    = "controlplane"
  machine_class = { name = omni_machine_class.none.name, size = 1 }
}

resource "omni_cluster_readiness" "lab" {
  cluster    = omni_cluster.lab.name
  depends_on = [omni_machine_set.control_plane]
}
"#;

#[test]
fn an_interrupt_while_waiting_names_what_is_missing_and_loses_nothing() {
    let Some(lab) = Lab::new("an_interrupt_while_waiting_names_what_is_missing_and_loses_nothing")
    else {
        return;
    };
    lab.config(&format!("{CLUSTER}{HOPELESS}"));
    let said = lab.interrupted(&["apply", "-auto-approve", "-input=false"], |lab| {
        // The set exists on the plane: Terraform is waiting now, or about to.
        lab.omni(async |client| {
            wait::appeared::<kind::MachineSetStatus>(client, "lab-control-planes")
                .await
                .map(drop)
                .expect("there");
        });
    });
    assert!(said.contains("nterrupt"), "{said}");
    let planned = lab.planned();
    assert_eq!(
        planned,
        ["omni_cluster_readiness.lab: create"],
        "everything that was made is known"
    );
    lab.destroy();
    assert_eq!(lab.listed("cluster"), Vec::<Json>::new());
}

#[test]
fn a_plane_that_was_stopped_comes_back_with_everything_that_it_knew() {
    let Some(lab) = Lab::new("a_plane_that_was_stopped_comes_back_with_everything_that_it_knew")
    else {
        return;
    };
    lab.config(CLUSTER);
    lab.apply();
    lab.provider(&["plane", "stop", "--path", ".omni"]);
    // The next command starts it again, with everything that it knew.
    lab.plan_is_empty();
    assert_eq!(lab.listed("cluster").len(), 1);
}

#[test]
fn a_second_control_plane_is_refused_by_its_id() {
    let Some(lab) = Lab::new("a_second_control_plane_is_refused_by_its_id") else {
        return;
    };
    let set = |name: &str| {
        format!(
            "\nresource \"omni_machine_set\" \"{name}\" {{\n  cluster = omni_cluster.lab.name\n  role = \"controlplane\"\n}}\n"
        )
    };
    lab.config(&format!("{CLUSTER}{}{}", set("one"), set("two")));
    let said = lab.apply_fails();
    assert!(
        said.contains("Exists already") && said.contains("lab-control-planes"),
        "{said}"
    );
    lab.config(&format!(
        "{CLUSTER}{}",
        set("one").replace("role", "name = \"mine\"\n  role")
    ));
    let said = lab.plan_fails();
    assert!(
        said.contains("A control plane has no name of its own"),
        "{said}"
    );
}

#[test]
fn patches_whose_ids_collide_are_told_from_one_that_exists() {
    let Some(lab) = Lab::new("patches_whose_ids_collide_are_told_from_one_that_exists") else {
        return;
    };
    let cluster = |name: &str| {
        format!(
            "\nresource \"omni_cluster\" \"{}\" {{\n  name = \"{name}\"\n  kubernetes_version = \"1.35.5\"\n  talos_version = \"1.13.7\"\n}}\n",
            name.replace('-', "_")
        )
    };
    let patch = |label: &str, cluster: &str, name: &str| {
        format!(
            "\nresource \"omni_config_patch\" \"{label}\" {{\n  name = \"{name}\"\n  cluster = omni_cluster.{}.name\n  data = \"machine: {{}}\"\n}}\n",
            cluster.replace('-', "_")
        )
    };
    lab.config(&format!(
        "{}{}{}",
        cluster("a"),
        cluster("a-b"),
        patch("one", "a", "b-c")
    ));
    lab.apply();
    lab.config(&format!(
        "{}{}{}{}",
        cluster("a"),
        cluster("a-b"),
        patch("one", "a", "b-c"),
        patch("two", "a-b", "c")
    ));
    let said = lab.apply_fails();
    assert!(
        said.contains("Config patch ids collide") && said.contains("400-a-b-c"),
        "{said}"
    );
}

#[test]
fn no_secret_is_in_the_state_or_in_the_log() {
    let Some(mut lab) = Lab::new("no_secret_is_in_the_state_or_in_the_log") else {
        return;
    };
    lab.set("TF_LOG", "TRACE");
    lab.config(
        "ephemeral \"omni_service_account_key\" \"vms\" { name = \"infra-provider:vms\" }\n\nresource \"omni_infra_provider\" \"vms\" {\n  name = \
         \"vms\"\n  key_wo = ephemeral.omni_service_account_key.vms.key\n  key_wo_version = 1\n}\n",
    );
    let said = lab
        .run(&["apply", "-auto-approve", "-input=false"])
        .succeeds();
    let state = std::fs::read_to_string(lab.path().join("terraform.tfstate")).expect("a state");
    let key = std::fs::read_to_string(lab.path().join(".omni/key")).expect("the plane's key");
    for text in [&said, &state] {
        assert!(!text.contains("BEGIN PGP PRIVATE") && !text.contains(key.trim()));
        // The base64 of the head of every key text, `{"name":"infra-provider:`.
        assert!(
            !text.contains("eyJuYW1lIjoiaW5mcmEtcHJvdmlkZXI6"),
            "a key is in there"
        );
    }
    assert!(lab.state("omni_infra_provider.vms")["key"].is_null());
}

#[test]
fn started_by_a_person_the_binary_says_what_it_is() {
    let output = Command::new(env!("CARGO_BIN_EXE_terraform-provider-omni"))
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("a provider for Terraform and OpenTofu")
    );
}
