//! Ephemeral resources: values that never reach a state.

use std::future::Future;
use std::time::SystemTime;

use super::{Cx, Diagnostic, Diagnostics};
use crate::schema::Object;

/// An ephemeral resource: opened, renewed while in use, closed.
///
/// What [`Cx::set_private`] stores in one verb is there in the next.
pub trait Ephemeral: Send + Sync + 'static {
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
    /// # Assumptions
    /// Runs during plan too, as soon as the configuration is known, possibly before anything exists that it depends
    /// on. It never waits: what is not there yet is an error that names the attribute to reference instead.
    fn open(
        &self,
        cx: &Cx<Self::Session>,
        config: Self::Model,
    ) -> impl Future<Output = Result<Opened<Self::Model>, Diagnostics>> + Send;

    /// Prolongs what was opened; answers when to come again. Called only where `open` has said when.
    fn renew(
        &self,
        cx: &Cx<Self::Session>,
    ) -> impl Future<Output = Result<Option<SystemTime>, Diagnostics>> + Send {
        let _ = cx;
        let error = Diagnostic::error("Cannot be renewed")
            .detail("This ephemeral resource announced a renewal that it does not offer.");
        async { Err(error.into()) }
    }

    /// Gives back what was opened.
    fn close(
        &self,
        cx: &Cx<Self::Session>,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send {
        let _ = cx;
        async { Ok(()) }
    }
}

/// An opened ephemeral resource.
#[derive(Debug)]
pub struct Opened<M> {
    /// The attributes.
    pub result: M,
    /// When core should call `renew`.
    pub renew_at: Option<SystemTime>,
}

/// Opened, and nothing to renew.
impl<M> From<M> for Opened<M> {
    fn from(result: M) -> Self {
        Self {
            result,
            renew_at: None,
        }
    }
}
