//! What a replay finds in spite of what it tolerates: each test bends a recording in one place.

use crate::compare::{End, compare};
use crate::project::courses;
use crate::recording::{Line, Recording};

/// The fields in which the recording differs from itself when its events are bent.
fn found(name: &str, bend: impl FnOnce(&mut Vec<Line>)) -> Vec<String> {
    let recording = Recording::read(name);
    let mut events = recording.events.clone();
    bend(&mut events);
    let theirs = courses(&recording.existing, &recording.events);
    let (findings, _) = compare(&theirs, &courses(&recording.existing, &events), End::Rest);
    let found = findings.into_iter().map(|finding| finding.difference);
    found
        .map(|one| format!("{} {}", one.of, one.field))
        .collect()
}

/// Changes a field of the spec in all events of a kind.
fn change(events: &mut [Line], kind: &str, field: &str, change: impl Fn(&str) -> Option<String>) {
    let of_kind = |line: &&mut Line| line.type_name.starts_with(&format!("{kind}."));
    for line in events.iter_mut().filter(of_kind) {
        if let Some(new) = line.spec[field].as_str().and_then(&change) {
            line.spec[field] = new.into();
        }
    }
}

/// Lets two values change places.
fn swap<'a>(one: &'a str, other: &'a str) -> impl Fn(&str) -> Option<String> + 'a {
    move |value| {
        if value.contains(one) {
            Some(value.replace(one, other))
        } else if value.contains(other) {
            Some(value.replace(other, one))
        } else {
            None
        }
    }
}

/// Puts another event behind the first one of a kind whose field has this value, 0.01 s later.
fn insert(events: &mut Vec<Line>, kind: &str, field: &str, (after, extra): (&str, &str)) {
    let place = events.iter().position(|line| {
        line.type_name.starts_with(&format!("{kind}.")) && line.spec[field] == after
    });
    let place = place.expect("the recording has it");
    let mut back = events[place].clone();
    back.t += 0.02;
    let mut line = events[place].clone();
    line.t += 0.01;
    line.spec[field] = extra.into();
    events.splice(place + 1..=place, [line, back]);
}

#[test]
fn two_components_that_are_upgraded_in_the_opposite_order_are_found() {
    let bent = found("06-kubernetes-upgrade-minor", |events| {
        let order = swap("kube-apiserver", "kube-controller-manager");
        change(events, "KubernetesUpgradeStatuses", "step", order);
    });
    assert_eq!(bent, ["KubernetesUpgradeStatuses/rec-a step"]);
}

#[test]
fn a_component_that_is_left_out_of_an_upgrade_is_found() {
    let bent = found("06-kubernetes-upgrade-minor", |events| {
        events.retain(|line| {
            let step = line.spec["step"].as_str().unwrap_or_default();
            !step.contains("updating kube-scheduler")
        });
    });
    let status = ["status", "step"].map(|field| format!("KubernetesUpgradeStatuses/rec-a {field}"));
    assert_eq!(bent, status);
}

#[test]
fn an_upgrade_that_pulls_no_images_or_waits_for_nothing_is_found() {
    for beginning in ["pre-pulling images", "waiting for the cluster to be ready"] {
        let bent = found("06-kubernetes-upgrade-minor", |events| {
            events.retain(|line| {
                let status = line.spec["status"].as_str().unwrap_or_default();
                !status.starts_with(beginning)
            });
        });
        let status = "KubernetesUpgradeStatuses/rec-a status".to_owned();
        assert!(bent.contains(&status), "{beginning}: {bent:?}");
    }
}

#[test]
fn nodes_that_are_waited_for_in_place_of_pods_are_found() {
    let bent = found("15-too-few-machines", |events| {
        change(events, "KubernetesUpgradeStatuses", "status", |status| {
            let pods = status.starts_with("static pods [");
            pods.then(|| status.replace("static pods", "nodes"))
        });
    });
    assert_eq!(bent, ["KubernetesUpgradeStatuses/rec-few status"]);
}

#[test]
fn two_phases_of_an_upgrade_in_the_opposite_order_are_found() {
    let bent = found("07-kubernetes-upgrade-reverted", |events| {
        let order = swap("Upgrading", "Reverting");
        change(events, "KubernetesUpgradeStatuses", "phase", order);
    });
    assert_eq!(bent, ["KubernetesUpgradeStatuses/rec-a phase"]);
}

#[test]
fn one_more_phase_is_found_however_short_it_is() {
    let bent = found("07-kubernetes-upgrade-reverted", |events| {
        let extra = ("Reconfiguring", "ScalingUp");
        insert(events, "MachineSetStatuses", "phase", extra);
    });
    assert_eq!(bent, ["MachineSetStatuses/rec-a-control-planes phase"]);
}

#[test]
fn a_stage_that_is_never_shown_is_found() {
    let bent = found("02-scale-workers", |events| {
        events.retain(|line| line.spec["stage"] != "DESTROYING");
    });
    let stages = bent.iter().filter(|one| one.ends_with(" stage")).count();
    assert_eq!(stages, 2, "{bent:?}");
}

#[test]
fn a_stage_that_comes_too_early_is_found_although_it_is_short() {
    let bent = found("02-scale-workers", |events| {
        insert(
            events,
            "ClusterMachineStatuses",
            "stage",
            ("RUNNING", "DESTROYING"),
        );
    });
    assert_eq!(bent.len(), 1, "{bent:?}");
    assert!(bent[0].ends_with(" stage"), "{bent:?}");
}

#[test]
fn a_count_that_ends_elsewhere_or_turns_once_more_is_found() {
    let total = |bend: &dyn Fn(&mut Vec<Line>, usize)| {
        found("02-scale-workers", |events| {
            let last = events
                .iter()
                .rposition(|line| line.type_name.starts_with("MachineSetStatuses."));
            bend(events, last.expect("a status"));
        })
    };
    let elsewhere = total(&|events, last| {
        let mut line = events[last].clone();
        line.spec["machines"]["total"] = 7.into();
        events.push(line);
    });
    let turned = total(&|events, last| {
        let mut line = events[last].clone();
        line.spec["machines"]["total"] = 0.into();
        let back = events[last].clone();
        events.extend([line, back]);
    });
    for bent in [elsewhere, turned] {
        assert_eq!(bent, ["MachineSetStatuses/rec-a-workers machines.total"]);
    }
}
