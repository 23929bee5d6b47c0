//! From the start of the process to answered calls, and to its end.
//!
//! A core starts a provider as a child, tells it what it wants through the environment, and reads
//! one line from its standard output ([`handshake`]). Then it connects to the socket named there
//! ([`listener`]) with the certificate that it announced ([`tls`]) and makes calls ([`serve`])
//! until it asks the process to end ([`services`]). What is written to standard error becomes its
//! log ([`logging`]). A developer can turn the order round and let a running provider be found by
//! a core ([`reattach`]).
//!
//! The module writes the handshake line, or the variable of [`reattach`], to standard output and
//! nothing else. It assumes that nobody else writes there.

pub mod connection;
pub mod handshake;
mod host;
mod incoming;
pub mod listener;
pub mod logging;
mod pinned;
pub mod reattach;
pub mod serve;
pub mod services;
mod signals;
#[cfg(unix)]
mod socket_dir;
pub mod tls;
