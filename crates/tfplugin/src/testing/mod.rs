//! Tools for the tests of providers; behind the cargo feature `testing`.
//!
//! [`client`] plays Terraform's core on the wire, towards a provider's binary or a provider in the
//! same process; [`probe`] is the provider of our own tests on the wire. Nothing here is meant for a released provider.

pub mod client;
pub mod probe;
