//! Everything that a call can answer besides success, by meaning.
//!
//! Match on the variant; texts are for people. [`Error::advice`] says whether trying again can help and whether it is safe.

mod classify;
mod text;

use std::time::Duration;

use jiff::SignedDuration;
use omni_api::Version;
use omni_api::resource::WireError;

use crate::connect::{TransportError, TransportKind};
use crate::key::KeyError;

pub(crate) use classify::{Call, classify};

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The resource does not exist.
    #[error("{message}")]
    NotFound {
        /// The server's words.
        message: String,
    },
    /// A resource of that id exists already.
    #[error("{message}")]
    AlreadyExists {
        /// The server's words.
        message: String,
    },
    /// Somebody else wrote the resource in between.
    #[error("{message}")]
    Conflict {
        /// The version that the write was based on.
        expected: Option<Version>,
        /// The version that is stored.
        actual: Option<Version>,
        /// The server's words.
        message: String,
    },
    /// The resource is being torn down (or is not, where it should).
    #[error("{message}")]
    PhaseConflict {
        /// The server's words.
        message: String,
    },
    /// The resource belongs to a controller.
    #[error("{message}")]
    OwnerConflict {
        /// The server's words.
        message: String,
    },
    /// Somebody must still act before the resource can be destroyed.
    #[error("{message}")]
    PendingFinalizers {
        /// Who, as far as the server said.
        finalizers: Vec<String>,
        /// The server's words.
        message: String,
    },
    /// The server refuses the contents; it names everything that it found.
    #[error("{}", text::join(problems))]
    Validation {
        /// What is wrong, one entry each.
        problems: Vec<String>,
    },
    /// The server does not accept the signature.
    #[error("the server does not accept the key: {message}")]
    Unauthenticated {
        /// The server's words.
        message: String,
        /// How far the server's clock is ahead of ours, when it is known and matters (over a minute).
        skew: Option<SignedDuration>,
    },
    /// The key cannot sign; nothing was sent.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The key's role is too weak, or nobody may do this from outside.
    #[error("{}", text::join(problems))]
    PermissionDenied {
        /// The server's reasons, one entry each.
        problems: Vec<String>,
    },
    /// The licence agreement of this Omni has not been accepted yet.
    #[error("{message}")]
    EulaNotAccepted {
        /// The server's words; they end with the address to accept it at.
        message: String,
    },
    /// The server does not know the call.
    #[error("the server does not know this call: {message}")]
    Unimplemented {
        /// The server's words.
        message: String,
    },
    /// The request is too big for the server, or a quota is used up.
    #[error("{message}")]
    ResourceExhausted {
        /// The server's words.
        message: String,
    },
    /// The server had no budget for the write in time; it did not take place.
    #[error("the server is throttling writes: {message}")]
    Throttled {
        /// The server's words.
        message: String,
    },
    /// Our own deadline passed; a write may or may not have taken place.
    #[error("no answer within {after:?}")]
    DeadlineExceeded {
        /// The deadline.
        after: Duration,
    },
    /// The call was given up on the way; a write may or may not have taken place.
    #[error("the call was cancelled")]
    Cancelled,
    /// The server, or a proxy before it, cannot answer now.
    #[error("the server cannot answer now: {message}")]
    Unavailable {
        /// The server's words.
        message: String,
    },
    /// The endpoint could not be talked to.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The server no longer has the history after a watch's bookmark.
    #[error("the watch cannot be continued: {message}")]
    BookmarkLost {
        /// The server's words.
        message: String,
    },
    /// A watch ended with an error event.
    #[error("the watch failed: {message}")]
    WatchFailed {
        /// The server's words.
        message: String,
    },
    /// The answer is not in COSI's form.
    #[error(transparent)]
    Malformed(#[from] WireError),
    /// A resource came, but a part of it cannot be read.
    #[error("{resource} cannot be read: {reason}")]
    Unreadable {
        /// The resource.
        resource: String,
        /// Why.
        reason: String,
    },
    /// An answer that has no meaning of its own here.
    #[error("{code}: {message}")]
    Other {
        /// gRPC's word for the code.
        code: &'static str,
        /// The server's words.
        message: String,
    },
}

/// Whether trying the same call again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// It cannot.
    Never,
    /// It can, and the call certainly had no effect so far.
    Again,
    /// It can, but the call may have had its effect already: look before repeating a write.
    InDoubt,
}

// === impl Error ===

impl Error {
    /// Whether trying the same call again can help, and whether that is safe for writes.
    pub fn advice(&self) -> Advice {
        match self {
            Self::Throttled { .. } => Advice::Again,
            Self::Transport(TransportError { kind, .. }) if !kind.passing() => Advice::Never,
            Self::Transport(TransportError { kind, .. }) if kind.before_request() => Advice::Again,
            Self::Transport(_) | Self::Unavailable { .. } | Self::Cancelled => Advice::InDoubt,
            _ => Advice::Never,
        }
    }

    /// Whether the server says that there is no such resource.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// What went wrong below gRPC, when that is where it went wrong.
    pub fn transport(&self) -> Option<&TransportKind> {
        match self {
            Self::Transport(error) => Some(&error.kind),
            _ => None,
        }
    }
}
