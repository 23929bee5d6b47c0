//! Who may do what, over the state service.

mod callers;
mod policies;
mod providers;
mod recorded;
mod roles;

use std::sync::Arc;

use omni_api::{AnyResource, Kind, Resource, Role, cosi};
use omni_plane::api::{Caller, Endpoints, StateService};
use omni_plane::{Clock, Store};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

pub(crate) use callers::As;

/// A service over an empty store, and the store.
pub(crate) fn service() -> (StateService, Store) {
    let store = Store::in_memory(Clock::manual());
    (
        StateService::new(
            store.clone(),
            Endpoints::default(),
            CancellationToken::new(),
        ),
        store,
    )
}

pub(crate) fn caller(identity: &str, role: Role) -> Caller {
    Caller {
        user_id: "u".into(),
        identity: identity.into(),
        fingerprint: "f".into(),
        role,
        user_agent: String::new(),
    }
}

pub(crate) fn request<T>(caller: Option<&Caller>, message: T) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(caller) = caller {
        request.extensions_mut().insert(Arc::new(caller.clone()));
    }
    request
}

pub(crate) fn wire<K: Kind>(id: &str, edit: impl FnOnce(&mut Resource<K>)) -> cosi::Resource {
    let mut resource = Resource::<K>::new(id, K::Spec::default());
    edit(&mut resource);
    AnyResource::into(resource.to_any())
}

/// Code and text of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (String, String) {
    let status = answer.expect_err("it is refused");
    (format!("{:?}", status.code()), status.message().to_owned())
}

/// The text of one access error as the state service wraps it.
pub(crate) fn wrapped(code: &str, text: &str) -> (String, String) {
    let text = format!(
        "failed to validate: 1 error occurred:\n\t* rpc error: code = {code} desc = {text}\n\n"
    );
    (code.to_owned(), text)
}
