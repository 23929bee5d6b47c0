//! `omni_cluster` under a real core.

use omni_api::{Resource, kind};
use serde_json::json;
use terraform_provider_omni::readiness::wait;

use crate::lab::Lab;

const CLUSTER: &str = r#"
resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "v1.13.7"
  features           = { enable_workload_proxy = true }
  labels             = { stage = "test" }
}
"#;

#[test]
fn a_cluster_is_created_changed_imported_and_destroyed() {
    let Some(lab) = Lab::new("a_cluster_is_created_changed_imported_and_destroyed") else {
        return;
    };
    lab.config(CLUSTER);
    lab.apply();
    assert_eq!(
        lab.state("omni_cluster.lab")["talos_version"],
        "v1.13.7",
        "the user's spelling stays"
    );
    let listed = lab.listed("cluster");
    assert_eq!(listed[0]["spec"]["talos_version"], "1.13.7");
    assert_eq!(
        listed[0]["metadata"]["annotations"]["omni.sidero.dev/managed-by-gitops-tools"],
        "Terraform"
    );

    lab.config(
        &CLUSTER
            .replace("\"test\"", "\"prod\"")
            .replace("features", "backup_interval = \"60m\"\n  features"),
    );
    assert_eq!(lab.planned(), ["omni_cluster.lab: update"]);
    lab.apply();
    assert_eq!(
        lab.listed("cluster")[0]["spec"]["backup_configuration"],
        json!({ "enabled": true, "interval": "3600s" })
    );

    lab.reimport("omni_cluster.lab", "lab");
    lab.destroy();
    assert_eq!(lab.listed("cluster"), Vec::<serde_json::Value>::new());
}

#[test]
fn a_cluster_that_disappears_is_planned_anew() {
    let Some(lab) = Lab::new("a_cluster_that_disappears_is_planned_anew") else {
        return;
    };
    lab.config(CLUSTER);
    lab.apply();
    lab.omni(async |client| {
        client
            .state()
            .teardown::<kind::Cluster>("lab")
            .await
            .expect("torn down");
        wait::released::<kind::Cluster>(client, "lab")
            .await
            .expect("released");
        client
            .state()
            .destroy::<kind::Cluster>("lab")
            .await
            .expect("destroyed");
    });
    assert_eq!(lab.planned(), ["omni_cluster.lab: create"]);
    lab.apply();
}

#[test]
fn a_change_behind_terraforms_back_is_seen_and_undone() {
    let Some(lab) = Lab::new("a_change_behind_terraforms_back_is_seen_and_undone") else {
        return;
    };
    lab.config(CLUSTER);
    lab.apply();
    lab.omni(async |client| {
        let relabel = |cluster: &mut Resource<kind::Cluster>| {
            cluster
                .metadata
                .labels
                .insert("stage".into(), "other".into());
            cluster.metadata.labels.insert("theirs".into(), "1".into());
        };
        client
            .state()
            .modify("lab", relabel)
            .await
            .expect("written");
    });
    assert_eq!(lab.planned(), ["omni_cluster.lab: update"]);
    lab.apply();
    let labels = lab.listed("cluster")[0]["metadata"]["labels"].clone();
    assert_eq!(
        labels,
        json!({ "stage": "test", "theirs": "1" }),
        "ours is back, theirs stays"
    );
}

#[test]
fn wrong_versions_fail_at_plan_with_the_allowed_ones() {
    let Some(lab) = Lab::new("wrong_versions_fail_at_plan_with_the_allowed_ones") else {
        return;
    };
    lab.config(&CLUSTER.replace("v1.13.7", "1.13.99"));
    let said = lab.plan_fails();
    assert!(
        said.contains("Talos version does not exist") && said.contains("1.13.8"),
        "{said}"
    );
    lab.config(&CLUSTER.replace("1.35.5", "1.28.0"));
    let said = lab.plan_fails();
    assert!(
        said.contains("Talos v1.13.7 cannot run Kubernetes 1.28.0"),
        "{said}"
    );
    lab.config(&CLUSTER.replace("1.35.5", "latest"));
    let said = lab.plan_fails();
    assert!(said.contains("\"latest\" is not a version"), "{said}");
}

#[test]
fn a_cluster_that_exists_already_is_an_error_with_the_import_block() {
    let Some(lab) = Lab::new("a_cluster_that_exists_already_is_an_error_with_the_import_block")
    else {
        return;
    };
    lab.config(CLUSTER);
    lab.apply();
    lab.run(&["state", "rm", "omni_cluster.lab"]).succeeds();
    let said = lab.apply_fails();
    assert!(
        said.contains("Exists already")
            && said.contains("import { to = omni_cluster.example id = \"lab\" }"),
        "{said}"
    );
}

#[test]
fn any_spelling_of_a_version_or_duration_makes_no_plan() {
    let Some(lab) = Lab::new("any_spelling_of_a_version_or_duration_makes_no_plan") else {
        return;
    };
    let with = |interval: &str| {
        CLUSTER.replace(
            "features",
            &format!("backup_interval = \"{interval}\"\n  features"),
        )
    };
    lab.config(&with("1h0m0s"));
    lab.apply();
    lab.config(
        &with("60m")
            .replace("v1.13.7", "1.13.7")
            .replace("1.35.5", "v1.35.5"),
    );
    lab.plan_is_empty();
}

#[test]
fn an_empty_interval_switches_backups_off_as_zero_does() {
    let Some(lab) = Lab::new("an_empty_interval_switches_backups_off_as_zero_does") else {
        return;
    };
    let with = |interval: &str| {
        CLUSTER.replace(
            "features",
            &format!("backup_interval = \"{interval}\"\n  features"),
        )
    };
    lab.config(&with("1h"));
    lab.apply();
    lab.config(&with(""));
    assert_eq!(lab.planned(), ["omni_cluster.lab: update"]);
    lab.apply();
    assert!(lab.listed("cluster")[0]["spec"]["backup_configuration"].is_null());
    lab.config(&with("0s"));
    lab.plan_is_empty();
    lab.config(&with(" "));
    let said = lab.plan_fails();
    assert!(said.contains("is not a length of time"), "{said}");
}
