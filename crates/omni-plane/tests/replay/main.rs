//! The recordings of a running Omni, replayed.
//!
//! The plane is driven through what a client asked for, on a clock that stands still between the steps, and must show what
//! Omni showed: per resource the same phases, stages, conditions, counts and texts in the same order, and the same answer to every request, refused
//! ones included. What may differ stands in `accepted.toml`, each entry with its reason; an entry that no longer occurs is a mistake, too.

#![allow(
    clippy::print_stdout,
    reason = "each recording prints how much of it was compared"
)]

mod accepted;
mod at_rest;
mod bed;
mod client;
mod commands;
mod compare;
mod drive;
mod fields;
mod names;
mod project;
mod recording;
mod script;
mod sharpness;
mod tolerance;
mod tolerated;

use compare::End;
use recording::Recording;

/// Recordings that end in the middle of something.
const CUT_OFF: [&str; 1] = ["16"];

fn replays(name: &str) {
    let recording = Recording::read(name);
    let run = drive::replay(&recording);
    let number = &recording.number;
    let theirs = project::watched(number, &recording.existing, &recording.events);
    let ours = project::watched(number, &run.existing, &run.events);
    let end = if CUT_OFF.contains(&number.as_str()) {
        End::CutOff
    } else {
        End::Rest
    };
    let (findings, compared) = compare::compare(&theirs, &ours, end);
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
        println!(
            "  accepted, but does not occur: {} {}\n      recorded: {}\n      ours:     {}",
            entry.of, entry.field, entry.recorded, entry.ours
        );
    }
    for answer in &run.wrong_answers {
        println!("  answer: {answer}");
    }
    assert!(
        resources + recording.requests.len() > 0,
        "nothing was recorded"
    );
    assert!(
        new.is_empty() && stale.is_empty() && run.wrong_answers.is_empty(),
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
fn patches_come_change_and_go() {
    replays("04-config-patches");
}

#[test]
fn kubernetes_is_upgraded_by_a_patch_version() {
    replays("05-kubernetes-upgrade-patch");
}

#[test]
fn kubernetes_is_upgraded_by_a_minor_version() {
    replays("06-kubernetes-upgrade-minor");
}

#[test]
fn an_upgrade_of_kubernetes_is_taken_back_in_its_middle() {
    replays("07-kubernetes-upgrade-reverted");
}

#[test]
fn talos_is_upgraded() {
    replays("08-talos-upgrade");
}

#[test]
fn a_locked_machine_holds_everything_up() {
    replays("10-manual-nodes-and-lock");
}

#[test]
fn a_cluster_is_provisioned_on_request_and_deleted() {
    replays("11-auto-provisioned-cluster");
}

#[test]
fn machines_that_never_join_are_waited_for() {
    replays("11b-auto-machines-not-joining");
}

#[test]
fn a_cluster_is_deleted_by_itself() {
    replays("12-delete-cluster");
}

#[test]
fn a_cluster_is_deleted_with_everything_at_once() {
    replays("12b-delete-all-at-once");
}

#[test]
fn extensions_arguments_labels_and_disks_change() {
    replays("18-extensions-kernel-args-labels-disk");
}

#[test]
fn a_cluster_is_deleted_in_the_order_of_a_provider() {
    replays("14-delete-in-provider-order");
}

#[test]
fn the_last_control_plane_stays_until_its_cluster_goes() {
    replays("14b-delete-last-control-plane-node");
}

#[test]
fn a_class_with_too_few_machines_keeps_the_cluster_scaling() {
    replays("15-too-few-machines");
}

#[test]
fn machines_that_do_not_answer_are_not_noticed() {
    replays("16-disconnected-machines");
}

#[test]
fn machines_that_freeze_are_noticed_and_come_back() {
    replays("16b-machines-stop-answering");
}

#[test]
fn providers_and_accounts_come_and_go_by_the_command_line() {
    replays("17-infra-provider-and-service-account");
}

#[test]
fn a_locked_cluster_stands_still() {
    replays("19-cluster-locked");
}

#[test]
fn versions_out_of_reach_are_refused() {
    replays("19b-rejected-versions");
}

#[test]
fn a_backup_is_asked_for_and_the_interval_is_changed() {
    replays("20-backup-and-join-tokens");
}

#[test]
fn a_changed_class_moves_nobody() {
    replays("23-class-change-and-features");
}
