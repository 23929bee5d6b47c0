//! What the objects have in common: metadata that is ours and not ours, verbs on a resource.

pub mod metadata;
pub mod verbs;
