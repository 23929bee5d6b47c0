//! The commonest shape of a controller: for every resource of one kind, one of another, with the same id (or a prefix and a suffix to it).
//!
//! # Flow
//! 1. The input runs: it is held by a finalizer, and the output is written as [`Transform::transform`] fills it.
//! 2. The input is tearing down, and somebody whom the transform waits for ([`Patience`]) still holds it: as in 1, without
//!    a new finalizer.
//! 3. The input is tearing down: [`Transform::finalize`] until it says that all is done, then the output is taken away, then
//!    the input is let go.
//!
//! # Guarantees
//! The output never outlives the input, and goes only after whoever holds the output has let go.

use std::borrow::Cow;
use std::sync::Arc;

use omni_api::{Kind, Metadata, Resource};

use super::context::Context;
use super::controller::{Controller, Error, Next};
use super::port::{Input, Output};
use crate::Store;

/// One resource for every resource of another kind.
pub trait Transform: Send + Sync + 'static {
    /// What there is one output for.
    type In: Kind;
    /// What is written.
    type Out: Kind;

    /// Name of the controller.
    const NAME: &'static str;

    /// Who must have let go of an input on its way out before the output goes.
    const PATIENCE: Patience = Patience::None;

    /// Whether other controllers or users write the output's kind, too.
    const SHARED: bool = false;

    /// What the output's id has before the input's id.
    const PREFIX: &'static str = "";

    /// What the output's id has after the input's id.
    const SUFFIX: &'static str = "";

    /// What else it looks at.
    fn inputs(&self) -> Vec<Input> {
        Vec::new()
    }

    /// What else it writes.
    fn outputs(&self) -> Vec<Output> {
        Vec::new()
    }

    /// Fills the output.
    ///
    /// # Errors
    /// Whatever keeps it from being filled; nothing is written then.
    fn transform(
        &self,
        cx: &Context<'_>,
        input: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error>;

    /// Cleans up after an input on its way out; false to be asked again.
    ///
    /// # Errors
    /// Whatever keeps it from being done.
    fn finalize(&self, cx: &Context<'_>, input: &Resource<Self::In>) -> Result<bool, Error> {
        let _ = (cx, input);
        Ok(true)
    }
}

/// What comes of a transformation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The output is to be written.
    Write(Next),
    /// The output is to stay as it is, or not to be.
    Keep(Next),
    /// The output is to go.
    Remove,
}

/// Whom a transform waits for before it cleans up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Nobody.
    None,
    /// Everybody else who holds the input.
    Everybody,
    /// Everybody else who holds the input, but not this one.
    EverybodyBut(&'static str),
    /// As long as this one holds the input.
    While(&'static str),
}

/// A [`Transform`] as a controller.
#[derive(Debug)]
pub struct Transformed<T>(pub T);

// === impl Verdict ===

impl Verdict {
    /// The output is to be written, and nothing is on its way.
    pub const DONE: Self = Self::Write(Next::Done);
    /// The output is to stay as it is until the next event.
    pub const SKIP: Self = Self::Keep(Next::Done);
}

// === impl Patience ===

impl Patience {
    fn waits(self, name: &str, metadata: &Metadata) -> bool {
        let mut holders = metadata.finalizers.iter();
        match self {
            Self::None => false,
            Self::Everybody => holders.any(|holder| holder != name),
            Self::EverybodyBut(last) => holders.any(|holder| holder != name && holder != last),
            Self::While(other) => holders.any(|holder| holder == other),
        }
    }
}

// === impl Transformed ===

impl<T: Transform> Transformed<T> {
    /// The controller, ready for an engine.
    pub fn boxed(transform: T) -> Box<dyn Controller> {
        Box::new(Self(transform))
    }

    fn output_id(input: &Resource<T::In>) -> Cow<'_, str> {
        match (T::PREFIX, T::SUFFIX) {
            ("", "") => input.id().into(),
            (prefix, suffix) => format!("{prefix}{}{suffix}", input.id()).into(),
        }
    }

    fn write(&self, cx: &Context<'_>, input: &Resource<T::In>) -> Result<Next, Error> {
        let id = &*Self::output_id(input);
        let current = cx.get::<T::Out>(id)?;
        if current
            .as_ref()
            .is_some_and(|output| output.metadata.tearing_down())
            && !input.metadata.tearing_down()
        {
            // The output of a former input of this name is still held; its last event brings us back.
            cx.remove::<T::Out>(id)?;
            return Ok(Next::Done);
        }
        let mut output = current
            .as_deref()
            .cloned()
            .unwrap_or_else(|| Resource::new(id, <T::Out as Kind>::Spec::default()));
        match self.0.transform(cx, input, &mut output)? {
            Verdict::Write(next) if current.as_deref() == Some(&output) => Ok(next),
            Verdict::Write(next) => {
                cx.put::<T::Out>(id, |stored| {
                    stored.spec.clone_from(&output.spec);
                    stored.metadata.labels.clone_from(&output.metadata.labels);
                    stored
                        .metadata
                        .annotations
                        .clone_from(&output.metadata.annotations);
                })?;
                Ok(next)
            }
            Verdict::Keep(next) => Ok(next),
            Verdict::Remove => {
                if current.is_some() {
                    cx.remove::<T::Out>(id)?;
                }
                Ok(Next::Done)
            }
        }
    }

    fn clean(&self, cx: &Context<'_>, input: &Resource<T::In>) -> Result<Next, Error> {
        if self.0.finalize(cx, input)? && cx.remove::<T::Out>(&Self::output_id(input))? {
            cx.release::<T::In>(input.id())?;
        }
        Ok(Next::Done)
    }
}

impl<T: Transform> Controller for Transformed<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn inputs(&self) -> Vec<Input> {
        let mut inputs = vec![
            Input::by_id::<T::In>(),
            Input::mapped::<T::Out>(on_its_way_out::<T>),
        ];
        inputs.extend(self.0.inputs());
        inputs
    }

    fn outputs(&self) -> Vec<Output> {
        let ours = if T::SHARED {
            Output::shared::<T::Out>()
        } else {
            Output::exclusive::<T::Out>()
        };
        let mut outputs = vec![ours];
        outputs.extend(self.0.outputs());
        outputs
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(input) = cx.get::<T::In>(id)? else {
            return Ok(Next::Done);
        };
        let held = input
            .metadata
            .finalizers
            .iter()
            .any(|holder| holder == T::NAME);
        match (input.metadata.tearing_down(), held) {
            (false, held) => {
                if !held {
                    cx.hold::<T::In>(id)?;
                }
                self.write(cx, &input)
            }
            (true, true) if T::PATIENCE.waits(T::NAME, &input.metadata) => self.write(cx, &input),
            (true, true) => self.clean(cx, &input),
            (true, false) => Ok(Next::Done),
        }
    }
}

/// Our output is an input, too, while it goes: its last holder's letting go is an event that we wait for.
fn on_its_way_out<T: Transform>(_: &Store, output: &Metadata) -> Vec<Arc<str>> {
    let input = output
        .tearing_down()
        .then(|| output.id.strip_prefix(T::PREFIX)?.strip_suffix(T::SUFFIX));
    input.flatten().map(Arc::from).into_iter().collect()
}
