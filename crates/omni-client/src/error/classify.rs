//! From a gRPC status to its meaning.
//!
//! The code decides, together with the call that was made. Where COSI uses one code for two meanings of the same call, the
//! shape of COSI's own sentence (recorded in `cosi-probe.json`) tells them apart; the words inside it never matter.

use tonic::{Code, Status};

use super::Error;

/// The text before the list in Omni's validation answers.
const VALIDATION: &str = "failed to validate: ";
/// What starts an entry of that list.
const ENTRY: &str = "\n\t* ";

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

/// `resource T(ns/id@2) is not in phase running`.
fn is_phase(message: &str) -> bool {
    !message.starts_with(VALIDATION) && message.contains(") is not in phase ")
}

/// `resource T(ns/id@2) is owned by "X"`.
fn is_owner(message: &str) -> bool {
    !message.starts_with(VALIDATION) && message.contains(") is owned by ")
}

/// The version that stands in quotes after some words.
fn version_after(message: &str, words: &str) -> Option<omni_api::Version> {
    let (_, rest) = message.split_once(words)?;
    rest.strip_prefix('"')?.split_once('"')?.0.parse().ok()
}

/// The names in `has pending finalizers &[a b]`.
fn finalizers(message: &str) -> Vec<String> {
    let Some((_, rest)) = message.split_once('[') else {
        return Vec::new();
    };
    let list = rest.split_once(']').map_or(rest, |(list, _)| list);
    list.split_whitespace().map(str::to_owned).collect()
}

/// The entries of `failed to validate: N errors occurred:\n\t* …`, or the whole text as the only one.
fn entries(message: &str) -> Vec<String> {
    let Some((_, list)) = message
        .split_once(VALIDATION)
        .and_then(|(_, rest)| rest.split_once(ENTRY))
    else {
        return vec![message.trim_end().to_owned()];
    };
    list.split(ENTRY)
        .map(|entry| unwrap(entry.trim()).to_owned())
        .collect()
}

/// An entry without the frame that Go puts around a nested status.
fn unwrap(entry: &str) -> &str {
    entry
        .strip_prefix("rpc error: code = ")
        .and_then(|rest| rest.split_once(" desc = "))
        .map_or(entry, |(_, text)| text)
}

/// The entries as one text: a single one as it is, several as a list.
pub(super) fn join(problems: &[String]) -> String {
    match problems {
        [] => "the server gave no reason".to_owned(),
        [one] => one.clone(),
        many => many
            .iter()
            .map(|problem| format!("- {problem}"))
            .collect::<Vec<_>>()
            .join("\n"),
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
