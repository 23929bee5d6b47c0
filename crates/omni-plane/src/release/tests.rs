//! The tables against the messages and kinds that this program knows, and the questions that are asked of them.

use omni_api::{kind, reflect};

use super::*;

#[test]
fn the_tables_name_what_exists() {
    for ((message, field), _) in table::FIELDS {
        let descriptor = reflect::descriptor(message).expect(message);
        assert!(
            descriptor.get_field_by_name(field).is_some(),
            "{message}.{field}"
        );
    }
    for (type_name, _) in table::KINDS {
        assert!(kind::find(type_name).is_some(), "{type_name}");
    }
    let service = reflect::pool()
        .get_service_by_name("management.ManagementService")
        .expect("the service");
    for (call, _) in table::CALLS {
        assert!(
            service.methods().any(|method| method.name() == call),
            "{call}"
        );
    }
}

#[test]
fn releases_come_in_their_order_and_are_read_by_name() {
    assert!(Release::ALL.is_sorted());
    for release in Release::ALL {
        assert_eq!(release.name().parse(), Ok(release));
    }
    let unknown = "1.11".parse::<Release>().expect_err("none");
    assert_eq!(
        unknown.to_string(),
        "\"1.11\" is not a release of Omni that the plane can be: 1.8, 1.9, 1.10, next"
    );
    assert_eq!(Instance::default().release(), Release::V1_10);
}

#[test]
fn each_release_has_what_it_had() {
    let has = |kind: &str| Release::ALL.map(|release| release.has_kind(kind));
    let (no, yes) = (false, true);
    assert_eq!(has("Clusters.omni.sidero.dev"), [yes; 4]);
    assert_eq!(
        has("KubernetesHealthChecks.omni.sidero.dev"),
        [no, yes, yes, yes]
    );
    assert_eq!(has("VersionContract.omni.sidero.dev"), [no, no, yes, yes]);
    assert_eq!(
        has("MachineInstallDiskConfigs.omni.sidero.dev"),
        [no, no, no, yes]
    );
    assert_eq!(
        Release::ALL.map(|release| release.has_call("GetBootAssetURL")),
        [no, no, no, yes]
    );
    assert_eq!(
        Release::ALL.map(|release| release.role("Auditor").is_some()),
        [no, no, yes, yes]
    );
    assert_eq!(Release::ALL.map(Release::api_version), [2, 2, 2, 3]);
}
