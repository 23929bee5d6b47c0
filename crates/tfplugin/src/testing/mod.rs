//! Tools for the tests of providers; behind the cargo feature `testing`.
//!
//! [`client`] plays Terraform's plugin host on the wire, towards a provider's binary or a provider
//! in the same process. [`core`] plays the rest of Terraform's core on top of it: it plans, applies
//! and judges as core does. [`stub`] makes a provider of a few calls, [`probe`] is the one of our
//! own tests on the wire. Nothing here is meant for a released provider.

pub mod client;
pub mod core;
pub mod probe;
pub mod rules;
pub mod stub;
