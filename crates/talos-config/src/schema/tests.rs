//! The table, read for each edition.

use super::*;

fn key_paths(edition: Edition, path: &[&str]) -> Option<&'static str> {
    let schema = Schema::of(edition);
    let mut id = schema.document("", "v1alpha1")?.ty;
    for key in path {
        id = schema.pointee(id).field(key)?.ty;
    }
    Some(schema.get(id).name)
}

#[test]
fn the_names_of_the_editions_are_those_of_the_table() {
    let table = include_str!("table.txt");
    let names = Edition::ALL.map(Edition::name).join(" ");
    assert_eq!(table.lines().next(), Some(&*format!("editions {names}")));
}

#[test]
fn every_type_of_the_table_is_known() {
    for edition in Edition::ALL {
        let schema = Schema::of(edition);
        for ty in &schema.types {
            let any = matches!(ty.shape, Shape::Any);
            assert_eq!(any, ty.name == "any", "{edition:?}: {}", ty.name);
        }
    }
}

#[test]
fn documents_come_with_the_version_that_brings_them() {
    let has = |edition, kind| Schema::of(edition).document(kind, "v1alpha1").is_some();
    for (kind, first) in [
        ("HostnameConfig", Edition::V1_12),
        ("EnvironmentConfig", Edition::V1_13),
        ("KubeSchedulerConfig", Edition::V1_14Alpha1),
        ("EtcFileConfig", Edition::V1_14Beta1),
        ("ContainerConfig", Edition::V1_14),
    ] {
        for edition in Edition::ALL {
            assert_eq!(
                has(edition, kind),
                edition >= first,
                "{kind} in {edition:?}"
            );
        }
    }
    assert!(!has(Edition::V1_14, "hostnameconfig"));
}

#[test]
fn a_field_has_the_type_that_talos_gives_it() {
    let of = |path: &[&str]| key_paths(Edition::V1_13, path);
    assert_eq!(of(&["machine", "install", "wipe"]), Some("*bool"));
    assert_eq!(of(&["machine", "nodeLabels"]), Some("map[string]string"));
    assert_eq!(
        of(&["machine", "network", "interfaces"]),
        Some("v1alpha1.NetworkDeviceList")
    );
    assert_eq!(of(&["machine", "nodeLables"]), None);
}

#[test]
fn fields_of_embedded_types_are_fields() {
    let schema = Schema::of(Edition::V1_13);
    let link = schema
        .document("LinkConfig", "v1alpha1")
        .map(|document| schema.get(document.ty));
    let link = link.expect("the document");
    for key in ["apiVersion", "kind", "name", "mtu", "addresses"] {
        assert!(link.field(key).is_some(), "{key}");
    }
    assert!(
        link.field("kind")
            .is_some_and(|field| field.embedded_in.is_some())
    );
}

#[test]
fn lists_that_a_patch_replaces_are_marked() {
    let schema = Schema::of(Edition::V1_13);
    let rule = schema
        .document("NetworkRuleConfig", "v1alpha1")
        .expect("the document");
    let ingress = schema.get(rule.ty).field("ingress").expect("the field");
    assert!(ingress.replace);
}
