//! What is told of whom.

mod kinds;

use std::time::Duration;

use omni_api::{Role, kind, labels};
use serde_json::{Value as Json, json};

use super::{AuditLog, Filter, Order, OrderBy, RETENTION, record};
use crate::store::{Author, Key};
use crate::{Clock, Moment, Store};

fn store() -> Store {
    let store = Store::in_memory(Clock::manual());
    record(&store);
    store
}

fn alice() -> Author {
    Author {
        user_id: "7".into(),
        identity: "alice@example.org".into(),
        role: Role::Operator,
        user_agent: "omnictl".into(),
    }
}

fn lines(store: &Store, filter: &Filter, order: Order) -> Vec<Json> {
    let filter = Filter {
        end: i64::MAX,
        ..filter.clone()
    };
    let lines = AuditLog::new(store.clone())
        .select(&filter, order)
        .expect("readable");
    lines
        .iter()
        .map(|line| serde_json::from_slice(line).expect("JSON"))
        .collect()
}

fn all(store: &Store) -> Vec<Json> {
    lines(store, &Filter::default(), Order::default())
}

fn words(lines: &[Json]) -> Vec<String> {
    let word =
        |line: &Json| format!("{} {}", line["event_type"], line["resource_id"]).replace('"', "");
    lines.iter().map(word).collect()
}

#[test]
fn a_document_has_the_form_that_omni_gives_it() {
    let store = store();
    let mine = store.by(alice());
    mine.put::<kind::Cluster>("", "prod", |cluster| {
        cluster.metadata.labels.insert("env".into(), "a<b".into());
        cluster.spec.talos_version = "1.13.7".into();
    })
    .expect("written");
    let log = AuditLog::new(store);
    let row = &log.after(0, 10).expect("readable")[0];
    assert_eq!(
        String::from_utf8_lossy(&row.text),
        "{\"event_type\":\"create\",\"resource_type\":\"Clusters.omni.sidero.dev\",\"resource_id\":\"prod\",\
         \"event_data\":{\"cluster\":{\"id\":\"prod\",\"labels\":{\"env\":\"a\\u003cb\"},\"talos_version\":\"1.13.7\"},\
         \"session\":{\"user_agent\":\"omnictl\",\"user_id\":\"7\",\"role\":\"Operator\",\"email\":\"alice@example.org\"}},\
         \"event_ts\":1767225600000}\n"
    );
}

#[test]
fn the_life_of_a_resource_is_told_and_labels_alone_are_not() {
    let store = store();
    let mine = store.by(alice());
    let label = |mine: &Store, value: &str| {
        mine.put::<kind::Cluster>("", "prod", |cluster| {
            cluster.metadata.labels.insert("env".into(), value.into());
        })
        .expect("written");
    };
    label(&mine, "a");
    label(&mine, "b");
    store
        .put::<kind::Cluster>("", "prod", |cluster| {
            cluster.spec.talos_version = "1.13.8".into();
        })
        .expect("written");
    let mut cluster = store.read::<kind::Cluster>("prod").expect("there");
    cluster.spec.talos_version = "1.13.9".into();
    mine.update(cluster.to_any(), "", None).expect("written");
    let key = Key::of::<kind::Cluster>("prod");
    mine.teardown(&key, "").expect("torn down");
    mine.destroy(&key, "").expect("destroyed");
    let told = all(&store);
    assert_eq!(
        words(&told),
        [
            "create prod",
            "update_with_conflicts prod",
            "update prod",
            "teardown prod",
            "destroy prod"
        ]
    );
    assert_eq!(
        told[1]["event_data"]["session"],
        json!({ "user_agent": "Omni-Internal-Agent" })
    );
}

#[test]
fn a_call_gathers_what_it_says_and_keys_do_not_take_their_makers_name() {
    let store = store();
    let make = |store: &Store| {
        store.transaction(|tx| {
            tx.put::<kind::PublicKey>("", "key", |key| {
                key.metadata
                    .labels
                    .insert(labels::PUBLIC_KEY_USER_ID.into(), "9".into());
                key.spec.role = "Reader".into();
            })?;
            tx.put::<kind::User>("", "9", |user| user.spec.role = "Reader".into())?;
            tx.put::<kind::Identity>("", "ci@x", |identity| identity.spec.user_id = "9".into())
        })
    };
    assert_eq!(make(&store.by(alice())), Ok(true));
    let told = all(&store);
    assert_eq!(words(&told), ["create key", "create 9", "create ci@x"]);
    assert_eq!(
        told[0]["event_data"]["session"]["email"],
        "alice@example.org"
    );
    assert_eq!(told[0]["event_data"]["session"]["fingerprint"], "key");
    assert_eq!(
        told[2]["event_data"]["new_user"],
        json!({ "role": "Reader", "id": "9", "email": "ci@x" })
    );
}

#[test]
fn what_belongs_to_controllers_and_what_nobody_audits_is_not_told() {
    let store = store();
    let touch = |owner: &str, by: bool| {
        store.put::<kind::MachineSet>(owner, "set", |set| {
            set.spec.set_update_strategy(if by {
                omni_api::specs::machine_set_spec::UpdateStrategy::Rolling
            } else {
                omni_api::specs::machine_set_spec::UpdateStrategy::Unset
            });
        })
    };
    touch("Controller", false).expect("written");
    touch("Controller", true).expect("written");
    store
        .put::<kind::ClusterStatus>("", "prod", |_| {})
        .expect("written");
    store
        .put::<kind::Machine>("", "m", |machine| machine.spec.connected = true)
        .expect("written");
    store
        .put::<kind::Machine>("", "m", |machine| machine.spec.connected = false)
        .expect("written");
    assert_eq!(words(&all(&store)), ["create set", "create m"]);
}

#[test]
fn a_write_that_fails_leaves_no_row() {
    let store = store();
    let failed = store.transaction(|tx| {
        tx.put::<kind::Cluster>("", "prod", |_| {})?;
        tx.destroy(&Key::of::<kind::Cluster>("other"), "")
    });
    failed.expect_err("there is no other");
    assert_eq!(words(&all(&store)), [""; 0]);
}

#[test]
fn rows_are_found_by_what_they_are_about_and_sorted_as_asked() {
    let store = store();
    for (id, cluster) in [("b", "one"), ("a", "two"), ("c", "one")] {
        store.clock().advance(Duration::from_secs(1));
        store
            .by(alice())
            .put::<kind::ConfigPatch>("", id, |patch| {
                patch
                    .metadata
                    .labels
                    .insert(labels::CLUSTER.into(), cluster.into());
                patch.spec.data = format!("hostname: {id}_1");
            })
            .expect("written");
    }
    let found = |filter: Filter| words(&lines(&store, &filter, Order::default()));
    let of_cluster = Filter {
        cluster_id: "one".into(),
        ..Filter::default()
    };
    assert_eq!(found(of_cluster), ["create b", "create c"]);
    let search = |text: &str| Filter {
        search: text.into(),
        ..Filter::default()
    };
    assert_eq!(found(search("HOSTNAME: A_1")), ["create a"]);
    assert_eq!(found(search("hostname%b")), ["create b"]);
    assert_eq!(found(search("(.*")), [""; 0]);
    let by = |by, descending| words(&lines(&store, &Filter::default(), Order { by, descending }));
    assert_eq!(
        by(OrderBy::ResourceId, true),
        ["create c", "create b", "create a"]
    );
    assert_eq!(
        by(OrderBy::ClusterId, false),
        ["create b", "create c", "create a"]
    );
    let place = AuditLog::new(store.clone())
        .place_of(1_767_225_602_000)
        .expect("readable");
    assert_eq!(place, 1);
}

#[test]
fn old_rows_go_and_the_last_one_stays() {
    let store = store();
    for id in ["a", "b"] {
        store.put::<kind::Cluster>("", id, |_| {}).expect("written");
    }
    store.clock().advance(RETENTION * 2);
    let old = store
        .clock()
        .moment()
        .since_unix()
        .saturating_sub(RETENTION);
    store
        .annals()
        .forget_before(Moment::from_unix(old))
        .expect("forgotten");
    assert_eq!(words(&all(&store)), ["create b"]);
}
