//! Every object on every release of Omni that people run: it works, or the plan says what to do on that release.
//!
//! One table of objects by releases. What works on a release is applied there in one configuration, with an empty plan afterwards; each of the others
//! is planned on top of that and must be refused with its sentence, at its attribute, before anything is written.

use serde_json::Value as Json;

use crate::bucket::{self, Bucket};
use crate::lab::Lab;

/// Releases, in the order of the columns.
const RELEASES: [&str; 4] = ["1.8", "1.9", "1.10", "next"];

/// What a release does with an object: nothing is said where it works.
const WORKS: Option<&[&str]> = None;

/// An object and what becomes of it.
struct Row {
    object: &'static str,
    config: &'static str,
    /// By release: the texts of the refusal.
    outcomes: [Option<&'static [&'static str]>; 4],
}

const MACHINE: &str = "00000000-0000-4000-a000-000000000003";

/// The install disk as an object, where the machine's configuration has it.
const NO_DISKS: Option<&[&str]> = Some(&[
    "Install disk not supported by this Omni",
    "omni_config_patch",
    "selector = { machine = \"00000000-0000-4000-a000-000000000003\" }",
    "install = { disk = \"/dev/sda\" }",
]);

/// A patch of the install disk, where the disk is an object.
const NO_DISK_PATCHES: Option<&[&str]> = Some(&[
    "Omni refuses the patch",
    "overriding \"machine.install.disk\" is not allowed in the config patch",
    "omni_machine_install_disk",
]);

const NO_CHECKS: Option<&[&str]> = Some(&[
    "Health check not supported by this Omni",
    "(v1.8.2)",
    "omni_cluster_readiness",
]);

const NO_EMBEDDED_CONFIG: Option<&[&str]> = Some(&[
    "`embedded_machine_config` not supported by this Omni",
    "omni_config_patch once they have joined",
]);

const NO_AUDITOR: Option<&[&str]> =
    Some(&["Role \"Auditor\" not supported by this Omni", "Use Reader"]);

const NO_SWITCH: Option<&[&str]> = Some(&[
    "`disable_public_discovery_service` not supported by this Omni",
    "use_embedded_discovery_service = true",
]);

/// The switch needs a cluster of Talos 1.14, which the plane does not offer: here the server has it, and refuses the version.
const SWITCH_OF_1_14: Option<&[&str]> = Some(&["Talos 1.14"]);

const ROWS: [Row; 21] = [
    Row {
        object: "omni_machine_class",
        config: r#"resource "omni_machine_class" "it" {
  name         = "metal"
  match_labels = ["rack in (r1, r2)"]
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_cluster",
        config: r#"resource "omni_cluster" "it" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
  features           = { use_embedded_discovery_service = true }
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_machine_set",
        config: r#"resource "omni_machine_set" "it" {
  cluster       = omni_cluster.it.name
  role          = "controlplane"
  machine_class = { name = omni_machine_class.it.name, size = 1 }
}
resource "omni_machine_set" "storage" {
  cluster = omni_cluster.it.name
  role    = "workers"
  name    = "storage"
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_machine_set_node",
        config: r#"resource "omni_machine_set_node" "it" {
  machine_id  = "00000000-0000-4000-a000-000000000004"
  machine_set = omni_machine_set.storage.id
  cluster     = omni_cluster.it.name
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_cluster_readiness",
        config: r#"resource "omni_cluster_readiness" "it" {
  cluster    = omni_cluster.it.name
  settle     = "200ms"
  depends_on = [omni_machine_set.it, omni_machine_set_node.it]
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_config_patch",
        config: r#"resource "omni_config_patch" "it" {
  name    = "sysctls"
  cluster = omni_cluster.it.name
  data    = yamlencode({ machine = { sysctls = { "net.ipv4.ip_forward" = "1" } } })
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_config_patch of the install disk",
        config: r#"resource "omni_config_patch" "disk" {
  name     = "install-disk"
  selector = { machine = "00000000-0000-4000-a000-000000000003" }
  data     = yamlencode({ machine = { install = { disk = "/dev/sda" } } })
}"#,
        outcomes: [WORKS, WORKS, WORKS, NO_DISK_PATCHES],
    },
    Row {
        object: "omni_machine_install_disk",
        config: r#"resource "omni_machine_install_disk" "it" {
  machine_id = "00000000-0000-4000-a000-000000000003"
  disk       = "/dev/sda"
}"#,
        outcomes: [NO_DISKS, NO_DISKS, NO_DISKS, WORKS],
    },
    Row {
        object: "omni_machine_extensions",
        config: r#"resource "omni_machine_extensions" "it" {
  cluster    = omni_cluster.it.name
  extensions = ["siderolabs/qemu-guest-agent"]
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_kubernetes_manifest",
        config: r#"resource "omni_kubernetes_manifest" "it" {
  name    = "ns"
  cluster = omni_cluster.it.name
  mode    = "full"
  data    = yamlencode({ apiVersion = "v1", kind = "Namespace", metadata = { name = "app" } })
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_kubernetes_healthcheck",
        config: r#"resource "omni_kubernetes_healthcheck" "it" {
  name    = "smoke"
  cluster = omni_cluster.it.name
  job = yamlencode({
    apiVersion = "batch/v1"
    kind       = "Job"
    metadata   = { name = "smoke", namespace = "default" }
    spec = { template = { spec = {
      restartPolicy = "Never"
      containers    = [{ name = "smoke", image = "busybox", command = ["true"] }]
    } } }
  })
}"#,
        outcomes: [NO_CHECKS, WORKS, WORKS, WORKS],
    },
    Row {
        object: "omni_etcd_backup_s3_config",
        config: r#"variable "secret" {
  default   = "secret"
  sensitive = true
}
resource "omni_etcd_backup_s3_config" "it" {
  bucket            = "etcd-backups"
  endpoint          = "https://s3.example.com"
  region            = "us-east-1"
  access_key_id     = "KEY"
  secret_access_key = var.secret
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_installation_media_preset",
        config: r#"resource "omni_installation_media_preset" "it" {
  name       = "metal"
  extensions = ["qemu-guest-agent"]
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_installation_media_preset with embedded_machine_config",
        config: r#"resource "omni_installation_media_preset" "embedded" {
  name                    = "embedded"
  embedded_machine_config = yamlencode({ machine = { sysctls = { a = "1" } } })
}"#,
        outcomes: [NO_EMBEDDED_CONFIG, WORKS, WORKS, WORKS],
    },
    Row {
        object: "data omni_installation_media",
        config: r#"data "omni_installation_media" "it" {
  preset = omni_installation_media_preset.it.name
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_user",
        config: r#"resource "omni_user" "it" {
  email = "ann@example.com"
  role  = "Operator"
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_user with the role Auditor",
        config: r#"resource "omni_user" "auditor" {
  email = "eve@example.com"
  role  = "Auditor"
}"#,
        outcomes: [NO_AUDITOR, NO_AUDITOR, WORKS, WORKS],
    },
    Row {
        object: "omni_service_account with the role Auditor",
        config: r#"resource "omni_service_account" "auditor" {
  name = "auditor"
  role = "Auditor"
}"#,
        outcomes: [NO_AUDITOR, NO_AUDITOR, WORKS, WORKS],
    },
    Row {
        object: "omni_infra_provider",
        config: r#"resource "omni_infra_provider" "it" {
  name = "cloud"
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "data omni_talos_versions, omni_kubernetes_versions, omni_machines",
        config: r#"data "omni_talos_versions" "it" {}
data "omni_kubernetes_versions" "it" {}
data "omni_machines" "it" {
  selector = "rack"
}"#,
        outcomes: [WORKS; 4],
    },
    Row {
        object: "omni_cluster with disable_public_discovery_service",
        config: r#"resource "omni_cluster" "quiet" {
  name               = "quiet"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
  features = {
    use_embedded_discovery_service   = true
    disable_public_discovery_service = true
  }
}"#,
        outcomes: [NO_SWITCH, NO_SWITCH, SWITCH_OF_1_14, SWITCH_OF_1_14],
    },
];

/// What a release does with all rows.
fn judge(column: usize) {
    let release = RELEASES[column];
    let test = format!("every_object_on_{}", release.replace('.', "_"));
    let Some(lab) = Lab::on(&test, release) else {
        return;
    };
    let bucket = Bucket::start();
    let config = |row: &Row| {
        row.config
            .replace("https://s3.example.com", &bucket.endpoint())
            .replace("\"KEY\"", &format!("{:?}", bucket::KEY_ID))
    };
    let (works, refused): (Vec<_>, Vec<_>) =
        ROWS.iter().partition(|row| row.outcomes[column].is_none());
    let base: Vec<String> = works.iter().map(|row| config(row)).collect();
    let base = base.join("\n");
    lab.config(&base);
    lab.apply();
    installed_by_patch(&lab, column);
    for row in refused {
        lab.config(&format!("{base}\n{}", config(row)));
        let said = if row.outcomes[column] == SWITCH_OF_1_14 {
            lab.apply_fails()
        } else {
            lab.plan_fails()
        };
        for text in row.outcomes[column].unwrap_or_default() {
            assert!(said.contains(text), "{} on {release}: {said}", row.object);
        }
    }
    lab.config(&base);
    lab.destroy();
}

/// A medium has an address of the factory on every release, and a machine is put on the disk that its patch names.
fn installed_by_patch(lab: &Lab, column: usize) {
    let medium = lab.state("data.omni_installation_media.it");
    let url = medium["url"].as_str().unwrap_or_default();
    assert!(
        url.starts_with("https://factory.talos.dev/image/") && url.ends_with("/metal-amd64.iso"),
        "{url}"
    );
    let told = ["1.13.8", "1.13.8", "1.13.8"].get(column);
    assert_eq!(medium["talos_version"].as_str(), told.copied());
    let version = &lab.listed("sysversion")[0]["spec"];
    let versions = ["v1.8.2", "v1.9.3", "v1.10.4", "v1.10.0-beta.0"];
    assert_eq!(version["backend_version"], versions[column]);
    let disks = lab.listed("machinestatus");
    let disk = disks
        .iter()
        .find(|machine| machine["metadata"]["id"] == MACHINE)
        .and_then(|machine| machine["spec"]["hardware"]["blockdevices"][0].as_object())
        .expect("a disk");
    assert_eq!(disk.contains_key("dev_path"), column == 3, "{disk:?}");
}

#[test]
fn every_object_works_on_omni_1_8_or_says_what_to_do() {
    judge(0);
}

#[test]
fn every_object_works_on_omni_1_9_or_says_what_to_do() {
    judge(1);
}

#[test]
fn every_object_works_on_omni_1_10_or_says_what_to_do() {
    judge(2);
}

#[test]
fn every_object_works_on_the_next_omni_or_says_what_to_do() {
    judge(3);
}

/// On servers of API 2 the way that the refusal shows leads to the disk that is meant.
#[test]
fn a_patch_of_the_install_disk_decides_where_talos_is_put_on_1_10() {
    let Some(lab) = Lab::on(
        "a_patch_of_the_install_disk_decides_where_talos_is_put",
        "1.10",
    ) else {
        return;
    };
    lab.config(&format!(
        r#"
resource "omni_config_patch" "install_disk" {{
  name     = "install-disk"
  selector = {{ machine = "{MACHINE}" }}
  data     = yamlencode({{ machine = {{ install = {{ disk = "/dev/sda" }} }} }})
}}

resource "omni_cluster" "lab" {{
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}}

resource "omni_machine_set" "control_plane" {{
  cluster = omni_cluster.lab.name
  role    = "controlplane"
}}

resource "omni_machine_set_node" "three" {{
  machine_id  = "{MACHINE}"
  machine_set = omni_machine_set.control_plane.id
  cluster     = omni_cluster.lab.name
  depends_on  = [omni_config_patch.install_disk]
}}

resource "omni_cluster_readiness" "lab" {{
  cluster    = omni_cluster.lab.name
  settle     = "200ms"
  depends_on = [omni_machine_set_node.three]
}}
"#
    ));
    lab.apply();
    let machines = lab.listed("machinestatus");
    let disks = machines
        .iter()
        .find(|machine| machine["metadata"]["id"] == MACHINE)
        .and_then(|machine| machine["spec"]["hardware"]["blockdevices"].as_array())
        .cloned()
        .unwrap_or_default();
    let system = disks.iter().find(|disk| disk["system_disk"] == true);
    assert_eq!(
        system.map_or(Json::Null, |disk| disk["linux_name"].clone()),
        "/dev/sda"
    );
}

#[test]
fn an_object_that_another_server_made_is_told_and_not_taken_for_gone() {
    let test = "an_object_that_another_server_made_is_told_and_not_taken_for_gone";
    let Some(lab) = Lab::on(test, "next") else {
        return;
    };
    let disk = format!(
        "resource \"omni_machine_install_disk\" \"it\" {{\n  machine_id = \"{MACHINE}\"\n  disk = \"/dev/sda\"\n}}\n"
    );
    lab.config(&disk);
    lab.apply();
    // The same folder, as the release before it.
    let older = crate::lab::EMBEDDED.replace("1000 }", "1000, omni = \"1.10\" }");
    lab.config_with(&older, &disk);
    let said = lab.plan_fails();
    assert!(
        said.contains("this Omni (v1.10.4) has no MachineInstallDiskConfigs"),
        "{said}"
    );
    // And back: nothing is lost.
    lab.config(&disk);
    lab.plan_is_empty();
}
