//! Good input, damaged input and noise go through every door, the same on every run.

use bad_input::{DOORS, Damage, seeds};

/// Longest noise.
const NOISE: usize = 200;

/// Lets the seeds through, then so many injured ones, then as much noise.
fn enter(name: &str, rounds: usize) {
    let door = DOORS.iter().find(|door| door.name == name);
    let door = door.expect("a door of this name");
    let good = seeds::of(name);
    assert!(!good.is_empty(), "{name} has seeds");
    for seed in &good {
        (door.enter)(seed);
    }
    let mut damage = Damage::new(1);
    for _ in 0..rounds {
        let seed = damage.one_of(&good).clone();
        let injured = damage.of(&seed);
        (door.enter)(&injured);
        (door.enter)(&damage.noise(NOISE));
    }
}

#[test]
fn every_call_answers_whatever_it_is_sent() {
    enter("service", 1_500);
}

#[test]
fn a_signature_is_refused_whatever_its_headers_are() {
    enter("signature", 400);
}

#[test]
fn a_key_is_read_or_refused() {
    enter("public_key", 1_000);
}

#[test]
fn a_selector_is_read_or_refused() {
    enter("selector", 20_000);
}

#[test]
fn a_disk_selector_is_read_or_refused() {
    enter("disk_selector", 2_000);
}

#[test]
fn yaml_is_read_or_refused() {
    enter("documents", 300);
}

#[test]
fn a_value_of_the_plugin_protocol_is_read_or_refused() {
    enter("values", 20_000);
}

#[test]
fn every_door_has_a_fuzz_target() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
    for door in DOORS {
        let target = format!("fuzz_targets/{}.rs", door.name);
        let source = std::fs::read_to_string(root.join(&target)).expect("a target");
        assert!(
            source.contains(&format!("doors::{}", door.name)),
            "{target}"
        );
        assert!(manifest.contains(&target), "{target} is in the manifest");
    }
}
