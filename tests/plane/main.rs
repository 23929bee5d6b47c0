//! The embedded plane as a process: the provider's own binary, started, joined, stopped, killed.
#![cfg(all(unix, feature = "plane"))]
#![allow(missing_docs, reason = "a test's name is its documentation")]

mod caller;
mod commands;
mod daemon;
mod documentation;
mod instance;
mod killed;
mod one_door;
#[path = "../../crates/omni-plane/tests/support/picture.rs"]
mod picture;
mod serve;
mod served;
mod support;
