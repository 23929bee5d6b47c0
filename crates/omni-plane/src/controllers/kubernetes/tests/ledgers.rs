//! What is remembered of the machines of a cluster, as it changes.

use super::*;

/// A member `id` whose node has this name; it is known to Kubernetes, and its API server answers.
fn runs_as(world: &World, id: &str, name: &str) {
    world.other::<ClusterMachine>(id, |machine| {
        place(&mut machine.metadata, labels::CONTROL_PLANE_ROLE);
    });
    world.other::<Observed>(id, |observed| {
        observed.spec.connected = true;
        observed.spec.member = Some(Member {
            nodename: name.into(),
            kubelet_version: format!("1.35.{id}"),
            api_ready: true,
            ..Member::default()
        });
    });
}

/// Names and versions, as they are shown.
fn shown(world: &mut World) -> Vec<String> {
    world.settle();
    let nodes = world.read::<KubernetesStatus>("prod").spec.nodes;
    let nodes = nodes.into_iter();
    nodes
        .map(|node| format!("{} {}", node.nodename, node.kubelet_version))
        .collect()
}

#[test]
fn of_two_machines_by_one_name_the_other_takes_the_steps_when_the_last_one_goes() {
    let mut world = upgrading();
    world.other::<ClusterMachineStatus>("3", |machine| {
        place(&mut machine.metadata, labels::WORKER_ROLE);
        let marks = &mut machine.metadata.labels;
        marks.insert(labels::NODE_NAME.into(), "w".into());
        let notes = &mut machine.metadata.annotations;
        notes.insert(labels::MACHINE_LOCKED.into(), String::new());
    });
    want(&world, "1.36.2");
    runs(&world, ["1.36.2", "1.36.2", "1.36.2", "1.36.2", "1.35.5"]);
    let waits = r#"waiting for a machine from ["w"] to be unlocked"#;
    assert_eq!(seen(&mut world).status, waits);
    let gone = world.store.remove::<ClusterMachineStatus>("other", "3");
    gone.expect("its owner");
    assert_eq!(seen(&mut world).step, "w: updating kubelet to 1.36.2");
    assert!(patch(&world, "2").contains("kubelet:v1.36.2"));
}

#[test]
fn nodes_are_shown_by_name_as_long_as_their_machines_stay() {
    let mut world = World::of(vec![Box::new(status::KubernetesStatus)]);
    world.cluster("prod");
    for (id, name) in [("1", "b"), ("2", "a"), ("3", "b")] {
        runs_as(&world, id, name);
    }
    assert_eq!(shown(&mut world), ["a 1.35.2", "b 1.35.1", "b 1.35.3"]);
    runs_as(&world, "1", "c");
    assert_eq!(shown(&mut world), ["a 1.35.2", "b 1.35.3", "c 1.35.1"]);
    let key = Key::of::<ClusterMachine>("2");
    world.store.teardown(&key, "other").expect("its owner");
    assert_eq!(shown(&mut world), ["b 1.35.3", "c 1.35.1"]);
    let gone = world.store.remove::<Observed>("other", "3");
    gone.expect("its owner");
    world.user::<kind::Cluster>("prod", |cluster| cluster.spec.talos_version.push('0'));
    assert_eq!(shown(&mut world), ["c 1.35.1"]);
}
