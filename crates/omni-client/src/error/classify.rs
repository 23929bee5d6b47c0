//! From a gRPC status to its meaning.
//!
//! The code decides, together with the call that was made. Where COSI uses one code for two meanings of the same call, the
//! shape of COSI's own sentence (recorded in `cosi-probe.json`) tells them apart; the words inside it never matter.

use tonic::{Code, Status};

use super::Error;
use super::text::{entries, finalizers, is_owner, is_phase, join, version_after};

/// The calls that a status is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// Reads one or many.
    Read,
    /// Creates.
    Create,
    /// Replaces.
    Update,
    /// Tears down or destroys.
    Destroy,
    /// Watches.
    Watch,
    /// Anything of the management service.
    Management,
}

/// The meaning of a status that the server gave.
pub(crate) fn classify(call: Call, status: &Status) -> Error {
    let message = status.message().to_owned();
    match status.code() {
        Code::NotFound => Error::NotFound { message },
        Code::AlreadyExists => Error::AlreadyExists { message },
        Code::FailedPrecondition => precondition(call, message),
        Code::InvalidArgument if call == Call::Update && is_phase(&message) => {
            Error::PhaseConflict { message }
        }
        Code::InvalidArgument => Error::Validation {
            problems: entries(&message),
        },
        Code::PermissionDenied if call != Call::Management && is_owner(&message) => {
            Error::OwnerConflict { message }
        }
        Code::PermissionDenied => Error::PermissionDenied {
            problems: entries(&message),
        },
        Code::Unauthenticated => Error::Unauthenticated {
            message: join(&entries(&message)),
            skew: None,
        },
        Code::Unimplemented => Error::Unimplemented { message },
        Code::ResourceExhausted => Error::ResourceExhausted { message },
        Code::Cancelled => Error::Cancelled,
        Code::DeadlineExceeded => Error::Throttled { message },
        Code::Unavailable => Error::Unavailable { message },
        code => Error::Other {
            code: name(code),
            message,
        },
    }
}

/// `FailedPrecondition` is a lost race, a finalizer, a lost bookmark or the licence agreement.
fn precondition(call: Call, message: String) -> Error {
    if message.starts_with("EULA ") {
        return Error::EulaNotAccepted { message };
    }
    match call {
        Call::Update | Call::Create => Error::Conflict {
            expected: version_after(&message, "expected version "),
            actual: version_after(&message, "actual version "),
            message,
        },
        Call::Destroy => Error::PendingFinalizers {
            finalizers: finalizers(&message),
            message,
        },
        Call::Watch => Error::BookmarkLost { message },
        Call::Read | Call::Management => Error::Other {
            code: name(Code::FailedPrecondition),
            message,
        },
    }
}

/// gRPC's word for a code.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "Cancelled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn fixture(name: &str) -> String {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../tests/fixtures/omni-api/"
        );
        std::fs::read_to_string(format!("{folder}{name}")).expect("the fixture is there")
    }

    fn code(name: &str) -> Code {
        let known = (0..17)
            .map(Code::from_i32)
            .find(|code| super::name(*code) == name);
        known.unwrap_or_else(|| panic!("{name} is a code"))
    }

    fn status(row: &Value) -> Status {
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        Status::new(code(text("grpc_code")), text("message"))
    }

    /// The call that a step of the probe made.
    fn call(step: &str) -> Call {
        let first = step.split_whitespace().next().unwrap_or_default();
        match first {
            "create" => Call::Create,
            "update" | "remove" => Call::Update,
            "destroy" | "teardown" | "teardown_and_destroy" => Call::Destroy,
            "watch" => Call::Watch,
            _ => Call::Read,
        }
    }

    /// Our word for an error.
    fn word(error: &Error) -> String {
        let text = format!("{error:?}");
        text.split([' ', '{', '('])
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn every_recorded_refusal_of_the_state_service_has_its_meaning() {
        let rows: Vec<Value> = serde_json::from_str(&fixture("cosi-probe.json")).expect("JSON");
        let mut seen = Vec::new();
        for row in &rows {
            let step = row["step"].as_str().expect("a step");
            let failed = row["messages"]
                .as_array()
                .and_then(|all| all.first())
                .unwrap_or(row);
            if failed["grpc_code"].as_str().is_none_or(|code| code == "OK") {
                continue;
            }
            let error = classify(call(step), &status(failed));
            seen.push(format!("{} <- {step}", word(&error)));
        }
        println!(
            "cosi-probe.json: {} refusals of {} rows",
            seen.len(),
            rows.len()
        );
        let expected = [
            "NotFound <- get missing",
            "Other <- create with empty version string",
            "Other <- create with empty phase",
            "AlreadyExists <- create duplicate",
            "Other <- create without spec message",
            "Other <- create metadata owner != option owner",
            "Other <- update, options message absent",
            "Conflict <- update with stale version 1 (actual 2)",
            "Conflict <- update version undefined",
            "OwnerConflict <- update owned without owner",
            "PhaseConflict <- update with expected_phase tearingDown on running resource",
            "PendingFinalizers <- destroy with finalizer",
            "PhaseConflict <- update tearing-down resource with expected_phase running",
            "NotFound <- destroy missing",
            "OwnerConflict <- destroy owned without owner",
            "NotFound <- teardown missing",
            "NotFound <- teardown_and_destroy missing",
            "Validation <- list id bad regexp",
            "Other <- create without metadata",
            "Unimplemented <- watch single + bootstrap_contents",
            "BookmarkLost <- watch kind with invalid bookmark",
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn every_recorded_validation_is_taken_apart_for_people() {
        let text = fixture("validation.jsonl");
        let rows = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let rejected: Vec<Value> = rows
            .filter(|row| row["grpc_code"] != "-" && row["result"] == "rejected")
            .collect();
        for row in &rejected {
            let message = row["message"].as_str().expect("a text");
            let error = classify(Call::Create, &status(row));
            let (Error::Validation { problems } | Error::PermissionDenied { problems }) = &error
            else {
                panic!("{}: {error:?}", row["case"]);
            };
            let told = message
                .split_once(" error")
                .and_then(|(head, _)| head.rsplit(' ').next()?.parse().ok());
            assert_eq!(
                problems.len(),
                told.unwrap_or(1),
                "{}: {problems:?}",
                row["case"]
            );
            let framed =
                |text: &str| text.contains("rpc error:") || text.contains("failed to validate");
            assert!(!framed(&error.to_string()), "{}: {error}", row["case"]);
        }
        println!("validation.jsonl: {} refusals taken apart", rejected.len());
        assert_eq!(rejected.len(), 53);
    }
}
