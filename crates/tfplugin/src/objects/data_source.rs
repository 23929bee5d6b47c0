//! Data sources: objects that are only looked at.

use std::future::Future;

use super::{Cx, Diagnostics};
use crate::schema::Object;

/// A data source: a model, and how to fill it in.
pub trait DataSource: Send + Sync + 'static {
    /// What the provider's `configure` makes.
    type Session: Clone + Send + Sync + 'static;
    /// The attributes: a struct with `#[derive(Object)]` and a name.
    type Model: Object;

    /// As [`Resource::validate`](super::Resource::validate).
    fn validate(&self, config: &Self::Model, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// Fills in the computed attributes of `config`, in which nothing is unknown.
    ///
    /// What the user has set comes back as the user wrote it, whatever the answer says.
    fn read(
        &self,
        cx: &Cx<Self::Session>,
        config: Self::Model,
    ) -> impl Future<Output = Result<Self::Model, Diagnostics>> + Send;
}
