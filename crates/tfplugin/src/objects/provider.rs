//! The provider: its block in the configuration, and the list of everything it offers.

use std::future::Future;

use super::{Catalog, Cx, Diagnostics};
use crate::schema::Object;

/// A provider: a configuration, the session that it leads to, and a catalog of objects.
pub trait Provider: Send + Sync + 'static {
    /// The provider block: a struct with `#[derive(Object)]`; its name is the prefix of every object.
    type Config: Object;
    /// What the objects work with: a client, a cache. Cloned for each call.
    type Session: Clone + Send + Sync + 'static;

    /// Where people report a bug of the provider.
    const ISSUES: &'static str;

    /// Everything that the provider offers. Asked once.
    fn catalog(&self) -> Catalog<Self::Session>;

    /// Checks the provider block as a whole; an unknown value is never wrong.
    fn validate(&self, config: &Self::Config, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// From the provider block to a session.
    ///
    /// # Assumptions
    /// During plan, attributes may be unknown. The session then decides for itself what it can do; what needs the
    /// unknown part says so when it is used, or asks for a [deferral](Cx::defer).
    fn configure(
        &self,
        cx: &Cx<()>,
        config: Self::Config,
    ) -> impl Future<Output = Result<Self::Session, Diagnostics>> + Send;
}
