//! Whoever is judged.

use std::future::Future;
use std::pin::Pin;

use futures::Stream;
use omni_api::selector::Selector;
use omni_api::{AnyResource, Phase};

/// The events of a watch.
pub type Events = Pin<Box<dyn Stream<Item = Result<Seen, Refusal>> + Send>>;

/// Whatever keeps resources. All rules work on one type in one namespace, those of [`Subject::sample`].
pub trait Subject: Sync {
    /// What it is called in the report.
    fn name(&self) -> &str;

    /// A resource of this id that the subject accepts. Rules change its labels and finalizers only.
    fn sample(&self, id: &str) -> AnyResource;

    /// Whether a caller may write in the name of an owner. Servers that sign their callers do not allow it.
    fn allows_owners(&self) -> bool;

    /// Reads one.
    fn get(&self, id: &str) -> impl Future<Output = Result<AnyResource, Refusal>> + Send;

    /// Reads many.
    fn list(&self, asked: &Asked)
    -> impl Future<Output = Result<Vec<AnyResource>, Refusal>> + Send;

    /// Creates; answers it as stored.
    fn create(
        &self,
        resource: AnyResource,
        owner: &str,
    ) -> impl Future<Output = Result<AnyResource, Refusal>> + Send;

    /// Replaces at the version that it carries; answers it as stored.
    fn update(
        &self,
        resource: AnyResource,
        owner: &str,
        expected: Option<Phase>,
    ) -> impl Future<Output = Result<AnyResource, Refusal>> + Send;

    /// Marks as being torn down; answers whether nobody holds it.
    fn teardown(&self, id: &str, owner: &str)
    -> impl Future<Output = Result<bool, Refusal>> + Send;

    /// Destroys.
    fn destroy(&self, id: &str, owner: &str) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// Watches one resource (`id`) or those that are asked for.
    fn watch(
        &self,
        id: Option<&str>,
        asked: &Asked,
    ) -> impl Future<Output = Result<Events, Refusal>> + Send;
}

/// What a list or a watch asks for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// By label; one of the alternatives must match.
    pub labels: Selector,
    /// By id: a regular expression that must match somewhere in it.
    pub id: Option<String>,
    /// Of a watch: all contents first, then a mark.
    pub contents: bool,
    /// Of a watch: the last changes first, this many.
    pub tail: u16,
    /// Of a watch: the changes after this bookmark.
    pub after: Option<Vec<u8>>,
}

/// An event with the place to come back to.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What happened.
    pub event: Event,
    /// Where in the history; empty where the server told none.
    pub bookmark: Vec<u8>,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// It exists, or began to match.
    Created(AnyResource),
    /// It was written.
    Updated {
        /// Before.
        old: Box<AnyResource>,
        /// After.
        new: AnyResource,
    },
    /// It is gone, ceased to match, or (as the first event of a watch on one) does not exist.
    Destroyed(AnyResource),
    /// All contents have been told.
    Bootstrapped,
    /// A bookmark only.
    Noop,
}

/// A refusal by its meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such resource.
    #[error("not found")]
    NotFound,
    /// There is one already.
    #[error("exists already")]
    Exists,
    /// Another version is stored, somebody holds it, or the bookmark is not valid.
    #[error("conflict")]
    Conflict,
    /// It belongs to somebody else.
    #[error("owned by somebody else")]
    Owner,
    /// It is in another phase.
    #[error("in another phase")]
    Phase,
    /// Anything else, in the subject's words.
    #[error("{0}")]
    Other(String),
}
