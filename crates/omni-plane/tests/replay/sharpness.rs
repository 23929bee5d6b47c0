//! The comparison itself: it must see what it is there to see.

use crate::accepted::{Accepted, Difference, judge};
use crate::compare::{End, Finding, compare};
use crate::project::courses;
use crate::recording::{Line, Recording};

const STATUS: &str = "ClusterStatuses.omni.sidero.dev";

fn recorded() -> Recording {
    Recording::read("01-create-1cp-1w-from-class")
}

/// What the comparison says about the recording when its events are changed.
fn after(change: impl FnOnce(&mut Vec<Line>)) -> Vec<Finding> {
    let recording = recorded();
    let mut events = recording.events.clone();
    change(&mut events);
    let theirs = courses(&recording.existing, &recording.events);
    compare(&theirs, &courses(&recording.existing, &events), End::Rest).0
}

fn fields(findings: &[Finding]) -> Vec<&str> {
    findings
        .iter()
        .map(|finding| finding.difference.field.as_str())
        .collect()
}

#[test]
fn a_recording_agrees_with_itself() {
    assert!(after(|_| {}).is_empty());
}

#[test]
fn a_value_that_is_never_shown_is_found() {
    let findings = after(|events| {
        for event in events.iter_mut().filter(|event| event.type_name == STATUS) {
            if event.spec["phase"] == "RUNNING" {
                event.spec["phase"] = "SCALING_UP".into();
            }
        }
    });
    assert_eq!(fields(&findings), ["phase"]);
}

#[test]
fn a_resource_that_is_missing_is_found() {
    let findings = after(|events| events.retain(|event| event.type_name != STATUS));
    assert!(fields(&findings).contains(&"life"));
}

#[test]
fn a_flicker_is_found() {
    let findings = after(|events| {
        let last = events
            .iter()
            .rposition(|event| event.type_name == STATUS)
            .expect("a status");
        let mut dark = events[last].clone();
        dark.spec["ready"] = false.into();
        let light = events[last].clone();
        events.splice(last + 1..=last, [dark, light]);
    });
    assert_eq!(fields(&findings), ["ready"]);
}

#[test]
fn changes_in_the_opposite_order_are_found() {
    let findings = after(|events| {
        // The first comes at 2 s, the second at 33 s; here they change places.
        for event in events.iter_mut().filter(|event| event.type_name == STATUS) {
            let (early, late) = (
                event.spec["available"].take(),
                event.spec["controlplaneReady"].take(),
            );
            event.spec["available"] = late;
            event.spec["controlplaneReady"] = early;
        }
    });
    assert!(fields(&findings).contains(&"available < controlplaneReady"));
}

#[test]
fn a_count_may_take_its_steps_as_it_likes_but_must_turn_where_it_turned() {
    let skipped = after(|events| {
        events.retain(|event| event.type_name != STATUS || event.spec["machines"]["total"] != 1);
    });
    assert!(!fields(&skipped).contains(&"machines.total"));
    let turned = after(|events| {
        let last = events
            .iter()
            .rposition(|event| event.type_name == STATUS)
            .expect("a status");
        events[last].spec["machines"]["total"] = 1.into();
    });
    assert!(fields(&turned).contains(&"machines.total"));
}

#[test]
fn an_accepted_difference_covers_itself_alone_and_must_occur() {
    let findings = after(|events| {
        for event in events.iter_mut().filter(|event| event.type_name == STATUS) {
            event.spec["available"] = false.into();
        }
    });
    let [found] = &findings[..] else {
        panic!("one field was changed: {findings:?}");
    };
    let other = Difference {
        ours: "∅ → true → ∅".to_owned(),
        ..found.difference.clone()
    };
    let judged = |difference: &Difference| {
        let entry = Accepted {
            recording: "01".to_owned(),
            why: "only for this test".to_owned(),
            differences: vec![difference.clone()],
        };
        let (new, stale) = judge(&[entry], &findings);
        (new.len(), stale)
    };
    assert_eq!(judged(&found.difference), (0, vec![]));
    assert_eq!(judged(&other), (1, vec![other.clone()]));
}

/// A machine that leaves: its stages and their moments.
fn leaving(stages: &[(&str, f64)]) -> Vec<Line> {
    let mut machine = recorded()
        .events
        .into_iter()
        .find(|line| line.type_name == "ClusterMachineStatuses.omni.sidero.dev")
        .expect("a machine");
    let stages = stages.iter().map(|(stage, t)| {
        machine.t = *t;
        machine.spec["stage"] = (*stage).into();
        machine.clone()
    });
    stages.collect()
}

#[test]
fn a_stage_that_is_over_at_once_may_be_missed_but_not_one_that_lasts() {
    let differ = |until| {
        let seen = leaving(&[
            ("RUNNING", 1.0),
            ("BEFORE_DESTROY", 2.0),
            ("DESTROYING", until),
        ]);
        let missed = leaving(&[("RUNNING", 1.0), ("DESTROYING", until)]);
        compare(&courses(&[], &seen), &courses(&[], &missed), End::Rest).0
    };
    assert!(differ(2.1).is_empty());
    assert_eq!(fields(&differ(7.0)), ["stage"]);
}

#[test]
fn a_recording_that_is_cut_off_must_be_how_the_other_run_begins() {
    let recording = recorded();
    let half = recording.events.len() / 2;
    let theirs = courses(&recording.existing, &recording.events[..half]);
    let ours = courses(&recording.existing, &recording.events);
    let differ = |theirs, ours, end| compare(theirs, ours, end).0;
    assert!(differ(&theirs, &ours, End::CutOff).is_empty());
    assert!(!differ(&theirs, &ours, End::Rest).is_empty());
    assert!(!differ(&ours, &theirs, End::CutOff).is_empty());
}
