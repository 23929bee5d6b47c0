//! Machine sets that are wrong by themselves, and scale-downs that lose something.

use super::*;
use crate::objects::shared::testing::summaries;

fn set(role: &str, size: u32) -> MachineSet {
    let class = Allocation {
        name: "any".into(),
        allocation_type: "Static".into(),
        size: Attr::Known(size),
    };
    MachineSet {
        role: role.into(),
        machine_class: Attr::Known(class),
        ..Default::default()
    }
}

fn problems(config: &MachineSet) -> Vec<String> {
    summaries(|found| configuration(config, found))
}

#[test]
fn ordinary_sets_are_accepted() {
    assert!(problems(&set(CONTROL_PLANE, 3)).is_empty());
    assert!(
        problems(&MachineSet {
            name: "storage".into(),
            ..set(WORKERS, 2)
        })
        .is_empty()
    );
    assert!(
        problems(&MachineSet {
            machine_class: Attr::Unknown,
            ..set(WORKERS, 2)
        })
        .is_empty()
    );
}

#[test]
fn a_control_plane_with_a_name_or_workers_with_a_backup_are_refused() {
    assert_eq!(
        problems(&MachineSet {
            name: "mine".into(),
            ..set(CONTROL_PLANE, 3)
        }),
        ["Invalid name of a machine set"]
    );
    let restoring = MachineSet {
        bootstrap_spec: Attr::Known(super::super::BootstrapSpec::default()),
        ..set(WORKERS, 1)
    };
    assert_eq!(
        problems(&restoring),
        ["Workers have no backup to start from"]
    );
}

#[test]
fn a_parallelism_of_zero_is_refused() {
    let strategy = Strategy {
        r#type: "Rolling".into(),
        max_parallelism: Attr::Known(0),
    };
    let config = MachineSet {
        update_strategy: Attr::Known(strategy),
        ..set(WORKERS, 1)
    };
    assert_eq!(problems(&config), ["Nothing would ever change"]);
}

#[test]
fn what_the_official_provider_takes_and_omni_passes_over_is_a_warning() {
    let aimless = Strategy {
        r#type: "Unset".into(),
        max_parallelism: Attr::Known(2),
    };
    let config = MachineSet {
        delete_strategy: Attr::Known(aimless),
        ..set(CONTROL_PLANE, 3)
    };
    let mut diagnostics = Diagnostics::new();
    configuration(&config, &mut diagnostics);
    assert_eq!(diagnostics.iter().count(), 2);
    assert!(!diagnostics.has_errors());
}

#[test]
fn the_size_goes_with_static_and_only_with_it() {
    let class = |kind: &str, size| Allocation {
        name: "any".into(),
        allocation_type: kind.into(),
        size,
    };
    let with = |class| MachineSet {
        machine_class: Attr::Known(class),
        ..set(WORKERS, 1)
    };
    assert_eq!(
        problems(&with(class("Unlimited", Attr::Known(1)))),
        ["Unlimited with a size"]
    );
    assert_eq!(problems(&with(class("Static", Attr::Null))), ["No size"]);
    assert!(problems(&with(class("Unlimited", Attr::Null))).is_empty());
}

#[test]
fn a_set_is_not_replaced_because_its_name_is_spelled_as_its_id() {
    let named = |name: &str| MachineSet {
        cluster: "prod".into(),
        id: "prod-storage".into(),
        name: name.into(),
        ..set(WORKERS, 1)
    };
    let refused = |name: &str| renamed_to_its_id(&named("storage"), &named(name)).is_some();
    assert!(refused("prod-storage"));
    assert!(!refused("storage") && !refused("other"));
}

#[test]
fn a_control_plane_does_not_go_below_quorum_in_one_step() {
    let summary = |before, after| {
        scale_down(&set(CONTROL_PLANE, before), &set(CONTROL_PLANE, after))
            .map(|d| d.summary().to_owned())
    };
    assert_eq!(summary(5, 2).as_deref(), Some("Scale-down below quorum"));
    assert_eq!(summary(3, 1).as_deref(), Some("Scale-down below quorum"));
    assert_eq!(summary(5, 3), None);
    assert_eq!(summary(1, 3), None);
    assert_eq!(
        summary(1, 0).as_deref(),
        Some("A control plane needs a machine")
    );
    assert!(scale_down(&set(WORKERS, 5), &set(WORKERS, 0)).is_none());
}
