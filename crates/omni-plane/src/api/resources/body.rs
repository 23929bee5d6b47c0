//! Resources as JSON: `metadata` and `spec`, the latter as protojson with original names and enums as numbers.

use std::collections::BTreeMap;

use omni_api::{AnyResource, Phase, cosi, kind, reflect};
use prost_types::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;
use tonic::Status;

use omni_api::omni::resources as api;

/// Go's zero time, which stands for a time that was never set.
const NEVER: &str = "0001-01-01T00:00:00Z";

#[derive(Serialize)]
struct Body<'a> {
    spec: Json,
    metadata: Metadata<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    created: String,
    updated: String,
    namespace: &'a str,
    #[serde(rename = "type")]
    type_name: &'a str,
    id: &'a str,
    owner: &'a str,
    phase: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    finalizers: &'a [String],
    version: u64,
}

/// A resource as the pages see it.
pub(super) fn write(resource: &AnyResource) -> Result<String, Status> {
    let metadata = &resource.metadata;
    let spec = match message_of(&metadata.type_name) {
        Some(message) => reflect::to_json_with_numbers(message, &resource.spec)
            .map_err(|error| Status::internal(error.to_string()))?,
        None => Json::Object(serde_json::Map::new()),
    };
    let body = Body {
        spec,
        metadata: Metadata {
            created: stamp(metadata.created),
            updated: stamp(metadata.updated),
            namespace: &metadata.namespace,
            type_name: &metadata.type_name,
            id: &metadata.id,
            owner: &metadata.owner,
            phase: metadata.phase.as_str(),
            labels: &metadata.labels,
            annotations: &metadata.annotations,
            finalizers: &metadata.finalizers,
            // A version that was never given counts as none.
            version: metadata.version.to_string().parse().unwrap_or_default(),
        },
    };
    serde_json::to_string(&body).map_err(|error| Status::internal(error.to_string()))
}

/// A resource that a page sent. What it leaves out of the metadata is filled in as Omni does it.
pub(super) fn read(resource: Option<api::Resource>, now: Timestamp) -> Result<AnyResource, Status> {
    let resource = resource.ok_or_else(|| Status::invalid_argument("resource is nil"))?;
    let metadata = resource.metadata;
    let mut metadata =
        metadata.ok_or_else(|| Status::invalid_argument("resource metadata is nil"))?;
    if metadata.version.is_empty() {
        "1".clone_into(&mut metadata.version);
    }
    Phase::Running.as_str().clone_into(&mut metadata.phase);
    let epoch = |stamp: &Timestamp| stamp.seconds == 0 && stamp.nanos == 0;
    if metadata.created.as_ref().is_none_or(epoch) {
        metadata.created = Some(now);
    }
    metadata.updated.get_or_insert_default();
    let facts = kind::find(&metadata.r#type).ok_or_else(|| {
        Status::unknown(format!(
            "no resource is registered for the resource type {}",
            metadata.r#type
        ))
    })?;
    let proto_spec = spec(facts.spec, &resource.spec)?;
    let wire = cosi::Resource {
        metadata: Some(metadata),
        spec: Some(cosi::Spec {
            proto_spec,
            ..cosi::Spec::default()
        }),
    };
    AnyResource::try_from(wire).map_err(|error| super::super::status::of_wire(&error))
}

fn spec(message: &str, text: &str) -> Result<Vec<u8>, Status> {
    if text.is_empty() || message == EMPTY {
        return Ok(Vec::new());
    }
    let json: Json =
        serde_json::from_str(text).map_err(|error| Status::unknown(error.to_string()))?;
    reflect::from_json(message, &json).map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        Status::unknown(cause.unwrap_or_else(|| error.to_string()))
    })
}

const EMPTY: &str = "google.protobuf.Empty";

fn message_of(type_name: &str) -> Option<&'static str> {
    let message = kind::find(type_name)?.spec;
    (message != EMPTY).then_some(message)
}

/// Whole seconds, as the metadata's YAML has them, which Omni's bodies are made of.
fn stamp(stamp: Option<Timestamp>) -> String {
    let stamp = stamp.and_then(|stamp| jiff::Timestamp::from_second(stamp.seconds).ok());
    stamp.map_or_else(|| NEVER.to_owned(), |stamp| stamp.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::{Resource, specs};

    #[test]
    fn a_body_has_numbers_for_enums_and_names_as_they_are_declared() {
        let mut status = Resource::<kind::ClusterStatus>::new(
            "prod",
            specs::ClusterStatusSpec {
                ready: true,
                ..Default::default()
            },
        );
        status
            .spec
            .set_phase(specs::cluster_status_spec::Phase::Running);
        status.spec.talos_version = "1.13.8".to_owned();
        status.metadata.labels.insert("env".into(), "test".into());
        assert_eq!(
            write(&status.to_any()).expect("JSON"),
            "{\"spec\":{\"phase\":3,\"ready\":true,\"talos_version\":\"1.13.8\"},\"metadata\":{\
             \"created\":\"0001-01-01T00:00:00Z\",\"updated\":\"0001-01-01T00:00:00Z\",\"namespace\":\"default\",\
             \"type\":\"ClusterStatuses.omni.sidero.dev\",\"id\":\"prod\",\"owner\":\"\",\"phase\":\"running\",\
             \"labels\":{\"env\":\"test\"},\"version\":0}}"
        );
    }

    #[test]
    fn what_a_page_leaves_out_is_filled_in() {
        let now = Timestamp {
            seconds: 7,
            nanos: 0,
        };
        let sent = api::Resource {
            metadata: Some(cosi::Metadata {
                namespace: "default".into(),
                r#type: "Clusters.omni.sidero.dev".into(),
                id: "prod".into(),
                phase: "tearingDown".into(),
                ..Default::default()
            }),
            spec: "{\"talos_version\":\"1.13.8\",\"kubernetesVersion\":\"1.36.2\"}".into(),
        };
        let read = read(Some(sent), now).expect("a cluster");
        assert_eq!(read.metadata.version.to_string(), "1");
        assert_eq!(
            (read.metadata.phase, read.metadata.created),
            (Phase::Running, Some(now))
        );
        let spec = read.typed::<kind::Cluster>().expect("a spec").spec;
        assert_eq!(
            (&*spec.talos_version, &*spec.kubernetes_version),
            ("1.13.8", "1.36.2")
        );
    }

    #[test]
    fn what_is_no_resource_is_refused() {
        let text = |resource| {
            read(resource, Timestamp::default())
                .expect_err("refused")
                .message()
                .to_owned()
        };
        assert_eq!(text(None), "resource is nil");
        assert_eq!(
            text(Some(api::Resource::default())),
            "resource metadata is nil"
        );
        let unknown = api::Resource {
            metadata: Some(cosi::Metadata {
                r#type: "Toasters".into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        assert_eq!(
            text(Some(unknown)),
            "no resource is registered for the resource type Toasters"
        );
    }
}
