//! A small controller runtime, in the spirit of COSI.
//!
//! A [`Controller`] declares the kinds it looks at and the kinds it writes, and reconciles one id at a time; an [`Engine`]
//! turns events of the store into reconciliations, each once, in an order that is the same in every run. The engine runs on
//! real time ([`Engine::run`]) or as a simulation on a manual clock ([`Engine::settle`]).

mod backoff;
mod cleanup;
mod context;
mod controller;
mod drive;
mod graph;
mod later;
mod ledger;
#[cfg(test)]
mod ledger_tests;
mod metrics;
mod pace;
mod port;
mod queue;
mod runtime;
mod settle;
mod stats;
#[cfg(test)]
mod tests;
mod timers;
mod transform;

pub use backoff::Backoff;
pub use cleanup::{Cleaned, Cleanup, take_along};
pub use context::Context;
pub use controller::{Access, Controller, Error, Next};
pub use graph::dot;
pub use later::Later;
pub use ledger::{Book, Ledger, Memo};
pub use metrics::Histogram;
pub use port::{Input, Map, MemberMap, Output};
pub use runtime::{BuildError, Engine};
pub use settle::Settled;
pub use stats::{Stats, Tally};
pub use transform::{Patience, Transform, Transformed, Verdict};
