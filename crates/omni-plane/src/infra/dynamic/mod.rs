//! A provider that makes machines on request and takes them away again.

mod cleanup;
mod provision;
mod schema;
mod status;
#[cfg(test)]
mod tests;

pub use cleanup::RequestCleanup;
pub use provision::Provision;

pub(crate) use provision::owner;
pub(crate) use schema::SCHEMA;
