//! The provider's binary over its own wire, driven by a core of ours: what the installed `terraform` cannot do yet, and what it
//! does not show. Every answer is judged by core's rules.
#![cfg(feature = "plane")]
#![allow(missing_docs, reason = "a test's name is its documentation")]

#[path = "../../crates/omni-plane/tests/support/bucket.rs"]
mod bucket;
mod lab;
mod lives;
