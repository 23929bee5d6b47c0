//! What is wrong with a health check before it is written: pure checks of the configuration.

use std::time::Duration;

use serde_json::Value;
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::KubernetesHealthcheck;
use crate::objects::shared::server::Lack;

/// The shortest interval that Omni accepts.
const SHORTEST: Duration = Duration::from_secs(5);
/// Omni's job is called this and the id of the check.
const RUNNER: &str = "omni-healthcheck-";
/// The longest name of an object in Kubernetes.
const LONGEST: usize = 253;

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &KubernetesHealthcheck, diagnostics: &mut Diagnostics) {
    if let Some(name) = config.name.as_str()
        && !makes_a_name(name)
    {
        diagnostics.push(
            Diagnostic::error("Invalid name of a health check")
                .detail(format!("Omni calls its job {:?}, which is no name for an object of Kubernetes.", format!("{RUNNER}{name}")))
                .remedy("Use lower-case letters, digits, dashes and dots only; begin and end each part with a letter or digit.")
                .at_attribute("name"),
        );
    }
    if let Attr::Known(interval) = &config.interval
        && !interval.get().is_zero()
        && interval.get() < SHORTEST
    {
        diagnostics.push(
            Diagnostic::error("The interval is too short")
                .detail(format!(
                    "Omni waits at least 5 seconds between two attempts, not {interval:?}.",
                    interval = interval.get()
                ))
                .remedy(
                    "Set `interval` to \"5s\" or more, or leave it out for the usual 30 seconds.",
                )
                .at_attribute("interval"),
        );
    }
    if let Attr::Known(job) = &config.job {
        diagnostics.extend(contents(job.documents()));
    }
}

/// The server runs no health checks of users.
pub fn not_here(lack: &Lack) -> Diagnostic {
    let why = "runs no health checks of users: its upgrades wait for the health of the cluster's own components only.";
    lack.of("health check", why, Path::of("job")).remedy(
        "Update Omni, or remove the object and run the check after the upgrade, behind an omni_cluster_readiness of the cluster.",
    )
}

/// Whether Omni can name its job after the check: a DNS subdomain.
fn makes_a_name(name: &str) -> bool {
    let part = |part: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !part.is_empty() && part.chars().all(inner) && !part.ends_with('-')
    };
    let mut parts = name.split('.');
    let first = parts.next().is_some_and(part);
    let others = parts.all(|one| part(one) && !one.starts_with('-'));
    first && others && RUNNER.len() + name.len() <= LONGEST
}

fn contents(documents: &[Value]) -> Option<Diagnostic> {
    let wrong = |why: String| {
        Diagnostic::error("The health check is no Job")
            .detail(why)
            .remedy("Write one document with `apiVersion: batch/v1`, `kind: Job`, and the containers to run in `spec.template.spec`.")
            .at_attribute("job")
    };
    let [job] = documents else {
        let count = documents.len();
        return Some(wrong(format!(
            "`job` has {count} YAML documents; Omni runs one."
        )));
    };
    let text = |pointer: &str| job.pointer(pointer).and_then(Value::as_str);
    if text("/kind") != Some("Job") || text("/apiVersion") != Some("batch/v1") {
        let (kind, version) = (
            text("/kind").unwrap_or("?"),
            text("/apiVersion").unwrap_or("?"),
        );
        return Some(wrong(format!(
            "`job` is a {kind} of {version}; Omni runs a Job of batch/v1."
        )));
    }
    pod(job).map(wrong)
}

/// What is wrong with the pod of a Job.
fn pod(job: &Value) -> Option<String> {
    let Some(pod) = job.pointer("/spec/template/spec") else {
        return Some("`job` has no `spec.template.spec`: there is nothing to run.".to_owned());
    };
    let containers = pod.get("containers").and_then(Value::as_array);
    let Some(containers) = containers.filter(|containers| !containers.is_empty()) else {
        return Some(
            "`spec.template.spec` has no `containers`: there is nothing to run.".to_owned(),
        );
    };
    for field in ["name", "image"] {
        let has = |container: &Value| container.get(field).is_some_and(Value::is_string);
        if let Some(place) = containers.iter().position(|container| !has(container)) {
            return Some(format!("`containers[{place}]` has no `{field}`."));
        }
    }
    match pod.get("restartPolicy").and_then(Value::as_str) {
        Some("Never" | "OnFailure") => None,
        Some(other) => Some(format!(
            "`restartPolicy` is {other:?}; that of a Job is \"Never\" or \"OnFailure\"."
        )),
        None => Some("`spec.template.spec` has no `restartPolicy`; that of a Job is \"Never\" or \"OnFailure\".".to_owned()),
    }
}

/// The check of this name is another cluster's: what a reviewer should know about the id.
pub fn long_form(name: &str, other_cluster: &str, id: &str) -> Diagnostic {
    Diagnostic::warning("The name of the health check is taken")
        .detail(format!(
            "Omni knows health checks by an id that is unique in the account, and {name:?} is one of the cluster {other_cluster:?} \
             already. This one gets the id {id:?}; its name stays."
        ))
        .at_attribute("name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::shared::testing::summaries;
    use crate::values::Yaml;
    use tfplugin::Text as _;

    const JOB: &str = "apiVersion: batch/v1\nkind: Job\nspec:\n  template:\n    spec:\n      restartPolicy: Never\n      \
                       containers: [{name: check, image: busybox}]\n";

    fn check(job: &str) -> KubernetesHealthcheck {
        KubernetesHealthcheck {
            name: "dns-ready".into(),
            cluster: "prod".into(),
            job: Attr::Known(Yaml::parse(job).expect("YAML")),
            ..Default::default()
        }
    }

    fn problems(config: &KubernetesHealthcheck) -> Vec<String> {
        summaries(|found| configuration(config, found))
    }

    #[test]
    fn an_ordinary_job_is_fine_and_an_unknown_one_is_not_judged() {
        assert!(problems(&check(JOB)).is_empty());
        assert!(
            problems(&KubernetesHealthcheck {
                job: Attr::Unknown,
                interval: Attr::Unknown,
                ..check(JOB)
            })
            .is_empty()
        );
    }

    #[test]
    fn what_is_no_job_is_refused() {
        let wrong = [
            JOB.replace("kind: Job", "kind: CronJob"),
            JOB.replace("batch/v1", "batch/v1beta1"),
            JOB.replace("Never", "Always"),
            JOB.replace("restartPolicy: Never", "hostNetwork: true"),
            JOB.replace(", image: busybox", ""),
            JOB.replace("[{name: check, image: busybox}]", "[]"),
            "apiVersion: batch/v1\nkind: Job\n".to_owned(),
            format!("{JOB}---\n{JOB}"),
            "just text".to_owned(),
            String::new(),
        ];
        for job in wrong {
            assert_eq!(
                problems(&check(&job)),
                ["The health check is no Job"],
                "{job}"
            );
        }
    }

    #[test]
    fn a_name_must_name_a_job() {
        for name in ["DNS", "a_b", "a..b", "a-", "", "a.-b", &"a".repeat(250)] {
            let config = KubernetesHealthcheck {
                name: name.into(),
                ..check(JOB)
            };
            assert_eq!(
                problems(&config),
                ["Invalid name of a health check"],
                "{name}"
            );
        }
        for name in ["a", "a.b", "-a"] {
            let config = KubernetesHealthcheck {
                name: name.into(),
                ..check(JOB)
            };
            assert!(problems(&config).is_empty(), "{name}");
        }
    }

    #[test]
    fn an_interval_is_five_seconds_at_least_or_the_usual_one() {
        let with = |interval: &str| {
            problems(&KubernetesHealthcheck {
                interval: Attr::Known(interval.parse().expect("a duration")),
                ..check(JOB)
            })
        };
        assert_eq!(with("4s"), ["The interval is too short"]);
        assert!(with("5s").is_empty() && with("0s").is_empty());
    }
}
