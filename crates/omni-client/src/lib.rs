//! Client of Omni's API: request signing, typed resources, watches, cache, management calls.
//!
//! [`Client`] is the door. It is built from an [`Endpoint`] and a [`Key`] without touching the network; [`Client::state`]
//! speaks with the server, [`Client::cache`] reads with few calls, [`Client::management`] makes the calls that are no
//! resources. Everything that can go wrong is an [`Error`], told apart by variant. The crate knows nothing of Terraform.

pub mod cache;
pub mod capabilities;
pub mod client;
pub mod clock;
pub mod compressed;
pub mod connect;
mod core;
pub mod counters;
pub mod endpoint;
pub mod error;
pub mod key;
pub mod management;
pub mod omniconfig;
pub mod query;
pub mod retry;
pub mod secret;
pub mod sign;
pub mod state;
pub mod version;
pub mod watch;
mod wire;

pub use cache::Cache;
pub use capabilities::Capabilities;
pub use client::{Client, ClientBuilder};
pub use connect::{Proxy, TlsOptions, TransportError, TransportKind};
pub use counters::Counters;
pub use endpoint::Endpoint;
pub use error::{Advice, Error};
pub use key::{AccountName, GeneratedKey, Key, KeyError};
pub use query::{Labels, Query};
pub use retry::{Jitter, RetryPolicy};
pub use secret::Secret;
pub use state::State;
pub use watch::{Event, Mirror, Watch, World};
pub use wire::Wire;

/// The example of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
