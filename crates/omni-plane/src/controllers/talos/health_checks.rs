//! The health checks of a cluster: jobs that must succeed before an upgrade goes on to the next machine.
//!
//! They run only while an upgrade is in progress, all machines are ready and none is changing. Each round starts its jobs anew. The
//! emulated Kubernetes runs no containers: a job takes its time and succeeds, unless its command is plainly one that fails (`false`,
//! or `sh -c` with `exit 1`).

use std::time::Duration;

use omni_api::kind::{KubernetesHealthCheck, KubernetesHealthCheckStatus};
use omni_api::specs::KubernetesHealthCheckStatusSpec;
use omni_api::specs::kubernetes_health_check_status_spec::State;
use omni_api::{Resource, labels};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::controllers::common::copy_labels;
use crate::engine::{Context, Error, Next};
use crate::machines::Workload;
use crate::machines::workload::Job;
use crate::store::Query;
use crate::{Moment, yaml};

/// What comes of the checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gate {
    /// The upgrade may go on.
    Open,
    /// It may not yet.
    Held {
        /// Why, as the step of the upgrade.
        reason: String,
        /// When to look again.
        again: Next,
    },
}

/// Where one check is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    state: State,
    detail: &'static str,
}

/// What a job is called begins with this.
const PREFIX: &str = "omni-healthcheck-";
/// Where a job runs that does not say.
const NAMESPACE: &str = "default";
/// How long Omni waits between two looks at a check that does not say.
const INTERVAL: Duration = Duration::from_secs(30);
/// How long a job runs.
const RUNS: Duration = Duration::from_secs(5);

const WAITING: &str = "waiting to complete";
const FAILED: &str = "BackoffLimitExceeded: Job has reached the specified backoff limit";

/// Takes a round of the checks a step further.
///
/// # Errors
/// Those of the context.
pub(super) fn run(cx: &Context<'_>, cluster: &str) -> Result<Gate, Error> {
    let checks = cx.list::<KubernetesHealthCheck>(&Query::cluster(cluster))?;
    if checks.is_empty() {
        stop_jobs(cx, cluster)?;
        return Ok(Gate::Open);
    }
    let there = cx.get::<Workload>(cluster)?;
    let mut jobs = there
        .map(|there| there.spec.jobs.clone())
        .unwrap_or_default();
    let (mut failures, mut again, mut runs) = (Vec::new(), None, false);
    for check in &checks {
        let outcome = look(check, &mut jobs, cx.now());
        report(cx, check, &outcome)?;
        if outcome.state == State::Passed {
            continue;
        }
        runs |= outcome.state == State::Running;
        failures.push(format!("{:?}: {}", check.id(), outcome.detail));
        let interval = interval(check);
        again = Some(again.map_or(interval, |shortest: Duration| shortest.min(interval)));
    }
    let Some(again) = again else {
        jobs.clear();
        put_jobs(cx, cluster, &jobs)?;
        return Ok(Gate::Open);
    };
    put_jobs(cx, cluster, &jobs)?;
    Ok(Gate::Held {
        reason: format!("waiting for healthchecks to pass: {}", failures.join("; ")),
        again: if runs {
            Next::After(again)
        } else {
            Next::Idle(again)
        },
    })
}

/// Takes away the statuses of checks that are gone, and, while nothing is gated, what looks as if it were still running.
///
/// # Errors
/// Those of the context.
pub(super) fn tidy(cx: &Context<'_>, cluster: &str, gated: bool) -> Result<(), Error> {
    let checks = cx.list::<KubernetesHealthCheck>(&Query::cluster(cluster))?;
    let mut stale = Vec::new();
    for status in cx.list::<KubernetesHealthCheckStatus>(&Query::cluster(cluster))? {
        if !checks.iter().any(|check| check.id() == status.id()) {
            cx.remove::<KubernetesHealthCheckStatus>(status.id())?;
        } else if status.spec.state() == State::Running {
            stale.push(status.id().to_owned());
        }
    }
    if gated || stale.is_empty() {
        return Ok(());
    }
    stop_jobs(cx, cluster)?;
    for id in stale {
        cx.put::<KubernetesHealthCheckStatus>(&id, |status| {
            status.spec.set_state(State::Unknown);
            status.spec.job_namespace.clear();
            status.spec.job_name.clear();
        })?;
    }
    Ok(())
}

/// Takes all statuses away; true when none is left.
///
/// # Errors
/// Those of the context.
pub(super) fn remove(cx: &Context<'_>, cluster: &str) -> Result<bool, Error> {
    let mut gone = true;
    for status in cx.list::<KubernetesHealthCheckStatus>(&Query::cluster(cluster))? {
        gone &= cx.remove::<KubernetesHealthCheckStatus>(status.id())?;
    }
    Ok(gone)
}

/// Starts the job of a check, or sees what became of it.
fn look(check: &Resource<KubernetesHealthCheck>, jobs: &mut Vec<Job>, now: Moment) -> Outcome {
    let running = Outcome {
        state: State::Running,
        detail: WAITING,
    };
    let name = format!("{PREFIX}{}", check.id());
    let sha256 = hex::encode(Sha256::digest(&check.spec.job));
    let Some(place) = jobs.iter().position(|job| job.name == name) else {
        jobs.push(Job {
            name,
            started_at: nanos(now),
            sha256,
        });
        return running;
    };
    if jobs[place].sha256 != sha256 {
        // Another manifest: the next look starts it.
        jobs.remove(place);
        return running;
    }
    let started = Moment::from_unix(Duration::from_nanos(jobs[place].started_at));
    if now.since(started) < RUNS {
        return running;
    }
    jobs.remove(place);
    if fails(&check.spec.job) {
        Outcome {
            state: State::Failed,
            detail: FAILED,
        }
    } else {
        Outcome {
            state: State::Passed,
            detail: "",
        }
    }
}

fn report(
    cx: &Context<'_>,
    check: &Resource<KubernetesHealthCheck>,
    outcome: &Outcome,
) -> Result<(), Error> {
    let namespace = manifest(&check.spec.job)
        .pointer("/metadata/namespace")
        .and_then(Value::as_str)
        .filter(|namespace| !namespace.is_empty())
        .unwrap_or(NAMESPACE)
        .to_owned();
    cx.put::<KubernetesHealthCheckStatus>(check.id(), |status| {
        copy_labels(&check.metadata, &mut status.metadata, &[labels::CLUSTER]);
        let spec = &mut status.spec;
        spec.set_state(outcome.state);
        spec.job_namespace.clone_from(&namespace);
        spec.job_name = format!("{PREFIX}{}", check.id());
        describe(spec, outcome);
    })?;
    Ok(())
}

/// The last failure stays readable while the next attempt runs.
fn describe(spec: &mut KubernetesHealthCheckStatusSpec, outcome: &Outcome) {
    if matches!(outcome.state, State::Failed | State::Passed) {
        outcome.detail.clone_into(&mut spec.error);
        outcome.detail.clone_into(&mut spec.output);
    }
}

fn stop_jobs(cx: &Context<'_>, cluster: &str) -> Result<(), Error> {
    let there = cx.get::<Workload>(cluster)?;
    if there.is_some_and(|there| !there.spec.jobs.is_empty()) {
        put_jobs(cx, cluster, &[])?;
    }
    Ok(())
}

fn put_jobs(cx: &Context<'_>, cluster: &str, jobs: &[Job]) -> Result<(), Error> {
    cx.put_for_user::<Workload>(cluster, |workload| {
        jobs.clone_into(&mut workload.spec.jobs);
    })?;
    Ok(())
}

fn interval(check: &Resource<KubernetesHealthCheck>) -> Duration {
    let interval = check.spec.interval.and_then(|span| span.try_into().ok());
    interval
        .filter(|span: &Duration| !span.is_zero())
        .unwrap_or(INTERVAL)
}

fn manifest(text: &str) -> Value {
    yaml::read(text).unwrap_or(Value::Null)
}

/// Whether the first container's command is plainly one that fails.
fn fails(job: &str) -> bool {
    let job = manifest(job);
    let command = job.pointer("/spec/template/spec/containers/0/command");
    let words: Vec<&str> = command
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let exits = |script: &str| {
        let code = script.trim().strip_prefix("exit ");
        script.trim() == "false" || code.is_some_and(|code| code.trim() != "0")
    };
    match words.as_slice() {
        [one] => one.rsplit('/').next() == Some("false"),
        [shell, "-c", script] if shell.ends_with("sh") => exits(script),
        _ => false,
    }
}

fn nanos(moment: Moment) -> u64 {
    u64::try_from(moment.since_unix().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_that_plainly_fail_fail() {
        let job = |command: &str| {
            format!("spec: {{template: {{spec: {{containers: [{{command: {command}}}]}}}}}}")
        };
        for command in [
            "[false]",
            "['/bin/false']",
            "[sh, -c, exit 1]",
            "[/bin/sh, -c, 'false']",
        ] {
            assert!(
                fails(&job(&command.replace("[false]", "['false']"))),
                "{command}"
            );
        }
        for command in [
            "[nslookup, kubernetes]",
            "[sh, -c, exit 0]",
            "['true']",
            "[]",
        ] {
            assert!(!fails(&job(command)), "{command}");
        }
        assert!(!fails("no: job"));
    }
}
