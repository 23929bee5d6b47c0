//! Actions: something to do, without a state.

use std::future::Future;

use tokio::sync::mpsc;

use super::{Cx, Diagnostics};
use crate::schema::Object;

/// An action: planned, then invoked.
pub trait Action: Send + Sync + 'static {
    /// What the provider's `configure` makes.
    type Session: Clone + Send + Sync + 'static;
    /// The attributes: a struct with `#[derive(Object)]` and a name.
    type Config: Object;

    /// As [`Resource::validate`](super::Resource::validate).
    fn validate(&self, config: &Self::Config, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// Looks at what is to be done: the place to warn, or to refuse. `config` may hold unknown values.
    fn plan(
        &self,
        cx: &Cx<Self::Session>,
        config: Self::Config,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send {
        let _ = (cx, config);
        async { Ok(()) }
    }

    /// Does it, telling `progress` what is going on.
    fn invoke(
        &self,
        cx: &Cx<Self::Session>,
        config: Self::Config,
        progress: &Progress,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;
}

/// Tells the user how far an action is.
#[derive(Clone, Debug)]
pub struct Progress(mpsc::UnboundedSender<String>);

impl Progress {
    pub(crate) const fn new(sink: mpsc::UnboundedSender<String>) -> Self {
        Self(sink)
    }

    /// Shows a line to the user.
    pub fn say(&self, message: impl Into<String>) {
        // Whoever does not listen any more does not need to know.
        let _ = self.0.send(message.into());
    }
}
