//! What the objects have in common: metadata that is ours and not ours, verbs on a resource, names for messages.

pub mod metadata;
pub mod nearest;
pub mod verbs;
