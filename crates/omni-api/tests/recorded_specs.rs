//! Decoders turn the recorded specs into the same JSON: what a running Omni showed, read and written back unchanged.

use omni_api::{kind, reflect};
use serde_json::Value;

const RUNNING: &str =
    include_str!("../../../tests/fixtures/omni-api/recordings/snapshot-running.jsonl");

/// Recorders shorten or redact some texts; a base64 field can then no longer be read.
fn was_altered(text: &str) -> bool {
    ["<redacted", " characters", "redacted-", "<binary", "bytes>"]
        .iter()
        .any(|mark| text.contains(mark))
}

#[test]
fn every_recorded_spec_comes_back_as_the_same_json() {
    let mut compared = 0;
    let mut altered = 0;
    for line in RUNNING.lines() {
        let row: Value = serde_json::from_str(line).expect("a line of JSON");
        let (Some(spec), Some(type_name)) = (row.get("spec"), row["type"].as_str()) else {
            continue;
        };
        let Some(facts) = kind::find(type_name) else {
            continue;
        };
        if !facts.spec.starts_with("specs.") || was_altered(&spec.to_string()) {
            altered += 1;
            continue;
        }
        let bytes = reflect::from_json(facts.spec, spec)
            .unwrap_or_else(|error| panic!("{line}: {error:?}"));
        let back = reflect::to_json(facts.spec, &bytes).expect("our own bytes");
        assert_eq!(&back, spec, "{type_name} {}", row["id"]);
        compared += 1;
    }
    println!(
        "{compared} recorded specs compared, {altered} left out (shortened or not a proto spec)"
    );
    assert!(compared > 400, "only {compared} specs were compared");
}
