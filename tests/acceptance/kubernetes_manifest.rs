//! `omni_kubernetes_manifest` under a real core.

use omni_api::specs::kubernetes_manifest_group_spec::Mode;
use omni_api::{Resource, kind, labels};
use serde_json::json;

use crate::lab::Lab;

const CLUSTER: &str = r#"
resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}
"#;

const SPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: team";

fn manifest(mode: &str, data: &str) -> String {
    format!(
        "{CLUSTER}\nresource \"omni_kubernetes_manifest\" \"team\" {{\n  name    = \"team\"\n  cluster = omni_cluster.lab.name\n  mode    \
         = \"{mode}\"\n  data    = <<EOT\n{data}\nEOT\n}}\n"
    )
}

/// Removes the manifest behind the core's back.
fn lose(lab: &Lab) {
    lab.omni(async |client| {
        client
            .state()
            .teardown_and_destroy::<kind::KubernetesManifestGroup>("400-lab-team")
            .await
            .expect("destroyed");
    });
}

#[test]
fn kubernetes_manifest_full() {
    let Some(lab) = Lab::new("kubernetes_manifest_full") else {
        return;
    };
    lab.config(&manifest("full", SPACE));
    lab.apply();
    assert_eq!(lab.state("omni_kubernetes_manifest.team")["weight"], 400);
    let group = lab.listed("kubernetesmanifestgroup")[0].clone();
    assert_eq!(group["metadata"]["id"], "400-lab-team");
    assert_eq!(group["spec"]["mode"], "FULL");
    assert_eq!(group["metadata"]["labels"][labels::CLUSTER], "lab");
    let notes = &group["metadata"]["annotations"];
    assert_eq!(
        (&notes["name"], &notes[labels::MANAGED_BY_GITOPS_TOOLS]),
        (&json!("team"), &json!("Terraform"))
    );

    // Another spelling is no change, other contents and another mode are one in place.
    lab.config(&manifest(
        "full",
        "# why\nkind: Namespace\napiVersion: v1\nmetadata: {name: team}",
    ));
    lab.plan_is_empty();
    lab.config(&manifest("one-time", &SPACE.replace("team", "crew")));
    assert_eq!(lab.planned(), ["omni_kubernetes_manifest.team: update"]);
    lab.apply();
    let group = lab.listed("kubernetesmanifestgroup")[0].clone();
    assert_eq!(group["spec"]["mode"], "ONE_TIME");

    lab.reimport("omni_kubernetes_manifest.team", "400-lab-team");
    lab.destroy();
    assert!(lab.listed("kubernetesmanifestgroup").is_empty());
}

#[test]
fn kubernetes_manifest_disappears() {
    let Some(lab) = Lab::new("kubernetes_manifest_disappears") else {
        return;
    };
    lab.config(&manifest("full", SPACE));
    lab.apply();
    lose(&lab);
    assert_eq!(lab.planned(), ["omni_kubernetes_manifest.team: create"]);
    lab.apply();
    lose(&lab);
    lab.destroy();
}

#[test]
fn a_manifest_that_somebody_else_changed_is_seen_and_put_right() {
    let Some(lab) = Lab::new("a_manifest_that_somebody_else_changed_is_seen_and_put_right") else {
        return;
    };
    lab.config(&manifest("full", SPACE));
    lab.apply();
    lab.omni(async |client| {
        let change = |group: &mut Resource<kind::KubernetesManifestGroup>| {
            group.spec.set_mode(Mode::OneTime);
            group.spec.data = SPACE.replace("team", "theirs");
            group.metadata.annotations.remove("name");
            group.metadata.labels.insert("theirs".into(), "1".into());
        };
        client
            .state()
            .modify("400-lab-team", change)
            .await
            .expect("written");
    });
    assert_eq!(lab.planned(), ["omni_kubernetes_manifest.team: update"]);
    lab.apply();
    let group = lab.listed("kubernetesmanifestgroup")[0].clone();
    assert_eq!(
        group["metadata"]["labels"],
        json!({ labels::CLUSTER: "lab", "theirs": "1" })
    );
    assert_eq!(group["metadata"]["annotations"]["name"], "team");
}

#[test]
fn a_manifest_that_is_no_object_fails_at_plan() {
    let Some(lab) = Lab::new("a_manifest_that_is_no_object_fails_at_plan") else {
        return;
    };
    let fails = |config: String, why: &str| {
        lab.config(&config);
        let said = lab.plan_fails();
        assert!(said.contains(why), "{why}: {said}");
    };
    fails(manifest("always", SPACE), "Unknown mode");
    fails(manifest("full", "a: ["), "It is not valid YAML");
    fails(manifest("full", ""), "No manifests");
    fails(
        manifest(
            "full",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}",
        ),
        "it has no `metadata.namespace`, and a ConfigMap lives in one",
    );
    fails(
        manifest("full", &format!("{SPACE}\n---\n{SPACE}")),
        "Namespace/team is in document 1 and in document 2",
    );
    fails(
        manifest("full", SPACE).replace("  mode ", "  weight  = 1000\n  mode "),
        "Weight too high",
    );
}

#[test]
fn manifests_whose_ids_collide_are_told_from_one_that_exists() {
    let Some(lab) = Lab::new("manifests_whose_ids_collide_are_told_from_one_that_exists") else {
        return;
    };
    let one = |label: &str, cluster: &str, name: &str| {
        format!(
            "\nresource \"omni_kubernetes_manifest\" \"{label}\" {{\n  name = \"{name}\"\n  cluster = \"{cluster}\"\n  mode = \"full\"\n  \
             data = <<EOT\n{SPACE}\nEOT\n}}\n"
        )
    };
    lab.config(&one("one", "a", "b-c"));
    lab.apply();
    lab.config(&format!(
        "{}{}",
        one("one", "a", "b-c"),
        one("two", "a-b", "c")
    ));
    let said = lab.apply_fails();
    assert!(
        said.contains("Manifest ids collide") && said.contains("400-a-b-c"),
        "{said}"
    );
    lab.config(&one("one", "a", "b-c"));
    lab.run(&["state", "rm", "omni_kubernetes_manifest.one"])
        .succeeds();
    let said = lab.apply_fails();
    assert!(
        said.contains("Exists already") && said.contains("to = omni_kubernetes_manifest.example"),
        "{said}"
    );
}
