//! Is it ready, and if not, who blocks?
//!
//! [`observed`] holds what the server showed, [`predicate`] judges it, [`blocker`] names what is missing, [`wait`] waits
//! for it on watches. Nothing here polls.

pub mod blocker;
mod images;
pub mod observed;
pub mod predicate;
pub mod sources;
pub mod wait;

pub use blocker::{Blocker, Subject};
pub use observed::Observed;
pub use predicate::{Wanted, blockers};
