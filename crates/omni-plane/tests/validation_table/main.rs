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

/// The row that the recorded client refused itself: no server ever saw it.
const NEVER_SENT: &str = "unknown-type";

/// A recorded text that ends with what only the recorded server's environment can say, and how ours goes on there.
struct Elsewhere {
    case: &'static str,
    /// What was said there.
    recorded: &'static str,
    /// How Omni's words begin where that does not get into the way; the system's own words follow.
    otherwise: &'static str,
}

/// The recorded server ran with `AWS_CA_BUNDLE`, which Omni's client of S3 cannot combine with a plain `http://` endpoint (Omni then brings an
/// HTTP client of its own): it failed before it asked. The plane has no such variable and goes on to what Omni does next, a look into the
/// bucket, which nobody answers on port 1.
const ELSEWHERE: [Elsewhere; 1] = [Elsewhere {
    case: "s3config-bad",
    recorded: "failed to load aws config: unable to add custom RootCAs HTTPClient, has no WithTransportOptions, *http.Client",
    otherwise: "failed to list objects in bucket \"b\": ",
}];

#[tokio::test]
async fn wrong_input_is_answered_as_omni_answers_it() {
    let mut ran = 0;
    let mut differences = Vec::new();
    for line in RECORDING.lines() {
        let row: Value = serde_json::from_str(line).expect("a row");
        let case = text(&row, "case");
        if case == NEVER_SENT {
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
    assert_eq!(
        ran + 1,
        RECORDING.lines().count(),
        "only {NEVER_SENT} was left out"
    );
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
            let same = match ELSEWHERE.iter().find(|one| one.case == text(row, "case")) {
                Some(one) => goes_on(one, &expected, &seen),
                None => seen == expected,
            };
            if code == text(row, "grpc_code") && same {
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

/// Whether ours is the recorded text up to what depends on the environment, and there the words of another one, of this endpoint.
fn goes_on(one: &Elsewhere, expected: &str, seen: &str) -> bool {
    let common = expected
        .strip_suffix(one.recorded)
        .expect("the row ends with it");
    let rest = seen.strip_prefix(common);
    let cause = rest.and_then(|rest| rest.strip_prefix(one.otherwise));
    cause.is_some_and(|cause| cause.contains("http://127.0.0.1:1/b"))
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
