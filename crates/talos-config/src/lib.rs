//! Machine configurations of Talos, read as Talos reads them.
//!
//! A configuration is a text of YAML documents: the one without a kind (`machine:`, `cluster:`) and those that name theirs. Which documents,
//! fields and types there are depends on the version of Talos ([`Edition`]) and stands in one table ([`schema`]), made from Talos' own types.
//! The crate knows texts and versions; it knows nothing of Omni, of Terraform, or of where a configuration comes from.

mod edition;
pub mod schema;

pub use edition::Edition;
