//! The embedded plane as a process: the provider's own binary, started, joined, stopped, killed.
#![cfg(all(unix, feature = "plane"))]
#![allow(missing_docs, reason = "a test's name is its documentation")]

mod commands;
mod daemon;
mod documentation;
mod one_door;
mod serve;
mod support;
