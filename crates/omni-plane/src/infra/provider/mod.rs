//! Infrastructure providers that the plane plays itself.
//!
//! Every provider that is registered is played until a real one speaks for it: it has a status with a schema from the first
//! moment ([`play_new_providers`]), a heartbeat, and machines ([`super::dynamic`] makes them on request, [`super::fixed`] has
//! them). The plane's own controllers for providers, which work for real ones just as well, are here, too.

mod admission;
mod cleanup;
mod combined;
mod health;
mod join_config;
mod play;
#[cfg(test)]
mod tests;

pub use admission::play_new_providers;
pub use cleanup::Cleanup;
pub use combined::CombinedStatus;
pub use health::Heartbeat;
pub use join_config::JoinConfigs;

pub(crate) use cleanup::mark;
pub(crate) use play::Play;
