//! The shape of a controller that only takes others along when a resource goes.
//!
//! # Flow
//! 1. The resource runs: it is held by a finalizer, and nothing else happens.
//! 2. It is tearing down: the steps are taken in their order, each until it says that all is done; then the resource is let
//!    go.
//!
//! # Guarantees
//! A step begins only when those before it are done, so that workers are gone before control planes are asked to go.

use omni_api::{Kind, Resource};

use super::context::Context;
use super::controller::{Controller, Error, Next};
use super::port::{Input, Output};
use crate::store::Query;

/// Takes other resources along when one goes.
pub trait Cleanup: Send + Sync + 'static {
    /// What it waits for the end of.
    type In: Kind;

    /// Name of the controller.
    const NAME: &'static str;

    /// What else it looks at.
    fn inputs(&self) -> Vec<Input>;

    /// What it takes away.
    fn outputs(&self) -> Vec<Output>;

    /// Takes the next step; true when there is none left.
    ///
    /// # Errors
    /// Whatever keeps the step from being taken.
    fn clean(&self, cx: &Context<'_>, input: &Resource<Self::In>) -> Result<bool, Error>;
}

/// A [`Cleanup`] as a controller.
#[derive(Debug)]
pub struct Cleaned<T>(pub T);

// === impl Cleaned ===

impl<T: Cleanup> Cleaned<T> {
    /// The controller, ready for an engine.
    pub fn boxed(cleanup: T) -> Box<dyn Controller> {
        Box::new(Self(cleanup))
    }
}

impl<T: Cleanup> Controller for Cleaned<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn inputs(&self) -> Vec<Input> {
        let mut inputs = vec![Input::by_id::<T::In>()];
        inputs.extend(self.0.inputs());
        inputs
    }

    fn outputs(&self) -> Vec<Output> {
        self.0.outputs()
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
            (false, false) => {
                cx.hold::<T::In>(id)?;
            }
            (true, true) => {
                if self.0.clean(cx, &input)? {
                    cx.release::<T::In>(id)?;
                }
            }
            (false, true) | (true, false) => {}
        }
        Ok(Next::Done)
    }
}

/// Takes away what a query finds and one of the owners owns (the empty one is the user); true when none of theirs is left.
///
/// # Errors
/// Those of [`Context::remove_for`].
pub fn take_along<K: Kind>(
    cx: &Context<'_>,
    query: &Query,
    owners: &[&str],
) -> Result<bool, Error> {
    let mut gone = true;
    for resource in cx.list::<K>(query)? {
        let owner = resource.metadata.owner.as_str();
        if owners.contains(&owner) {
            gone &= cx.remove_for::<K>(owner, resource.id())?;
        }
    }
    Ok(gone)
}
