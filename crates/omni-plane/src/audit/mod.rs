//! The audit log: who changed what.
//!
//! Whatever an account or the plane itself writes of the kinds that Omni audits is told by one row of the annals, in the
//! commit of the change: what survives a crash is in the log, what does not is not. Rows are Omni's JSON documents, one a line.

mod date;
mod event;
mod hooks;
mod read;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use crate::Store;
use crate::store::{Author, StoreError, Transaction, Witness, Written};

pub(crate) use date::parse as parse_date;
pub(crate) use event::Access;
pub(crate) use read::{Filter, Order, OrderBy};

use event::{Data, Event};

/// The stream of the annals.
const STREAM: &str = "audit";

/// How long rows are kept, as in Omni.
pub const RETENTION: Duration = Duration::from_hours(30 * 24);

/// Writes the log. See [`record`].
#[derive(Debug)]
struct Recorder;

/// The log of a store, to be read.
#[derive(Debug, Clone)]
pub(crate) struct AuditLog(Store);

/// Begins to write down what happens to a store.
pub fn record(store: &Store) {
    store.set_witness(Arc::new(Recorder));
}

// === impl Recorder ===

impl Witness for Recorder {
    /// The data of one call gathers what its changes say, as in Omni; the plane's own changes stand each for itself.
    fn saw(&self, tx: &mut Transaction<'_>, author: Option<&Author>, changes: &[Written]) {
        let mut gathered = Data::of(author);
        for written in changes {
            let data = match author {
                Some(_) => &mut gathered,
                None => &mut Data::of(None),
            };
            if let Some(kind) = hooks::observe(data, author.is_some(), written) {
                let metadata = &written.event.resource.metadata;
                let event = Event {
                    kind,
                    resource_type: &metadata.type_name,
                    resource_id: &metadata.id,
                    data,
                    millis: millis(tx),
                };
                tx.note(STREAM, event.line());
            }
        }
    }
}

fn millis(tx: &Transaction<'_>) -> i64 {
    let now = tx.now();
    now.seconds * 1000 + i64::from(now.nanos / 1_000_000)
}

// === impl AuditLog ===

impl AuditLog {
    pub(crate) fn new(store: Store) -> Self {
        Self(store)
    }

    /// Notes that the log itself was read.
    pub(crate) fn accessed(&self, author: &Author, access: Access) -> Result<(), StoreError> {
        let mut data = Data::of(Some(author));
        data.audit_log_access = Some(access);
        self.note("audit_log_access", &data)
    }

    /// Notes that a machine of a cluster was spoken to.
    pub(crate) fn talos_access(
        &self,
        author: &Author,
        method: &str,
        cluster: &str,
        machine: &str,
    ) -> Result<(), StoreError> {
        let mut data = Data::of(Some(author));
        data.talos_access = Some(event::TalosAccess {
            full_method_name: method.to_owned(),
            cluster_name: cluster.to_owned(),
            machine_ip: machine.to_owned(),
        });
        self.note("talos_access", &data)
    }

    fn note(&self, kind: &str, data: &Data) -> Result<(), StoreError> {
        self.0.transaction(|tx| {
            let event = Event {
                kind,
                resource_type: "",
                resource_id: "",
                data,
                millis: millis(tx),
            };
            tx.note(STREAM, event.line());
            Ok(())
        })
    }
}
