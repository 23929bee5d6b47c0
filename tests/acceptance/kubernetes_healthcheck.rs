//! `omni_kubernetes_healthcheck` under a real core.

use omni_api::{Resource, kind, labels};
use serde_json::json;

use crate::lab::Lab;

const CHECK: &str = r#"
resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}

resource "omni_kubernetes_healthcheck" "dns" {
  name     = "dns"
  cluster  = omni_cluster.lab.name
  interval = "60s"
  job      = <<EOT
apiVersion: batch/v1
kind: Job
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: check, image: busybox }]
EOT
}
"#;

fn lose(lab: &Lab) {
    lab.omni(async |client| {
        client
            .state()
            .teardown_and_destroy::<kind::KubernetesHealthCheck>("dns")
            .await
            .expect("destroyed");
    });
}

#[test]
fn kubernetes_healthcheck_full() {
    let Some(lab) = Lab::new("kubernetes_healthcheck_full") else {
        return;
    };
    lab.config(CHECK);
    lab.apply();
    let check = lab.listed("kuberneteshealthcheck")[0].clone();
    assert_eq!(check["metadata"]["id"], "dns", "the id is the name");
    assert_eq!(check["spec"]["interval"], "60s");
    assert_eq!(check["metadata"]["labels"][labels::CLUSTER], "lab");

    lab.config(&CHECK.replace("60s", "1m0s").replace(
        "apiVersion: batch/v1\nkind: Job",
        "kind: Job # why\napiVersion: batch/v1",
    ));
    lab.plan_is_empty();
    lab.config(
        &CHECK
            .replace("  interval = \"60s\"\n", "")
            .replace("busybox", "alpine"),
    );
    assert_eq!(lab.planned(), ["omni_kubernetes_healthcheck.dns: update"]);
    lab.apply();
    let check = lab.listed("kuberneteshealthcheck")[0].clone();
    assert_eq!(
        check["spec"]["interval"],
        json!(null),
        "the usual one again"
    );

    lab.reimport("omni_kubernetes_healthcheck.dns", "dns");
    lab.destroy();
    assert!(lab.listed("kuberneteshealthcheck").is_empty());
}

#[test]
fn kubernetes_healthcheck_disappears() {
    let Some(lab) = Lab::new("kubernetes_healthcheck_disappears") else {
        return;
    };
    lab.config(CHECK);
    lab.apply();
    lose(&lab);
    assert_eq!(lab.planned(), ["omni_kubernetes_healthcheck.dns: create"]);
    lab.apply();
    lose(&lab);
    lab.destroy();
}

#[test]
fn a_health_check_that_somebody_else_changed_is_seen_and_put_right() {
    let Some(lab) = Lab::new("a_health_check_that_somebody_else_changed_is_seen_and_put_right")
    else {
        return;
    };
    lab.config(CHECK);
    lab.apply();
    lab.omni(async |client| {
        let change = |check: &mut Resource<kind::KubernetesHealthCheck>| {
            check.spec.job = check.spec.job.replace("busybox", "theirs");
            check.spec.interval = None;
            check.metadata.annotations.remove("name");
        };
        client.state().modify("dns", change).await.expect("written");
    });
    assert_eq!(lab.planned(), ["omni_kubernetes_healthcheck.dns: update"]);
    lab.apply();
    let check = lab.listed("kuberneteshealthcheck")[0].clone();
    assert_eq!(check["spec"]["interval"], "60s");
}

/// Omni's ids are those of the account: with other providers the second cluster cannot have a check of the same name.
#[test]
fn two_clusters_may_have_a_check_of_the_same_name() {
    let Some(lab) = Lab::new("two_clusters_may_have_a_check_of_the_same_name") else {
        return;
    };
    let second = CHECK
        .replace("\"omni_cluster\" \"lab\"", "\"omni_cluster\" \"two\"")
        .replace(
            "\"omni_kubernetes_healthcheck\" \"dns\"",
            "\"omni_kubernetes_healthcheck\" \"two\"",
        )
        .replace("\"lab\"", "\"two\"")
        .replace("omni_cluster.lab", "omni_cluster.two");
    lab.config(&format!("{CHECK}{second}"));
    lab.apply();
    let mut ids: Vec<_> = ["dns", "two"]
        .map(|label| {
            let state = lab.state(&format!("omni_kubernetes_healthcheck.{label}"));
            assert_eq!(state["name"], "dns");
            state["id"].as_str().unwrap_or_default().to_owned()
        })
        .into();
    ids.sort();
    assert!(
        ids == ["cluster-lab-dns", "dns"] || ids == ["cluster-two-dns", "dns"],
        "{ids:?}"
    );
    let long = lab.state("omni_kubernetes_healthcheck.two");
    let (address, id) = if long["id"] == "dns" {
        ("omni_kubernetes_healthcheck.dns", "cluster-lab-dns")
    } else {
        ("omni_kubernetes_healthcheck.two", "cluster-two-dns")
    };
    lab.reimport(address, id);
    lab.destroy();
    assert!(lab.listed("kuberneteshealthcheck").is_empty());
}

#[test]
fn a_health_check_that_is_no_job_fails_at_plan() {
    let Some(lab) = Lab::new("a_health_check_that_is_no_job_fails_at_plan") else {
        return;
    };
    let fails = |config: String, why: &str| {
        lab.config(&config);
        let said = lab.plan_fails();
        assert!(said.contains(why), "{why}: {said}");
    };
    fails(
        CHECK.replace("kind: Job", "kind: Pod"),
        "`job` is a Pod of batch/v1; Omni runs a Job of batch/v1",
    );
    fails(
        CHECK.replace("Never", "Always"),
        "`restartPolicy` is \"Always\"",
    );
    fails(CHECK.replace("60s", "2s"), "The interval is too short");
    fails(
        CHECK.replace("60s", "soon"),
        "\"soon\" is not a length of time",
    );
    fails(
        CHECK.replace("\"dns\"\n", "\"DNS\"\n"),
        "Invalid name of a health check",
    );
}

#[test]
fn a_health_check_that_exists_already_is_an_error_with_the_import_block() {
    let Some(lab) =
        Lab::new("a_health_check_that_exists_already_is_an_error_with_the_import_block")
    else {
        return;
    };
    lab.config(CHECK);
    lab.apply();
    lab.run(&["state", "rm", "omni_kubernetes_healthcheck.dns"])
        .succeeds();
    let said = lab.apply_fails();
    assert!(
        said.contains("Exists already")
            && said.contains("to = omni_kubernetes_healthcheck.example"),
        "{said}"
    );
}
