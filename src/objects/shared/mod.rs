//! What the objects have in common: metadata that is ours and not ours, ids of machine sets, verbs on a resource, names for messages.

pub mod metadata;
pub mod nearest;
pub mod set_id;
pub mod verbs;
