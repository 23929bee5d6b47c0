//! The gRPC services of the plane: what Omni answers, in Omni's words.
//!
//! A call passes three doors. The signature check ([`signature`]) finds out who calls; the gate decides whether the caller may and whether
//! the change is valid; the store decides whether it fits what is there. Writes are acknowledged when they survive a crash.

mod caller;
mod gate;
mod regexp;
pub mod signature;
pub mod state;
mod status;
mod validation;
mod wire;

pub use caller::Caller;
pub use state::StateService;
