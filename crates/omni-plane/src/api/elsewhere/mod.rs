//! Calls that are for somebody else: for a node, or for nobody.
//!
//! Omni passes a call with `runtime: Talos` on to a node, whatever the call's name, unless it is of a package of Omni's own. Here it passes the
//! same checks (which nodes, whose signature, which role) and ends with a sentence, because no Talos runs on emulated machines. A call that
//! nobody knows hears what any Go server says.

mod nodes;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use http::HeaderMap;
use omni_api::{Role, reflect};
use tonic::Status;

use super::caller;
use super::gate;
use super::signature::Verifier;
use crate::Store;
use nodes::Nodes;

/// What the names of calls begin with that are Omni's own, whatever their headers say.
const OWN: [&str; 5] = ["auth.", "config.", "management.", "oidc.", "omni."];

const NO_TALOS: &str = "the embedded plane cannot do this: no Talos runs on its emulated machines, so that no node answers";

const NO_LOGIN: &str = "the embedded plane cannot do this: nobody can log in to it";

/// What stands in front of the services.
#[derive(Debug, Clone)]
struct Front {
    store: Store,
    verifier: Verifier,
}

/// The services, and answers to the calls that are for somebody else.
pub(super) fn around(services: Router, store: &Store, verifier: Verifier) -> Router {
    let front = Front {
        store: store.clone(),
        verifier,
    };
    services
        .fallback(unknown)
        .layer(from_fn_with_state(front, look))
}

async fn look(State(front): State<Front>, request: Request, next: Next) -> Response {
    let call = request.uri().path().trim_start_matches('/');
    let own = OWN.iter().any(|package| call.starts_with(package));
    if !own && header(request.headers(), "runtime") == Some("Talos") {
        return front
            .refuse(request.headers(), request.uri().path())
            .into_http();
    }
    match unknown_method(call) {
        Some(status) => status.into_http(),
        None => next.run(request).await,
    }
}

/// The name of a service that nobody serves.
async fn unknown(request: Request) -> Response {
    let call = request.uri().path().trim_start_matches('/');
    let (service, _) = call.rsplit_once('/').unwrap_or((call, ""));
    let status = if service.starts_with("oidc.") {
        Status::unimplemented(NO_LOGIN)
    } else {
        Status::unimplemented(format!("unknown service {service}"))
    };
    status.into_http()
}

/// The refusal of a call that a known service has not.
fn unknown_method(call: &str) -> Option<Status> {
    let (service, method) = call.rsplit_once('/')?;
    let known = reflect::pool().get_service_by_name(service)?;
    let has = known.methods().any(|known| known.name() == method);
    let text = || format!("unknown method {method} for service {service}");
    (!has).then(|| Status::unimplemented(text()))
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

// === impl Front ===

impl Front {
    /// Why a call to nodes ends here.
    fn refuse(&self, headers: &HeaderMap, method: &str) -> Status {
        let checked = self.check(headers, method);
        checked.map_or_else(|status| status, |()| Status::unimplemented(NO_TALOS))
    }

    fn check(&self, headers: &HeaderMap, method: &str) -> Result<(), Status> {
        let cluster = Nodes::of(headers).cluster(&self.store)?;
        let caller = self.verifier.check(headers, method);
        let mut caller = caller.map_err(|_| Status::unauthenticated("invalid signature"))?;
        let Some(cluster) = cluster else {
            let may = caller.role >= Role::Operator;
            return may
                .then_some(())
                .ok_or_else(|| Status::permission_denied("permission denied"));
        };
        caller.role = gate::role_on(&self.store, &caller, &cluster)?;
        caller::with_role(Some(&caller), Role::Reader).map(drop)
    }
}
