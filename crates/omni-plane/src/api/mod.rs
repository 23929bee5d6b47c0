//! The gRPC services of the plane: what Omni answers, in Omni's words.
//!
//! A call passes three doors. The signature check ([`signature`]) finds out who calls; the gate decides whether the caller may and whether
//! the change is valid; the store decides whether it fits what is there. Writes are acknowledged when they survive a crash.

mod caller;
mod elsewhere;
mod faulty;
mod gate;
mod gateway;
mod login;
mod mail;
pub mod management;
mod policy;
mod regexp;
mod resources;
pub mod signature;
pub mod state;
mod status;
mod validation;
mod wire;

use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use crate::Store;
use crate::backups::Depot;
use faulty::Faulty;
use login::Login;
use resources::Resources;
use signature::{Signed, Verifier};

pub use caller::Caller;
pub(crate) use caller::PROVIDER_SUFFIX;
pub use management::{Endpoints, Management};
pub use state::StateService;

/// All services of the plane over a store and the backups beside it, behind the signature check. Streams end when `stop` is cancelled.
pub fn routes(
    store: &Store,
    depot: &Depot,
    endpoints: Endpoints,
    stop: CancellationToken,
) -> Routes {
    let verifier = Verifier::new(store.clone());
    let state = StateService::new(store.clone(), endpoints.clone(), stop.clone())
        .with_backups(depot.clone());
    let resources = Resources::new(state.clone());
    let login = Login::new(store.clone());
    let state = Faulty::new(state, store, stop);
    let management = Management::new(store.clone(), endpoints);
    let routes = Routes::new(Signed::new(state::server(state), verifier.clone()))
        .add_service(Signed::new(management.into_server(), verifier.clone()))
        .add_service(Signed::new(resources.into_server(), verifier.clone()).open(&resources::OPEN))
        .add_service(Signed::new(login.into_server(), verifier.clone()).open(&login::OPEN));
    elsewhere::around(gateway::beside(routes), store, verifier).into()
}
