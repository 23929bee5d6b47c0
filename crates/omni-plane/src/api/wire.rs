//! Resources and queries on their way in and out.
//!
//! Going out, a resource of a known kind gets its YAML rendering, and times that were never set become Go's zero time. Coming in, its spec
//! must decode as its kind's message, and what a Go client compressed is laid open, so that nothing behind this door meets compressed data.

use omni_api::{AnyResource, cosi, kind, yaml_spec};
use prost_types::Timestamp;
use tonic::Status;

use crate::release::{self, Release};
use crate::store::Query;

use super::status;

/// Go's zero time, the first day of year 1: what a Go server sends for a time that was never set.
const NEVER: Timestamp = Timestamp {
    seconds: -62_135_596_800,
    nanos: 0,
};

/// What the server takes for a time that the client left out.
const EPOCH: Timestamp = Timestamp {
    seconds: 0,
    nanos: 0,
};

/// A resource as clients see it of a server of this release.
pub(crate) fn outgoing(release: Release, resource: &AnyResource) -> cosi::Resource {
    let mut wire = cosi::Resource::from(resource.clone());
    if let Some(metadata) = &mut wire.metadata {
        metadata.created.get_or_insert(NEVER);
        metadata.updated.get_or_insert(NEVER);
    }
    if let Some(spec) = &mut wire.spec
        && let Some(message) = message_of(&resource.metadata.type_name)
    {
        // Contents that do not decode were refused at this door; an unreadable file is the only other source.
        let knows = |message: &str, field: &str| release.has_field(message, field);
        spec.yaml_spec =
            yaml_spec::render_known(message, &spec.proto_spec, &knows).unwrap_or_default();
        // What users write into fields that the server does not know it carries along unread; of its own it has none.
        if !is_users(&resource.metadata.type_name)
            && let Some(known) = release::without_unknown(release, message, &spec.proto_spec)
        {
            spec.proto_spec = known;
        }
    }
    wire
}

/// Whether users write resources of the kind.
fn is_users(type_name: &str) -> bool {
    kind::find(type_name).is_some_and(|facts| facts.user_managed)
}

/// A resource that is not there: its name only.
pub(crate) fn tombstone(namespace: &str, type_name: &str, id: &str) -> cosi::Resource {
    let metadata = omni_api::Metadata::new(namespace, type_name, id);
    let mut metadata = cosi::Metadata::from(metadata);
    metadata.created = Some(NEVER);
    metadata.updated = Some(NEVER);
    cosi::Resource {
        metadata: Some(metadata),
        spec: Some(cosi::Spec::default()),
    }
}

/// A resource that a client sent.
pub(crate) fn incoming(wire: Option<cosi::Resource>) -> Result<AnyResource, Status> {
    let wire = wire.unwrap_or_default();
    let mut resource = AnyResource::try_from(wire).map_err(|error| status::of_wire(&error))?;
    resource.metadata.created.get_or_insert(EPOCH);
    resource.metadata.updated.get_or_insert(EPOCH);
    if let Some(message) = message_of(&resource.metadata.type_name) {
        let plain = yaml_spec::plain(message, &resource.spec, &resource.yaml);
        resource.spec = plain.map_err(|error| unreadable(&error))?.into_owned();
        omni_api::reflect::decode(message, &resource.spec).map_err(|error| unreadable(&error))?;
        resource.yaml.clear();
    }
    Ok(resource)
}

/// The query of a list or a watch.
pub(crate) fn query(
    labels: &[cosi::LabelQuery],
    id: Option<&cosi::IdQuery>,
) -> Result<Query, Status> {
    let selector = labels
        .try_into()
        .map_err(|error: omni_api::selector::QueryError| {
            Status::unimplemented(error.to_string())
        })?;
    let pattern = id
        .map(|id| id.regexp.as_str())
        .filter(|pattern| !pattern.is_empty());
    let id = pattern.map(super::regexp::compile).transpose()?;
    Ok(Query {
        selector,
        id,
        ..Query::default()
    })
}

fn message_of(type_name: &str) -> Option<&'static str> {
    let message = kind::find(type_name)?.spec;
    (message != "google.protobuf.Empty").then_some(message)
}

fn unreadable(error: &dyn std::error::Error) -> Status {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    Status::unknown(text)
}
