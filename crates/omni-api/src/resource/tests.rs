//! A resource on the wire and back, and its name in messages.

use super::*;
use crate::{kind, specs};

#[test]
fn a_typed_resource_survives_the_wire() {
    let mut cluster = Resource::<kind::Cluster>::new(
        "prod",
        specs::ClusterSpec {
            talos_version: "1.13.7".into(),
            ..Default::default()
        },
    );
    cluster.metadata.labels.insert("a".into(), "b".into());
    cluster.metadata.version = Version::new(7);
    let wire = cosi::Resource::from(cluster.to_any());
    let back = AnyResource::try_from(wire).expect("well formed");
    assert_eq!(back.typed::<kind::Cluster>().expect("a cluster"), cluster);
}

#[test]
fn another_kind_is_refused() {
    let any = Resource::<kind::Cluster>::new("prod", specs::ClusterSpec::default()).to_any();
    assert!(matches!(
        any.typed::<kind::MachineSet>(),
        Err(WireError::Type { .. })
    ));
}

#[test]
fn the_wire_form_is_checked_as_cosi_checks_it() {
    let empty = "".parse::<Version>().expect_err("no number");
    assert_eq!(
        empty.to_string(),
        "error parsing version: strconv.ParseInt: parsing \"\": invalid syntax"
    );
    assert_eq!(
        "".parse::<Phase>().expect_err("no word").to_string(),
        "unknown phase: "
    );
    assert_eq!(
        "undefined".parse::<Version>().expect("a word"),
        Version::UNDEFINED
    );
    let bare = cosi::Resource {
        metadata: None,
        spec: None,
    };
    assert_eq!(AnyResource::try_from(bare), Err(WireError::MetadataMissing));
}

#[test]
fn the_name_in_messages_is_cosis() {
    let metadata = Metadata::new("default", "Probes.lab.dev", "x");
    assert_eq!(metadata.to_string(), "Probes.lab.dev(default/x@undefined)");
}
