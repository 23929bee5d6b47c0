//! Every step that was recorded on COSI's own server, against ours, over a real connection with gzip.
//!
//! The steps build on each other, in the order of the recording. Codes, texts and contents must be equal; times are compared only where they
//! say "never". One row is compared by its code alone: the text in the recording is the fall of the probed server.

mod client;
mod steps;
mod watches;

use serde_json::Value;

use client::{Probe, Seen};

const RECORDING: &str = include_str!("../../../../tests/fixtures/omni-api/cosi-probe.json");
const CODE_ONLY: &str = "update, options message absent";

#[tokio::test]
async fn every_recorded_step_is_answered_alike() {
    let rows: Vec<Value> = serde_json::from_str(RECORDING).expect("a list of steps");
    let mut probe = Probe::start().await;
    let mut differences = Vec::new();
    for row in &rows {
        let step = row["step"].as_str().expect("a name");
        let seen = if row.get("messages").is_some() {
            watches::run(&mut probe, step).await
        } else {
            steps::run(&mut probe, step).await
        };
        let seen = seen.unwrap_or_else(|| panic!("no step {step:?} in the table"));
        if let Err(difference) = compare(row, &seen) {
            differences.push(format!("{step}: {difference}"));
        }
    }
    println!(
        "cosi-probe.json: {} of {} rows ran, 1 of them by its code alone",
        rows.len(),
        rows.len()
    );
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    probe.stop().await;
}

fn compare(row: &Value, seen: &Seen) -> Result<(), String> {
    let step = row["step"].as_str().unwrap_or_default();
    match seen {
        Seen::Failed(code, _) if step == CODE_ONLY => {
            same(&row["grpc_code"], &Value::from(code.as_str()))
        }
        Seen::Failed(code, text) => {
            same(&row["grpc_code"], &Value::from(code.as_str()))?;
            same(&row["message"], &Value::from(text.as_str()))
        }
        Seen::Resource(resource) => {
            same(&row["grpc_code"], &Value::from("OK"))?;
            same(
                &without_times(&row["response"]),
                &without_times(&serde_json::json!({ "resource": resource })),
            )
        }
        Seen::Empty => same(&row["response"], &serde_json::json!({})),
        Seen::Ids(ids) => same(&row["ids"], &serde_json::json!(ids)),
        Seen::Messages(messages) => same(&without_cookies(&row["messages"]), messages),
    }
}

fn same(expected: &Value, seen: &Value) -> Result<(), String> {
    if expected == seen {
        return Ok(());
    }
    Err(format!("expected {expected}, got {seen}"))
}

/// A time that says "never" must be equal, another one need only be there.
fn without_times(response: &Value) -> Value {
    let mut response = response.clone();
    for key in ["created", "updated"] {
        if let Some(time) = response.pointer_mut(&format!("/resource/metadata/{key}"))
            && !time
                .as_str()
                .is_some_and(|time| time.starts_with("0001") || time.starts_with("1970"))
        {
            *time = Value::from("some time");
        }
    }
    response
}

/// The first half of a bookmark is random in each process; the position in the second half must be equal.
fn without_cookies(messages: &Value) -> Value {
    let mut messages = messages.clone();
    let events = messages
        .as_array_mut()
        .into_iter()
        .flatten()
        .filter_map(Value::as_array_mut);
    for event in events.flatten() {
        let bookmark = event["bookmark_hex"].as_str().unwrap_or_default();
        let position = bookmark.get(16..).unwrap_or_default().to_owned();
        event["bookmark_hex"] = Value::from(position);
    }
    messages
}
