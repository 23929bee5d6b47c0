//! `omni_machine_extensions` under a real core.

use omni_api::{Resource, kind};
use serde_json::{Value as Json, json};
use terraform_provider_omni::readiness::wait;

use crate::lab::Lab;

/// A cluster of one control plane and one worker, and the wait for it.
const CLUSTER: &str = r#"
resource "omni_machine_class" "metal" {
  name         = "metal"
  match_labels = ["rack in (r1, r2)"]
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
  triggers   = { extensions = join(",", omni_machine_extensions.lab.extensions) }
  depends_on = [omni_machine_set.control_plane, omni_machine_set.workers]
}
"#;

/// A cluster without machines.
const EMPTY: &str = r#"
resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}
"#;

/// Extensions of the whole cluster.
fn extensions(names: &str) -> String {
    format!(
        "\nresource \"omni_machine_extensions\" \"lab\" {{\n  cluster    = omni_cluster.lab.name\n  extensions = [{names}]\n}}\n"
    )
}

/// Extensions with a selector.
fn selected(selector: &str, names: &str) -> String {
    format!(
        "\nresource \"omni_machine_extensions\" \"narrow\" {{\n  cluster    = omni_cluster.lab.name\n  selector   = {{ {selector} }}\n  \
         extensions = [{names}]\n}}\n"
    )
}

/// What the machines of the cluster run.
fn running(lab: &Lab) -> Vec<Json> {
    let machines = lab.listed("machinestatus");
    let members = machines
        .iter()
        .filter(|machine| machine["spec"]["cluster"] == "lab");
    members
        .map(|machine| machine["spec"]["schematic"]["extensions"].clone())
        .collect()
}

#[test]
fn extensions_are_created_changed_imported_and_destroyed() {
    let Some(lab) = Lab::new("extensions_are_created_changed_imported_and_destroyed") else {
        return;
    };
    let wanted = "\"iscsi-tools\", \"siderolabs/gvisor\"";
    lab.config(&format!("{CLUSTER}{}", extensions(wanted)));
    lab.apply();
    let state = lab.state("omni_machine_extensions.lab");
    assert_eq!(state["id"], "schematic-lab");
    assert_eq!(
        state["extensions"],
        json!(["iscsi-tools", "siderolabs/gvisor"]),
        "the user's spelling stays"
    );
    let listed = &lab.listed("extensionsconfiguration")[0];
    let whole = json!(["siderolabs/gvisor", "siderolabs/iscsi-tools"]);
    assert_eq!(listed["spec"]["extensions"], whole);
    assert_eq!(
        listed["metadata"]["annotations"]["omni.sidero.dev/managed-by-gitops-tools"],
        "Terraform"
    );
    assert_eq!(running(&lab), [whole.clone(), whole]);

    // Another spelling of the same extensions is no change.
    lab.config(&format!(
        "{CLUSTER}{}",
        extensions("\"gvisor\", \"siderolabs/iscsi-tools\"")
    ));
    let planned = lab.planned();
    assert!(
        !planned
            .iter()
            .any(|change| change.contains("machine_extensions")),
        "{planned:?}"
    );

    // A change is made in place, and the readiness waits until every machine has booted its new image.
    lab.config(&format!("{CLUSTER}{}", extensions("\"siderolabs/zfs\"")));
    assert_eq!(
        lab.planned(),
        [
            "omni_cluster_readiness.lab: update",
            "omni_machine_extensions.lab: update"
        ]
    );
    lab.apply();
    let zfs = json!(["siderolabs/zfs"]);
    assert_eq!(running(&lab), [zfs.clone(), zfs]);

    lab.reimport("omni_machine_extensions.lab", "schematic-lab");
    lab.destroy();
    assert_eq!(lab.listed("extensionsconfiguration"), Vec::<Json>::new());
}

#[test]
fn extensions_that_disappear_are_planned_anew() {
    let Some(lab) = Lab::new("extensions_that_disappear_are_planned_anew") else {
        return;
    };
    lab.config(&format!("{EMPTY}{}", extensions("\"gvisor\"")));
    lab.apply();
    lab.omni(async |client| {
        let state = client.state();
        let torn = state.teardown::<kind::ExtensionsConfiguration>("schematic-lab");
        torn.await.expect("torn down");
        wait::released::<kind::ExtensionsConfiguration>(client, "schematic-lab")
            .await
            .expect("released");
    });
    assert_eq!(lab.planned(), ["omni_machine_extensions.lab: create"]);
    lab.apply();
}

#[test]
fn extensions_changed_behind_terraforms_back_are_put_back() {
    let Some(lab) = Lab::new("extensions_changed_behind_terraforms_back_are_put_back") else {
        return;
    };
    lab.config(&format!("{EMPTY}{}", extensions("\"gvisor\"")));
    lab.apply();
    lab.omni(async |client| {
        let change = |theirs: &mut Resource<kind::ExtensionsConfiguration>| {
            theirs.spec.extensions.push("siderolabs/zfs".into());
            theirs.metadata.labels.insert("theirs".into(), "1".into());
        };
        client
            .state()
            .modify("schematic-lab", change)
            .await
            .expect("written");
    });
    assert_eq!(lab.planned(), ["omni_machine_extensions.lab: update"]);
    lab.apply();
    let listed = &lab.listed("extensionsconfiguration")[0];
    assert_eq!(listed["spec"]["extensions"], json!(["siderolabs/gvisor"]));
    assert_eq!(listed["metadata"]["labels"]["theirs"], "1");
}

#[test]
fn an_extension_that_does_not_exist_names_the_nearest_ones() {
    let Some(lab) = Lab::new("an_extension_that_does_not_exist_names_the_nearest_ones") else {
        return;
    };
    // The cluster does not exist yet: the name is checked just before it would be written.
    lab.config(&format!("{EMPTY}{}", extensions("\"iscsi-tool\"")));
    let said = lab.apply_fails();
    assert!(
        said.contains("No such extension")
            && said.contains("The nearest are \"siderolabs/iscsi-tools\""),
        "{said}"
    );
    // Now it does, and the plan says so.
    let said = lab.plan_fails();
    assert!(
        said.contains("no extension \"siderolabs/iscsi-tool\" for Talos 1.13.7"),
        "{said}"
    );
    lab.config(&format!("{EMPTY}{}", extensions("\"iscsi tools\"")));
    let said = lab.plan_fails();
    assert!(said.contains("is not the name of an extension"), "{said}");
    lab.config(&format!(
        "{EMPTY}{}",
        extensions("\"gvisor\", \"siderolabs/gvisor\"")
    ));
    let said = lab.plan_fails();
    assert!(said.contains("Extension listed twice"), "{said}");
}

#[test]
fn selectors_that_mean_nothing_are_refused_at_plan() {
    let Some(lab) = Lab::new("selectors_that_mean_nothing_are_refused_at_plan") else {
        return;
    };
    for (selector, problem) in [
        (
            "machine_set = \"lab-workers\", cluster_machine = \"10001802-c798-4da7-a410-f09abb48c8d8\"",
            "Two targets",
        ),
        ("", "Empty selector"),
        ("cluster_machine = \"worker-1\"", "is not a machine id"),
    ] {
        lab.config(&format!("{EMPTY}{}", selected(selector, "\"gvisor\"")));
        let said = lab.plan_fails();
        assert!(said.contains(problem), "{selector}: {said}");
    }
    // The name of a machine set is not its id.
    let literal = selected("machine_set = \"workers\"", "\"gvisor\"")
        .replace("omni_cluster.lab.name", "\"lab\"");
    lab.config(&format!("{EMPTY}{literal}"));
    let said = lab.plan_fails();
    assert!(said.contains("Not an id of a machine set"), "{said}");
}

#[test]
fn extensions_of_others_are_not_adopted() {
    let Some(lab) = Lab::new("extensions_of_others_are_not_adopted") else {
        return;
    };
    lab.config(&format!("{EMPTY}{}", extensions("\"gvisor\"")));
    lab.apply();
    lab.run(&["state", "rm", "omni_machine_extensions.lab"])
        .succeeds();
    let said = lab.apply_fails();
    assert!(
        said.contains("Exists already")
            && said
                .contains("import { to = omni_machine_extensions.example id = \"schematic-lab\" }"),
        "{said}"
    );
    lab.run(&[
        "import",
        "-input=false",
        "omni_machine_extensions.lab",
        "schematic-lab",
    ])
    .succeeds();
    // A cluster called as the machine set of another one.
    let other = EMPTY
        .replace("omni_cluster\" \"lab\"", "omni_cluster\" \"other\"")
        .replace("\"lab\"", "\"lab-workers\"");
    let theirs = "\nresource \"omni_machine_extensions\" \"other\" {\n  cluster = omni_cluster.other.name\n  extensions = []\n}\n";
    lab.config(&format!(
        "{EMPTY}{}{other}{theirs}",
        extensions("\"gvisor\"")
    ));
    lab.apply();
    let narrow = selected("machine_set = \"lab-workers\"", "\"gvisor\"");
    lab.config(&format!(
        "{EMPTY}{}{other}{theirs}{narrow}",
        extensions("\"gvisor\"")
    ));
    let said = lab.apply_fails();
    assert!(said.contains("Ids of extensions collide"), "{said}");
}
