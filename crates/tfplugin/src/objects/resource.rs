//! Resources: objects that Terraform creates, keeps and destroys.

use std::future::Future;

use super::import;
use super::moved::{self, MoveSource};
use super::rules;
use super::{Cx, Diagnostics};
use crate::schema::Object;
use crate::values::Path;

/// A JSON object, as states are stored.
pub type JsonObject = serde_json::Map<String, serde_json::Value>;

/// A resource: a model, and the verbs on it.
///
/// The rules of planning are the framework's. A verb is told what to bring about and answers what it has brought
/// about; spelling, defaults, unknown values, replacement, timeouts, identity and private state are handled
/// around it.
pub trait Resource: Send + Sync + 'static {
    /// What the provider's `configure` makes.
    type Session: Clone + Send + Sync + 'static;
    /// The attributes: a struct with `#[derive(Object)]` and a name.
    type Model: Object;

    /// Checks the configuration as a whole: exactly one of, conflicts, checks across attributes.
    ///
    /// # Assumptions
    /// Runs several times, before and after configuration, with unknown values: an unknown value is never wrong.
    fn validate(&self, config: &Self::Model, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// Looks at a planned create or update: what a reviewer must know before the apply.
    ///
    /// # Flow
    /// The framework has planned already. The review may set computed attributes in `change.planned`, mark them
    /// [`Attr::Unknown`](crate::Attr), ask for a replacement with [`Change::replace`], and warn or fail. What it does to an
    /// attribute that the user has set is an error.
    ///
    /// # Guarantees
    /// Runs twice for each change, the second time with everything known; what it sets the first time it must
    /// set again.
    fn review(
        &self,
        cx: &Cx<Self::Session>,
        change: &mut Change<Self::Model>,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send {
        let _ = (cx, change);
        async { Ok(()) }
    }

    /// Looks at a planned destroy: the place to warn, or to refuse.
    fn review_destroy(
        &self,
        cx: &Cx<Self::Session>,
        state: &Self::Model,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send {
        let _ = (cx, state);
        async { Ok(()) }
    }

    /// Makes the object and answers its state, in which nothing is unknown.
    ///
    /// # Guarantees
    /// Never dropped half-way. A state handed to [`Cx::keep`] reaches Terraform even when the verb fails.
    ///
    /// # Errors
    /// A [`Failure`]; with a state in it, Terraform records the object as tainted.
    fn create(
        &self,
        cx: &Cx<Self::Session>,
        plan: Plan<Self::Model>,
    ) -> impl Future<Output = Result<Self::Model, Failure<Self::Model>>> + Send;

    /// Looks at the object; `None` where it is gone.
    ///
    /// `state` is what is known so far; after an import only the identity is set. Spelling is not a concern: a value
    /// that means what the state says keeps the state's spelling.
    fn read(
        &self,
        cx: &Cx<Self::Session>,
        state: Self::Model,
    ) -> impl Future<Output = Result<Option<Self::Model>, Diagnostics>> + Send;

    /// Changes the object from `prior` to the plan and answers its state.
    ///
    /// # Errors
    /// A [`Failure`]; without a state in it, Terraform keeps the prior one.
    fn update(
        &self,
        cx: &Cx<Self::Session>,
        prior: Self::Model,
        plan: Plan<Self::Model>,
    ) -> impl Future<Output = Result<Self::Model, Failure<Self::Model>>> + Send;

    /// Removes the object. One that is gone already is a success.
    ///
    /// # Errors
    /// A [`Failure`]; the object stays in the state.
    fn delete(
        &self,
        cx: &Cx<Self::Session>,
        state: Self::Model,
    ) -> impl Future<Output = Result<(), Failure<Self::Model>>> + Send;

    /// From an import id to a state that [`read`](Resource::read) can complete.
    ///
    /// By default the id is the values of the identity attributes, joined with `/`.
    fn import(
        &self,
        cx: &Cx<Self::Session>,
        id: &str,
    ) -> impl Future<Output = Result<Self::Model, Diagnostics>> + Send {
        let _ = cx;
        let state = import::by_id(id);
        async { state }
    }

    /// Brings a stored state of an earlier version into today's shape, meaning unchanged, nothing remote called.
    ///
    /// Version 0 is the state of another provider. Afterwards the framework drops attributes that do not exist and
    /// nulls those that are missing (in a state of another provider: gives them their default), so that only renames and
    /// conversions are left to do here.
    ///
    /// # Errors
    /// The state cannot be carried over.
    fn upgrade(&self, version: i64, state: &mut JsonObject) -> Result<(), Diagnostics> {
        let _ = (version, state);
        Ok(())
    }

    /// Whether a `moved` block may bring an object of another provider or type here; reshapes its state.
    ///
    /// By default the type of the same name of a provider of the same name is accepted as it is.
    ///
    /// # Errors
    /// The source is right and its state is not.
    fn move_from(
        &self,
        source: &MoveSource<'_>,
        state: &mut JsonObject,
    ) -> Result<bool, Diagnostics> {
        let _ = state;
        Ok(moved::same_name(source))
    }
}

/// A change that is being planned.
#[derive(Debug)]
pub struct Change<M> {
    /// What the user wrote; unknown values included, write-only values included.
    pub config: M,
    /// The state before; `None` on create.
    pub prior: Option<M>,
    /// The state that is planned so far. Computed attributes may be changed here.
    pub planned: M,
    pub(crate) replace: Vec<Path>,
}

/// A change that is to be made.
#[derive(Debug)]
pub struct Plan<M> {
    /// What the user wrote; write-only values are here only.
    pub config: M,
    /// The state to bring about. Unknown attributes are for the verb to fill in.
    pub planned: M,
}

/// Why a verb failed, and how far it came.
#[derive(Debug)]
pub struct Failure<M> {
    /// What the user is told.
    pub diagnostics: Diagnostics,
    /// The object as it is now, where it exists.
    pub state: Option<M>,
}

impl<M: Object> Change<M> {
    /// Whether nothing but `timeouts` differs from the prior state, as planned so far.
    pub fn is_unchanged(&self) -> bool {
        self.prior
            .as_ref()
            .is_some_and(|prior| rules::only_timeouts(&prior.encode(), &self.planned.encode()))
    }
}

impl<M> Change<M> {
    /// A change as a test hands it to a review.
    pub const fn new(config: M, prior: Option<M>, planned: M) -> Self {
        Self {
            config,
            prior,
            planned,
            replace: Vec::new(),
        }
    }

    /// Whether the object is new.
    pub const fn is_create(&self) -> bool {
        self.prior.is_none()
    }

    /// Lets the change of the attribute at `path` replace the object instead of updating it.
    ///
    /// Core replaces only where the planned value differs from the prior one: an attribute that does not change by
    /// itself is marked [`Attr::Unknown`](crate::Attr) as well.
    pub fn replace(&mut self, path: Path) {
        self.replace.push(path);
    }

    /// The paths that the review has asked to replace the object for.
    pub fn replaced(&self) -> &[Path] {
        &self.replace
    }
}

impl<M> Failure<M> {
    /// A failure of an object that exists: its state goes along, and Terraform marks it as tainted.
    pub fn with_state(diagnostics: impl Into<Diagnostics>, state: M) -> Self {
        Self {
            diagnostics: diagnostics.into(),
            state: Some(state),
        }
    }
}

/// Without a state: `?` on a diagnostic ends a verb.
impl<M, D: Into<Diagnostics>> From<D> for Failure<M> {
    fn from(diagnostics: D) -> Self {
        Self {
            diagnostics: diagnostics.into(),
            state: None,
        }
    }
}
