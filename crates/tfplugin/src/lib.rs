//! Terraform's plugin protocol, major version 6, for providers written in Rust.
//!
//! The crate has three layers, each usable without the one above it:
//!
//! | module | what it is |
//! |---|---|
//! | [`proto`] | the messages and services on the wire, generated |
//! | [`values`] | types, values, exact numbers, paths, MessagePack and JSON |
//! | [`schema`] | what an object looks like: a struct with `#[derive(Object)]` |
//! | [`objects`] | what an object does: resources, data sources, ephemeral resources, functions, lists, actions |
//! | `testing` | a core for tests, behind the feature of that name |
//! | [`server`] | the calls of the protocol, answered for any provider |
//! | [`wire`] | handshake, mutual TLS, socket, services beside the provider, logs, debug mode |
//!
//! It guarantees that nothing but the handshake line reaches stdout, that only the core which
//! started the process can talk to it, and that a shutdown ends it promptly. It assumes a tokio
//! runtime and nothing about what the provider manages.

pub mod objchange;
pub mod objects;
pub mod proto;
pub mod schema;
pub mod server;
#[cfg(feature = "testing")]
pub mod testing;
pub mod values;
pub mod wire;

pub use objects::{Diagnostic, Diagnostics};
pub use schema::{Attr, AttrType, Invalid, Mismatch, Object, Text, types};
pub use tfplugin_derive::Object;
pub use values::{Number, Path, Step, Type, Value};
