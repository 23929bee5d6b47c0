//! What every object does with Omni: write without adopting or clobbering, delete without hanging.
//!
//! Contract: a create of an id that exists is an error with the import block; an update re-reads and sets only its own fields; a
//! delete tears down, waits for the finalizers on a watch, destroys, is bounded, and takes "already gone" for success.

use omni_api::{Kind, Metadata, Resource};
use omni_client::state::Teardown;
use omni_client::{Client, Error};
use tfplugin::objects::{Change, Cx, Interrupted};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use crate::readiness::wait::{self, capital};
use crate::session::{Session, explain};

/// The note in an object's private state that it is on its way out.
const LEAVING: &str = "leaving";

/// How an object calls itself in messages.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    /// Type of the resource, `omni_cluster`.
    pub resource: &'static str,
    /// What it is, `cluster`.
    pub noun: &'static str,
    /// Its id.
    pub id: &'a str,
}

// === impl Name ===

impl Name<'_> {
    fn doing(&self, verb: &str) -> String {
        format!("{verb} the {} {:?}", self.noun, self.id)
    }
}

/// Creates a resource.
///
/// # Errors
/// An id that exists already, with the import block; any other failure, explained.
pub async fn create<K: Kind>(
    client: &Client,
    name: Name<'_>,
    resource: &Resource<K>,
) -> Result<Resource<K>, Diagnostic> {
    client
        .state()
        .create(resource)
        .await
        .map_err(|error| match error {
            Error::AlreadyExists { .. } => explain::already_exists(name.resource, name.id),
            error => explain::failed(&name.doing("create"), &error),
        })
}

/// Sets fields of a resource; fields of others stay.
///
/// # Errors
/// The resource is gone, or the write failed.
pub async fn update<K: Kind>(
    client: &Client,
    name: Name<'_>,
    change: impl FnMut(&mut Resource<K>) + Send,
) -> Result<Resource<K>, Diagnostic> {
    client
        .state()
        .modify(name.id, change)
        .await
        .map_err(|error| match error {
            Error::NotFound { .. } => gone(name),
            error => explain::failed(&name.doing("update"), &error),
        })
}

/// An object that was to be changed is not there any more.
pub fn gone(name: Name<'_>) -> Diagnostic {
    Diagnostic::error(format!("The {} {:?} is gone", name.noun, name.id))
        .detail("It was deleted outside of Terraform since the plan was made.")
        .remedy("Plan again: Terraform then creates it anew.")
}

/// Deletes a resource; `blocked` says what holds it where the wait ends early.
///
/// # Errors
/// The server refuses, or the time was up with finalizers left.
pub async fn delete<K: Kind, F: Future<Output = String>>(
    cx: &Cx<Session>,
    client: &Client,
    name: Name<'_>,
    blocked: impl FnOnce() -> F,
) -> Result<(), Diagnostics> {
    let failed = |error: Error| explain::failed(&name.doing("delete"), &error);
    let state = client.state();
    match state.teardown::<K>(name.id).await.map_err(failed)? {
        Teardown::Gone => return Ok(()),
        Teardown::Ready => {}
        Teardown::Held => {
            tracing::info!(id = name.id, "waiting for what holds the {}", name.noun);
            match cx.wait(wait::released::<K>(client, name.id)).await {
                Ok(released) => released.map_err(failed)?,
                Err(why) => return Err(held(name, why, &blocked().await).into()),
            }
        }
    }
    Ok(state.destroy::<K>(name.id).await.map_err(failed)?)
}

fn held(name: Name<'_>, why: Interrupted, blocked: &str) -> Diagnostic {
    let (noun, id) = (name.noun, name.id);
    let diagnostic = Diagnostic::error(format!("The {noun} {id:?} is still being destroyed"))
        .detail(format!("{}. {blocked}", capital(&why.to_string())));
    match why {
        Interrupted::Cancelled => diagnostic.remedy("Omni goes on with it. Run destroy again to see it through."),
        Interrupted::TimedOut { .. } => {
            diagnostic.remedy("Omni goes on with it. Run destroy again, with a longer `timeouts.delete` where machines are slow.")
        }
    }
}

/// Notes, during a read, whether the object is on its way out.
///
/// The object stays in the state, and the next plan replaces it ([`replace_leaving`]): a plan that says "no changes" about it would be a
/// lie, and one that only creates would meet the old object still there.
pub fn note_phase(cx: &Cx<Session>, name: Name<'_>, metadata: &Metadata) {
    if metadata.tearing_down() {
        cx.set_private(LEAVING, b"1".to_vec());
        cx.warn(leaving(name));
    } else if is_leaving(cx) {
        cx.set_private(LEAVING, Vec::new());
    }
}

/// Plans to replace an object that is on its way out, by an attribute that only the server knows; whether it is so.
pub fn replace_leaving<M, T>(
    cx: &Cx<Session>,
    change: &mut Change<M>,
    attribute: &str,
    of: fn(&mut M) -> &mut Attr<T>,
) -> bool {
    if !is_leaving(cx) {
        return false;
    }
    *of(&mut change.planned) = Attr::Unknown;
    change.replace(Path::of(attribute));
    true
}

/// What is planned, where it is known and not what was there before: worth asking the server about.
pub fn renewed<'a, T: PartialEq>(prior: Option<&Attr<T>>, planned: &'a Attr<T>) -> Option<&'a T> {
    match planned {
        Attr::Known(value) if prior != Some(planned) => Some(value),
        _ => None,
    }
}

/// Whether the last read found the object on its way out.
fn is_leaving(cx: &Cx<Session>) -> bool {
    cx.private(LEAVING).is_some_and(|note| !note.is_empty())
}

fn leaving(name: Name<'_>) -> Diagnostic {
    Diagnostic::warning(format!("The {} {:?} is being destroyed", name.noun, name.id))
        .detail("Somebody has deleted it, or a destroy was interrupted. Omni refuses changes to it and removes it when nothing holds it any more.")
        .remedy("Run destroy to see it through. An apply waits until it is gone and creates it anew.")
}
