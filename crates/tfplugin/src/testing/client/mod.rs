//! A core for tests: starts a provider, proves who it is, and makes calls.
//!
//! It behaves as Terraform's plugin host does where a provider can see it: the environment of the
//! child, the certificate with its P-521 key, the two streams that it opens at once and keeps, and
//! the order to end with two seconds to obey. [`Plugin::start`] runs a binary; [`Plugin::in_process`]
//! runs a provider over memory, without a handshake, which is fast enough for every test.

mod certificate;
mod channel;
mod child;
mod error;
mod in_process;
mod key;
mod line;
mod plugin;

pub use certificate::ClientIdentity;
pub use channel::connect;
pub use child::{Child, Launch};
pub use error::PluginError;
pub use line::HandshakeLine;
pub use plugin::{Ended, Plugin, Provider};
