//! What the objects have in common: machines that may be missing, metadata that is ours and not ours, ids of machine sets, ids that
//! order, objects of Kubernetes in YAML, verbs on a resource, objects that mirror one, names for messages, accounts with their keys and roles.

pub mod account_key;
pub mod accounts;
pub mod kubernetes;
pub mod machine;
pub mod metadata;
pub mod mirror;
pub mod nearest;
pub mod ordered;
pub mod roles;
pub mod server;
pub mod set_id;
#[cfg(test)]
pub mod testing;
pub mod verbs;
