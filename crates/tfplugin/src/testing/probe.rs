//! A provider for the tests of the wire: it manages nothing and answers what a test set up.
//!
//! It answers the schema, the configuration, one kind of apply that a test can hold back, and
//! `StopProvider`; every other call is refused as unimplemented.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;
use tonic::Status;

use super::stub::Stub;
use crate::proto;

/// What the probe answers and what it saw; clones share it.
#[derive(Debug, Clone)]
pub struct Probe {
    schema: Arc<proto::get_provider_schema::Response>,
    seen: Arc<Seen>,
    release: Arc<Semaphore>,
}

/// What reached the probe.
#[derive(Debug)]
struct Seen {
    applies: Semaphore,
    configured_bytes: AtomicUsize,
}

impl Default for Probe {
    fn default() -> Self {
        Self::with_description(String::new())
    }
}

impl Probe {
    /// A probe whose provider schema carries this description.
    pub fn with_description(description: String) -> Self {
        let block = proto::schema::Block {
            description,
            ..Default::default()
        };
        let schema = proto::get_provider_schema::Response {
            provider: Some(proto::Schema {
                version: 0,
                block: Some(block),
            }),
            ..Default::default()
        };
        Self {
            schema: Arc::new(schema),
            seen: Arc::new(Seen {
                applies: Semaphore::new(0),
                configured_bytes: AtomicUsize::new(0),
            }),
            release: Arc::new(Semaphore::new(0)),
        }
    }

    /// Waits until this many more applies have arrived.
    pub async fn applies_arrived(&self, count: u32) {
        // The semaphore is never closed, so an error cannot happen and would mean the same.
        if let Ok(permits) = self.seen.applies.acquire_many(count).await {
            permits.forget();
        }
    }

    /// Lets this many applies answer that are held back or will come.
    pub fn release_applies(&self, count: usize) {
        self.release.add_permits(count);
    }

    /// How many bytes the last configuration had.
    pub fn configured_bytes(&self) -> usize {
        self.seen.configured_bytes.load(Ordering::SeqCst)
    }
}

#[tonic::async_trait]
impl Stub for Probe {
    async fn get_provider_schema(
        &self,
        _: proto::get_provider_schema::Request,
    ) -> Result<proto::get_provider_schema::Response, Status> {
        Ok((*self.schema).clone())
    }

    async fn configure_provider(
        &self,
        request: proto::configure_provider::Request,
    ) -> Result<proto::configure_provider::Response, Status> {
        let bytes = request.config.map_or(0, |value| value.msgpack.len());
        self.seen.configured_bytes.store(bytes, Ordering::SeqCst);
        Ok(proto::configure_provider::Response::default())
    }

    async fn apply_resource_change(
        &self,
        request: proto::apply_resource_change::Request,
    ) -> Result<proto::apply_resource_change::Response, Status> {
        self.seen.applies.add_permits(1);
        if let Ok(permit) = self.release.acquire().await {
            permit.forget();
        }
        Ok(proto::apply_resource_change::Response {
            new_state: request.planned_state,
            ..Default::default()
        })
    }

    async fn stop_provider(
        &self,
        _: proto::stop_provider::Request,
    ) -> Result<proto::stop_provider::Response, Status> {
        Ok(proto::stop_provider::Response::default())
    }
}
