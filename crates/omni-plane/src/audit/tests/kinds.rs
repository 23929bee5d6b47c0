//! Which rows each kind leaves, and what they say of it: the table of Omni's audit hooks.

use omni_api::kind::Facts;
use omni_api::{Kind, Resource, kind, labels, specs};
use serde_json::{Value as Json, json};

use super::{alice, all, store};
use crate::Store;
use crate::store::Key;

/// The words of the rows that a life leaves: made, torn down, gone.
fn life(store: &Store, facts: &'static Facts) -> Vec<String> {
    let told = |store: &Store| all(store).len();
    let before = told(store);
    let mut resource = Resource::<kind::Cluster>::new("x", specs::ClusterSpec::default()).to_any();
    resource.metadata.namespace = facts.namespace.into();
    resource.metadata.type_name = facts.type_name.into();
    let made = store.create(resource, "").expect("made");
    let key = Key::from(&made.metadata);
    store.teardown(&key, "").expect("torn down");
    store.destroy(&key, "").expect("gone");
    let rows = all(store);
    let rows = rows[before..].iter();
    rows.map(|row| {
        assert_eq!(row["resource_type"], facts.type_name);
        row["event_type"].as_str().expect("a word").to_owned()
    })
    .collect()
}

/// What Omni has hooks for.
fn hooked(facts: &Facts, by_account: bool) -> &'static [&'static str] {
    match facts.type_name {
        kind::PublicKey::TYPE
        | kind::User::TYPE
        | kind::Identity::TYPE
        | kind::Machine::TYPE
        | kind::JoinToken::TYPE => &["create", "teardown", "destroy"],
        kind::MachineConfigDiff::TYPE => &["create"],
        kind::ImportedClusterSecrets::TYPE => &["create", "destroy"],
        kind::Link::TYPE => &["destroy"],
        kind::JwtPublicKey::TYPE if by_account => &["teardown", "destroy"],
        _ if facts.user_managed => &["create", "teardown", "destroy"],
        _ => &[],
    }
}

#[test]
fn each_kind_leaves_the_rows_that_omni_has_hooks_for_and_no_others() {
    let store = store();
    let mine = store.by(alice());
    for facts in kind::ALL {
        assert_eq!(life(&mine, facts), hooked(facts, true), "{facts:?}");
        assert_eq!(life(&store, facts), hooked(facts, false), "{facts:?}");
    }
}

/// What the rows of a resource's life say besides who did it: those of making, changing, tearing down, and of its end.
fn said<K: Kind>(fill: impl Fn(&mut Resource<K>), change: impl Fn(&mut Resource<K>)) -> Vec<Json> {
    let store = store();
    let mine = store.by(alice());
    mine.put::<K>("", "x", fill).expect("made");
    mine.put::<K>("", "x", change).expect("changed");
    let key = Key::of::<K>("x");
    mine.teardown(&key, "").expect("torn down");
    mine.destroy(&key, "").expect("gone");
    let data = |row: &mut Json| {
        let data = row["event_data"].as_object_mut().expect("an object");
        data.remove("session");
        row["event_data"].take()
    };
    all(&store).iter_mut().map(data).collect()
}

fn mark<K: Kind>(resource: &mut Resource<K>) {
    let marks = &mut resource.metadata.labels;
    marks.insert(labels::CLUSTER.to_owned(), "prod".to_owned());
}

#[test]
fn a_machine_is_told_when_it_comes_and_when_it_leaves() {
    let rows = said::<kind::Machine>(
        |machine| {
            mark(machine);
            "fdae::1".clone_into(&mut machine.spec.management_address);
        },
        |machine| machine.spec.connected = true,
    );
    let marks = json!({ labels::CLUSTER: "prod" });
    let machine = json!({ "labels": marks, "id": "x", "management_address": "fdae::1" });
    let mut leaves = machine.clone();
    leaves["is_connected"] = true.into();
    let gone = json!({ "labels": marks, "id": "x" });
    let told = [machine, leaves, gone].map(|machine| json!({ "machine": machine }));
    assert_eq!(rows, told);
}

#[test]
fn a_node_of_a_set_is_told_with_its_cluster_until_it_is_gone() {
    let rows = said::<kind::MachineSetNode>(mark, |node| {
        node.metadata.labels.insert("a".to_owned(), "b".to_owned());
    });
    let with = |labels: Json| json!({ "labels": labels, "id": "x", "cluster_id": "prod" });
    let told = [
        with(json!({ labels::CLUSTER: "prod" })),
        with(json!({ labels::CLUSTER: "prod", "a": "b" })),
        json!({ "id": "x" }),
    ];
    assert_eq!(rows, told.map(|node| json!({ "machine_set_node": node })));
}

#[test]
fn labels_of_a_machine_are_told_and_no_cluster_with_them() {
    let rows = said::<kind::MachineLabels>(mark, |_| {});
    let told = json!({ "labels": { labels::CLUSTER: "prod" }, "id": "x" });
    let told = [told.clone(), told, json!({ "id": "x" })];
    assert_eq!(rows, told.map(|marks| json!({ "machine_labels": marks })));
}

#[test]
fn a_machine_set_is_told_with_what_it_takes_and_how_it_changes() {
    use omni_api::specs::machine_set_spec::{MachineAllocation, UpdateStrategy};
    let rows = said::<kind::MachineSet>(
        |set| {
            mark(set);
            set.spec.machine_allocation = Some(MachineAllocation {
                name: "all".into(),
                machine_count: 3,
                ..Default::default()
            });
        },
        |set| set.spec.set_update_strategy(UpdateStrategy::Rolling),
    );
    let set = |strategy: &str| {
        json!({
            "labels": { labels::CLUSTER: "prod" },
            "machine_allocation": { "name": "all", "machine_count": 3 },
            "id": "x",
            "update_strategy": strategy,
            "delete_strategy": "Unset",
            "cluster_id": "prod",
        })
    };
    let gone = json!({ "id": "x" });
    let told = [set("Unset"), set("Rolling"), set("Rolling"), gone];
    assert_eq!(rows, told.map(|set| json!({ "machine_set": set })));
}

#[test]
fn a_policy_and_a_diff_are_told_with_their_contents() {
    use omni_api::specs::AccessPolicyRule;
    let rows = said::<kind::AccessPolicy>(
        |policy| {
            policy.spec.rules = vec![AccessPolicyRule {
                users: vec!["ann@x.y".into()],
                ..Default::default()
            }];
        },
        |_| {},
    );
    let policy = json!({ "id": "x", "rules": [{ "users": ["ann@x.y"] }] });
    let told = [policy.clone(), policy, json!({ "id": "x" })];
    assert_eq!(rows, told.map(|policy| json!({ "access_policy": policy })));
    let rows = said::<kind::MachineConfigDiff>(
        |diff| {
            mark(diff);
            "+a".clone_into(&mut diff.spec.diff);
        },
        |_| {},
    );
    let diff = json!({ "id": "x", "diff": "+a", "cluster_id": "prod" });
    assert_eq!(rows, [json!({ "machine_config_diff": diff })]);
}
