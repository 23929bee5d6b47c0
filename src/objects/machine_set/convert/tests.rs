//! Machine sets to Omni and back.

use super::*;

fn set() -> MachineSet {
    MachineSet {
        cluster: "prod".into(),
        role: WORKERS.into(),
        machine_class: Attr::Known(Allocation {
            name: "metal".into(),
            allocation_type: "Static".into(),
            size: Attr::Known(2),
        }),
        update_strategy: Attr::Known(Strategy {
            r#type: "Rolling".into(),
            max_parallelism: Attr::Known(1),
        }),
        ..Default::default()
    }
}

#[test]
fn the_id_carries_the_clusters_name() {
    assert_eq!(set_id("prod", CONTROL_PLANE, None), "prod-control-planes");
    assert_eq!(set_id("prod", WORKERS, None), "prod-workers");
    assert_eq!(set_id("prod", WORKERS, Some("storage")), "prod-storage");
}

#[test]
fn what_was_written_is_read_back_and_an_import_keeps_the_strategies() {
    let mut resource = Resource::new("prod-workers", MachineSetSpec::default());
    write(&set(), None, &mut resource);
    let mut state = MachineSet::default();
    read(&resource, &mut state);
    assert_eq!(state.machine_class, set().machine_class);
    assert_eq!(state.update_strategy, set().update_strategy);
    assert_eq!(state.name.as_str(), Some("workers"));
    assert_eq!(state.role, set().role);
}

#[test]
fn labels_are_laid_out_as_omnis_own_clients_do() {
    let mut resource = Resource::new("prod-workers", MachineSetSpec::default());
    write(&set(), None, &mut resource);
    let labels: Vec<_> = resource
        .metadata
        .labels
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        labels,
        [
            ("omni.sidero.dev/cluster", "prod"),
            ("omni.sidero.dev/role-worker", "")
        ]
    );
}

#[test]
fn a_new_set_is_updated_machine_by_machine_unless_the_user_says_otherwise() {
    let strategy = |config: &MachineSet| {
        let mut resource = Resource::new("prod-workers", new_spec());
        write(config, None, &mut resource);
        resource.spec.update_strategy()
    };
    let unset = MachineSet {
        update_strategy: Attr::Null,
        ..set()
    };
    assert_eq!(strategy(&unset), UpdateStrategy::Rolling);
    let own = MachineSet {
        update_strategy: Attr::Known(Strategy {
            r#type: "Unset".into(),
            max_parallelism: Attr::Known(2),
        }),
        ..set()
    };
    assert_eq!(strategy(&own), UpdateStrategy::Unset);
    let mut resource = Resource::new("prod-workers", new_spec());
    write(&own, None, &mut resource);
    let mut state = MachineSet::default();
    read(&resource, &mut state);
    assert_eq!(state.update_strategy, own.update_strategy);
}

#[test]
fn a_strategy_that_is_not_set_stays_as_others_left_it() {
    let mut resource = Resource::new("prod-workers", MachineSetSpec::default());
    write(&set(), None, &mut resource);
    let before = resource.spec.clone();
    write(
        &MachineSet {
            update_strategy: Attr::Null,
            ..set()
        },
        Some(&set()),
        &mut resource,
    );
    assert_eq!(resource.spec, before);
}
