//! What is remembered of the backups of a cluster: the last that was begun, and what came of it.
//!
//! An internal kind; its id is the cluster's. It outlives the process, so that no backup is made twice because the plane was started
//! again. Moments are nanoseconds of emulated time since the Unix epoch; 0 is none.

use std::time::Duration;

use omni_api::Kind;
use omni_api::kind::Facts;
use prost_types::Timestamp;

use crate::Moment;
use crate::internal;

/// The kind of [`AttemptSpec`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {}

/// The last attempt to make a backup.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct AttemptSpec {
    /// When it was begun.
    #[prost(uint64, tag = "1")]
    pub(super) started_at: u64,
    /// When it was over.
    #[prost(uint64, tag = "2")]
    pub(super) ended_at: u64,
    /// When the last one that succeeded was over.
    #[prost(uint64, tag = "3")]
    pub(super) succeeded_at: u64,
    /// Why it failed; empty when it did not.
    #[prost(string, tag = "4")]
    pub(super) error: String,
    /// What the user asked for last, and got.
    #[prost(message, optional, tag = "5")]
    pub(super) manual: Option<Timestamp>,
}

// === impl Attempt ===

impl Kind for Attempt {
    type Spec = AttemptSpec;
    const FACTS: &'static Facts = &internal::kind(
        "EtcdBackupAttempts.plane.internal",
        "plane.EtcdBackupAttempt",
    );
}

// === impl AttemptSpec ===

impl AttemptSpec {
    /// Whether it was begun and is not over.
    pub(super) const fn is_running(&self) -> bool {
        self.started_at > self.ended_at
    }

    /// Notes how it ended.
    pub(super) fn end(&mut self, now: Moment, outcome: Result<(), String>) {
        self.ended_at = keep(now).max(self.started_at);
        match outcome {
            Ok(()) => {
                self.succeeded_at = self.ended_at;
                self.error.clear();
            }
            Err(error) => self.error = error,
        }
    }
}

/// A moment as it is kept.
pub(super) fn keep(moment: Moment) -> u64 {
    u64::try_from(moment.since_unix().as_nanos()).unwrap_or(u64::MAX)
}

/// A kept moment; `None` when there is none.
pub(super) fn kept(nanos: u64) -> Option<Moment> {
    (nanos != 0).then(|| Moment::from_unix(Duration::from_nanos(nanos)))
}
