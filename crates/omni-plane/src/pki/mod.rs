//! Certificates and keys in PEM, as Talos's bundles of secrets hold them.
//!
//! What is read is judged as Talos judges it, in its words; what is issued is a real certificate of the authority.

mod certificate;
mod issue;
mod key;

pub(crate) use certificate::{CertificateError, certificate};
pub(crate) use issue::{Subject, Usage, issue};
pub(crate) use key::{KeyError, Secret};
