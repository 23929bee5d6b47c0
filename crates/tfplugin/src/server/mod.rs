//! The server: a provider's objects behind the calls of the protocol.
//!
//! [`Service`] implements the generated trait for any [`Provider`]. It decodes, applies the rules of
//! [`objects`](crate::objects), calls the object, and encodes; it knows no object by itself. Every call is answered: what an object
//! cannot do becomes a diagnostic, a panic included.

mod action;
mod calls;
mod data_source;
mod entries;
mod ephemeral;
mod function;
mod list;
mod panics;
mod provider_block;
mod resource;
mod schemas;
mod service;
mod shared;
mod wire;

use std::fmt;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::objects::Provider;
use crate::schema::Object as _;

/// A provider that answers core. Cheap to clone; clones share one session.
pub struct Service<P: Provider> {
    shared: Arc<shared::Shared<P>>,
}

impl<P: Provider> Service<P> {
    /// A provider that is not configured yet.
    pub fn new(provider: P) -> Self {
        Self::stopped_by(provider, CancellationToken::new())
    }

    /// A provider whose calls stop waiting when `stop` is cancelled, because the process is to end.
    pub fn stopped_by(provider: P, stop: CancellationToken) -> Self {
        Self {
            shared: Arc::new(shared::Shared::new(provider, stop)),
        }
    }
}

impl<P: Provider> Clone for Service<P> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<P: Provider> fmt::Debug for Service<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("provider", &P::Config::SCHEMA.name)
            .finish_non_exhaustive()
    }
}
