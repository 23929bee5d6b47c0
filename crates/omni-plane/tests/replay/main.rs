//! The recordings of a running Omni, replayed.
//!
//! The plane is driven through what a client asked for, on a clock that stands still between the steps, and must show what
//! Omni showed: per resource the same phases, stages, conditions, counts and texts in the same order. What may differ stands
//! in `accepted.toml`, each entry with its reason; an entry that no longer occurs is a mistake, too.

#![allow(
    clippy::print_stdout,
    reason = "each recording prints how much of it was compared"
)]

mod accepted;
mod at_rest;
mod bed;
mod compare;
mod drive;
mod names;
mod project;
mod recording;
mod sharpness;

use recording::Recording;

fn replays(name: &str) {
    let recording = Recording::read(name);
    let run = drive::replay(&recording);
    let theirs = project::courses(&recording.existing, &recording.events);
    let ours = project::courses(&run.existing, &run.events);
    let (findings, compared) = compare::compare(&theirs, &ours);
    let list = accepted::accepted(&recording.number);
    let (new, stale) = accepted::judge(&list, &findings);
    let resources = theirs.len();
    println!(
        "{name}: {} requests, {resources} resources, {compared} sequences compared, {} differ, {} of them not accepted, {} accepted ones gone",
        recording.requests.len(),
        findings.len(),
        new.len(),
        stale.len()
    );
    for finding in &new {
        println!("  {finding}");
    }
    for entry in &stale {
        println!("  accepted, but does not occur: {entry}");
    }
    assert!(resources > 0, "nothing was recorded");
    assert!(
        new.is_empty() && stale.is_empty(),
        "{name} is not what was recorded"
    );
}

#[test]
fn a_cluster_is_created_from_a_class() {
    replays("01-create-1cp-1w-from-class");
}

#[test]
fn workers_are_scaled() {
    replays("02-scale-workers");
}

#[test]
fn control_planes_are_scaled() {
    replays("03-scale-control-plane");
}

#[test]
fn kubernetes_is_upgraded() {
    replays("06-kubernetes-upgrade-minor");
}

#[test]
fn talos_is_upgraded() {
    replays("08-talos-upgrade");
}

#[test]
fn a_cluster_is_provisioned_on_request_and_deleted() {
    replays("11-auto-provisioned-cluster");
}

#[test]
fn a_cluster_is_deleted_in_the_order_of_a_provider() {
    replays("14-delete-in-provider-order");
}
