//! What was seen on the wire that the HTTP library would forget.
//!
//! HTTP/2 libraries flatten the error of a stream into a text. The byte stream notes what it saw here, and whoever reports
//! the failed request takes it from here.

use std::sync::Arc;

use parking_lot::Mutex;

use super::TransportKind;

/// A note from the byte stream to the one who reports. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Findings(Arc<Mutex<Option<TransportKind>>>);

// === impl Findings ===

impl Findings {
    /// Notes what was seen.
    pub(super) fn note(&self, kind: TransportKind) {
        *self.0.lock() = Some(kind);
    }

    /// Forgets; the connection works.
    pub(super) fn clear(&self) {
        *self.0.lock() = None;
    }

    /// What was seen last, if anything.
    pub(crate) fn last(&self) -> Option<TransportKind> {
        self.0.lock().clone()
    }
}
