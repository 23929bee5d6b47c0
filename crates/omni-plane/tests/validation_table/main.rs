//! Every recorded answer to wrong input, against ours: same code, same text.
//!
//! Each row meets a fresh store in the state of the recorded server ([`world`]). Rows that create are sent as they were recorded; the changes of the
//! rows without input are spelled out in [`changes`]. Line breaks are compared without the blanks that the recorder put around them.

mod changes;
mod input;
mod world;

use std::sync::Arc;

use omni_api::Role;
use omni_api::cosi;
use omni_api::cosi::state_server::State as _;
use omni_plane::Store;
use omni_plane::api::{Caller, Endpoints, StateService};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

const RECORDING: &str = include_str!("../../../../tests/fixtures/omni-api/validation.jsonl");

/// Rows that the plane does not answer alike, and why.
const LEFT_OUT: [(&str, &str); 2] = [
    ("unknown-type", "refused by the recorded client, never sent"),
    (
        "s3config-bad",
        "the environment of the recorded server broke its S3 client before it could ask; ours asks (tests/backups.rs)",
    ),
];

#[tokio::test]
async fn wrong_input_is_answered_as_omni_answers_it() {
    let mut ran = 0;
    let mut differences = Vec::new();
    for line in RECORDING.lines() {
        let row: Value = serde_json::from_str(line).expect("a row");
        let case = text(&row, "case");
        if LEFT_OUT.iter().any(|(left_out, _)| *left_out == case) {
            continue;
        }
        ran += 1;
        let store = world::store();
        let answer = match case.strip_prefix("update:") {
            Some(change) => changes::run(&store, change).await,
            None => create(&store, &row).await,
        };
        if let Err(difference) = compare(&row, &answer) {
            differences.push(format!("{case}: {difference}"));
        }
    }
    println!(
        "validation.jsonl: {ran} of {} rows ran",
        RECORDING.lines().count()
    );
    for (case, why) in LEFT_OUT {
        println!("  left out: {case}: {why}");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

async fn create(store: &Store, row: &Value) -> Result<(), Status> {
    let request = cosi::CreateRequest {
        resource: Some(input::resource(row)),
        options: None,
    };
    service(store).create(signed(request)).await.map(|_| ())
}

fn service(store: &Store) -> StateService {
    StateService::new(
        store.clone(),
        Endpoints::default(),
        CancellationToken::new(),
    )
}

/// A request of an Admin.
fn signed<T>(message: T) -> Request<T> {
    let caller = Caller {
        user_id: "u".into(),
        identity: "admin@lab.test".into(),
        fingerprint: "f".into(),
        role: Role::Admin,
        user_agent: "validation-table".into(),
    };
    let mut request = Request::new(message);
    request.extensions_mut().insert(Arc::new(caller));
    request
}

fn compare(row: &Value, answer: &Result<(), Status>) -> Result<(), String> {
    match (text(row, "result"), answer) {
        ("ACCEPTED", Ok(())) => Ok(()),
        ("rejected", Err(status)) => {
            let code = format!("{:?}", status.code());
            let (expected, seen) = (flat(text(row, "message")), flat(status.message()));
            if code == text(row, "grpc_code") && seen == expected {
                return Ok(());
            }
            Err(format!(
                "expected {} {expected:?}, got {code} {seen:?}",
                text(row, "grpc_code")
            ))
        }
        (expected, answer) => Err(format!("expected {expected}, got {answer:?}")),
    }
}

/// The text without blanks at the line breaks and without line breaks at its end.
fn flat(text: &str) -> String {
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| line.trim_matches(' '))
        .collect();
    lines.join("\n").trim_end().to_owned()
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {row}"))
}
