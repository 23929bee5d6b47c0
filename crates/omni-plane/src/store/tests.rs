//! What the store promises, verb by verb.

use omni_api::selector::Term;
use omni_api::{AnyResource, Metadata, Phase, Resource, Version, kind, labels, specs};

use super::{EventKind, Filter, Key, Query, Store, StoreError, looks};
use crate::Clock;
use crate::controllers::{CONFIG_LOCK, UPGRADE_LOCK};

fn store() -> Store {
    Store::in_memory(Clock::manual())
}

fn probe(id: &str) -> AnyResource {
    AnyResource {
        metadata: Metadata::new("default", "Probes.lab.dev", id),
        spec: vec![1],
        yaml: String::new(),
    }
}

fn labelled(id: &str, pairs: &[(&str, &str)]) -> AnyResource {
    let mut resource = probe(id);
    for (key, value) in pairs {
        resource
            .metadata
            .labels
            .insert((*key).to_owned(), (*value).to_owned());
    }
    resource
}

fn ids(store: &Store, query: &Query) -> Vec<String> {
    let found = store.list("default", "Probes.lab.dev", query);
    found
        .iter()
        .map(|one| one.metadata.id.to_string())
        .collect()
}

#[test]
fn versions_count_the_writes_and_guard_them() {
    let store = store();
    let first = store.create(probe("x"), "").expect("it is new");
    assert_eq!(first.metadata.version, Version::FIRST);
    let again = store.create(probe("x"), "").expect_err("it is there");
    assert_eq!(
        again.to_string(),
        "resource Probes.lab.dev(default/x@undefined) already exists"
    );
    let second = store
        .update((*first).clone(), "", None)
        .expect("based on 1");
    assert_eq!(second.metadata.version, Version::new(2));
    assert_eq!(second.metadata.created, first.metadata.created);
    let stale = store
        .update((*first).clone(), "", None)
        .expect_err("based on 1 again");
    assert!(matches!(stale, StoreError::Version { .. }));
}

#[test]
fn an_owner_keeps_others_away() {
    let store = store();
    let mine = store.create(probe("x"), "Mine").expect("it is new");
    let key = Key::from(&*mine);
    let foreign = store
        .update((*mine).clone(), "", None)
        .expect_err("not the owner");
    assert!(matches!(foreign, StoreError::Owner { .. }));
    assert!(store.teardown(&key, "Yours").is_err());
    assert!(store.destroy(&key, "").is_err());
    store.destroy(&key, "Mine").expect("the owner may");
    assert!(store.get("default", "Probes.lab.dev", "x").is_none());
}

#[test]
fn finalizers_hold_a_resource_until_they_are_gone() {
    let store = store();
    store
        .put::<kind::Cluster>("", "c", |cluster| {
            cluster.spec.talos_version = "1.13.7".into();
        })
        .expect("it is new");
    let key = Key::of::<kind::Cluster>("c");
    assert_eq!(
        store.add_finalizer::<kind::Cluster>("c", "Holder"),
        Ok(true)
    );
    assert_eq!(
        store.add_finalizer::<kind::Cluster>("c", "Holder"),
        Ok(false)
    );
    assert_eq!(store.teardown(&key, ""), Ok(false));
    assert_eq!(store.teardown(&key, ""), Ok(false));
    assert!(matches!(
        store.destroy(&key, ""),
        Err(StoreError::Finalizers { .. })
    ));
    let late = store.add_finalizer::<kind::Cluster>("c", "Late");
    assert!(matches!(late, Err(StoreError::Phase { .. })));
    assert_eq!(store.remove::<kind::Cluster>("", "c"), Ok(false));
    assert_eq!(
        store.remove_finalizer::<kind::Cluster>("c", "Holder"),
        Ok(true)
    );
    assert_eq!(store.teardown(&key, ""), Ok(true));
    assert_eq!(store.remove::<kind::Cluster>("", "c"), Ok(true));
    assert_eq!(store.remove::<kind::Cluster>("", "c"), Ok(true));
}

#[test]
fn a_phase_that_is_not_the_expected_one_stops_an_update() {
    let store = store();
    let running = store.create(probe("x"), "").expect("it is new");
    let refused = store.update((*running).clone(), "", Some(Phase::TearingDown));
    assert_eq!(
        refused.expect_err("it runs").to_string(),
        "resource Probes.lab.dev(default/x@1) is not in phase tearingDown"
    );
}

#[test]
fn a_failed_transaction_leaves_no_trace() {
    let store = store();
    store
        .create(labelled("kept", &[(labels::CLUSTER, "a")]), "")
        .expect("it is new");
    let mut events = store.subscribe(Filter::all());
    let failed = store.transaction(|tx| {
        tx.create(labelled("new", &[(labels::CLUSTER, "a")]), "")?;
        tx.destroy(&Key::new("default", "Probes.lab.dev", "kept"), "")?;
        assert!(tx.get("default", "Probes.lab.dev", "kept").is_none());
        Err::<(), _>(StoreError::Refused("no".into()))
    });
    assert_eq!(failed, Err(StoreError::Refused("no".into())));
    assert_eq!(ids(&store, &Query::cluster("a")), ["kept"]);
    assert!(events.try_recv().is_err());
}

#[test]
fn a_panic_inside_a_transaction_leaves_no_trace_either() {
    let store = store();
    let broken = store.clone();
    let outcome = std::thread::spawn(move || {
        broken.transaction(|tx| {
            tx.create(probe("new"), "")?;
            panic!("on purpose");
            #[expect(unreachable_code, reason = "gives the closure its type")]
            Ok(())
        })
    })
    .join();
    assert!(outcome.is_err());
    assert!(ids(&store, &Query::all()).is_empty());
}

#[test]
fn indexes_follow_the_labels() {
    let store = store();
    let one = store
        .create(
            labelled(
                "one",
                &[(labels::CLUSTER, "a"), (labels::MACHINE_SET, "a-w")],
            ),
            "",
        )
        .expect("it is new");
    store
        .create(labelled("two", &[(labels::CLUSTER, "a")]), "")
        .expect("it is new");
    assert_eq!(ids(&store, &Query::cluster("a")), ["one", "two"]);
    assert_eq!(ids(&store, &Query::machine_set("a-w")), ["one"]);
    let mut moved = (*one).clone();
    moved
        .metadata
        .labels
        .insert(labels::CLUSTER.into(), "b".into());
    store.update(moved, "", None).expect("current");
    assert_eq!(ids(&store, &Query::cluster("a")), ["two"]);
    assert_eq!(ids(&store, &Query::cluster("b")), ["one"]);
    store
        .destroy(&Key::new("default", "Probes.lab.dev", "one"), "")
        .expect("free");
    assert!(ids(&store, &Query::cluster("b")).is_empty());
}

#[test]
fn subscribers_see_every_change_of_their_kinds_in_order() {
    let store = store();
    let mut clusters = store.subscribe(Filter::kind::<kind::Cluster>());
    store.create(probe("x"), "").expect("it is new");
    store
        .put::<kind::Cluster>("", "c", |_| {})
        .expect("it is new");
    let rewritten = store.put::<kind::Cluster>("", "c", |one| one.spec.talos_version = "1".into());
    assert_eq!(rewritten, Ok(true));
    assert_eq!(store.remove::<kind::Cluster>("", "c"), Ok(true));
    let mut seen = Vec::new();
    while let Ok(event) = clusters.try_recv() {
        seen.push((event.kind, event.resource.metadata.version.to_string()));
    }
    assert_eq!(
        seen,
        [
            (EventKind::Created, "1".to_owned()),
            (EventKind::Updated, "2".to_owned()),
            (EventKind::Updated, "3".to_owned()),
            (EventKind::Destroyed, "3".to_owned()),
        ]
    );
}

#[test]
fn putting_what_is_there_already_writes_nothing() {
    let store = store();
    let wanted = |cluster: &mut Resource<kind::Cluster>| {
        cluster.spec = specs::ClusterSpec {
            talos_version: "1.13.7".into(),
            ..Default::default()
        };
    };
    assert_eq!(store.put("Owner", "c", wanted), Ok(true));
    assert_eq!(store.put("Owner", "c", wanted), Ok(false));
    let stored = store.read::<kind::Cluster>("c").expect("it is there");
    assert_eq!(stored.metadata.version, Version::FIRST);
    assert_eq!(stored.spec.talos_version, "1.13.7");
    let foreign =
        store.put::<kind::Cluster>("Other", "c", |one| one.spec = specs::ClusterSpec::default());
    assert!(matches!(foreign, Err(StoreError::Owner { .. })));
}

#[test]
fn a_hook_writes_within_the_transaction_of_the_creation() {
    let store = store();
    store.on_create::<kind::Cluster>(|tx, created| {
        if &*created.metadata.id == "bad" {
            return Err(StoreError::Refused("no".into()));
        }
        tx.put::<kind::ClusterStatus>("Hook", &created.metadata.id, |_| {})
            .map(|_| ())
    });
    store
        .put::<kind::Cluster>("", "good", |_| {})
        .expect("it is new");
    assert!(store.read::<kind::ClusterStatus>("good").is_some());
    assert!(store.put::<kind::Cluster>("", "bad", |_| {}).is_err());
    assert!(store.read::<kind::Cluster>("bad").is_none());
}

#[test]
fn a_narrow_question_costs_what_it_finds() {
    let store = store();
    let machine = |id: &str, extra: &[(&str, &str)], holders: &[&str]| {
        let mut machine =
            Resource::<kind::ClusterMachine>::new(id, specs::ClusterMachineSpec::default());
        let place = [(labels::CLUSTER, "prod"), (labels::MACHINE_SET, "prod-set")];
        for (key, value) in place.iter().chain(extra) {
            let marks = &mut machine.metadata.labels;
            marks.insert((*key).to_owned(), (*value).to_owned());
        }
        machine.metadata.finalizers = holders.iter().map(ToString::to_string).collect();
        store.create(machine.to_any(), "").expect("it is new");
    };
    for number in 0..100 {
        machine(&format!("worker {number:02}"), &[], &["somebody"]);
    }
    machine("a", &[(labels::CONTROL_PLANE_ROLE, "")], &[]);
    machine("b", &[], &["somebody", UPGRADE_LOCK, CONFIG_LOCK]);
    let found = |query: &Query| {
        let before = looks();
        let found = store.peek_all::<kind::ClusterMachine>(query);
        let ids: Vec<_> = found.iter().map(|one| one.id().to_owned()).collect();
        (ids.join(" "), looks() - before)
    };
    let ours = Query::cluster("prod");
    let control_planes = ours.clone().and(Term::exists(labels::CONTROL_PLANE_ROLE));
    let of_set = Query::machine_set("prod-set");
    assert_eq!(found(&control_planes), ("a".to_owned(), 1));
    assert_eq!(
        found(&ours.clone().held_by(UPGRADE_LOCK)),
        ("b".to_owned(), 1)
    );
    assert_eq!(
        found(&of_set.clone().held_by(CONFIG_LOCK)),
        ("b".to_owned(), 1)
    );
    // What has no index of its own is found all the same.
    assert_eq!(found(&of_set.held_by(UPGRADE_LOCK)), ("b".to_owned(), 102));
    let workers = ours
        .clone()
        .and(Term::exists(labels::CONTROL_PLANE_ROLE).inverted());
    assert_eq!(found(&workers).1, 102);
    store
        .remove_finalizer::<kind::ClusterMachine>("b", UPGRADE_LOCK)
        .expect("it is there");
    assert_eq!(found(&ours.held_by(UPGRADE_LOCK)), (String::new(), 0));
}

#[test]
fn what_is_of_a_cluster_as_a_whole_is_found_beside_what_is_of_its_machines() {
    let store = store();
    for (id, of) in [
        ("all", None),
        ("one", Some((labels::CLUSTER_MACHINE, "m"))),
        ("set", Some((labels::MACHINE_SET, "s"))),
    ] {
        let mut patch = Resource::<kind::ConfigPatch>::new(id, specs::ConfigPatchSpec::default());
        let place = [Some((labels::CLUSTER, "prod")), of];
        for (key, value) in place.into_iter().flatten() {
            let marks = &mut patch.metadata.labels;
            marks.insert(key.to_owned(), value.to_owned());
        }
        store.create(patch.to_any(), "").expect("it is new");
    }
    let whole = [labels::MACHINE_SET, labels::CLUSTER_MACHINE]
        .into_iter()
        .fold(Query::cluster("prod"), |query, key| {
            query.and(Term::exists(key).inverted())
        });
    let before = looks();
    let found = store.peek_all::<kind::ConfigPatch>(&whole);
    assert_eq!(
        (found.len(), found[0].id(), looks() - before),
        (1, "all", 1)
    );
}
