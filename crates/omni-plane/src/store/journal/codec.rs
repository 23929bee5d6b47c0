//! Resources as bytes in the file: COSI's own message, under a key that sorts by namespace, type and id.

use omni_api::resource::WireError;
use omni_api::{AnyResource, Metadata, cosi};
use prost::Message as _;

/// The key of a resource; ids may hold anything but the separator, which no text on the wire can hold either.
pub(super) fn key(metadata: &Metadata) -> Vec<u8> {
    [&*metadata.namespace, &metadata.type_name, &metadata.id]
        .join("\0")
        .into_bytes()
}

pub(super) fn encode(resource: &AnyResource) -> Vec<u8> {
    cosi::Resource::from(resource.clone()).encode_to_vec()
}

pub(super) fn decode(bytes: &[u8]) -> Result<AnyResource, DecodeError> {
    Ok(cosi::Resource::decode(bytes)?.try_into()?)
}

/// A value in the file that is no resource.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// It is no message.
    #[error("it is no resource")]
    Message(#[from] prost::DecodeError),
    /// It is a message that is not a whole resource.
    #[error("it is no whole resource")]
    Resource(#[from] WireError),
}
