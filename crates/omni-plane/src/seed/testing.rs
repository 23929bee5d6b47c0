//! What the tests of this folder share: the recorded state of a running Omni.
//!
//! Only compiled for tests.

use serde_json::Value;

/// A running Omni at rest, one resource a line.
pub(super) const RUNNING: &str =
    include_str!("../../../../tests/fixtures/omni-api/recordings/snapshot-running.jsonl");

/// The texts of a JSON list; empty when it is none.
pub(super) fn texts(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
