//! Reads and writes, and what they do when answers are lost.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::server::TestServer;
use omni_api::specs::ClusterSpec;
use omni_api::{Kind as _, Resource, Version, kind, labels};
use omni_client::state::Teardown;
use omni_client::{Error, Labels, Query};

type Cluster = Resource<kind::Cluster>;

/// A cluster with a label.
pub(crate) fn cluster(id: &str, talos: &str) -> Cluster {
    let spec = ClusterSpec {
        talos_version: talos.to_owned(),
        ..Default::default()
    };
    let mut cluster = Cluster::new(id, spec);
    cluster
        .metadata
        .labels
        .insert("team".to_owned(), "a".to_owned());
    cluster
}

#[tokio::test]
async fn a_resource_lives_from_create_to_destroy() {
    let server = TestServer::start();
    let state = server.client().state();
    let created = state
        .create(&cluster("prod", "1.12.0"))
        .await
        .expect("created");
    assert_eq!(created.metadata.version, Version::FIRST);

    let mut wanted = created.clone();
    wanted.spec.talos_version = "1.13.0".to_owned();
    let updated = state.update(&wanted).await.expect("updated");
    assert_eq!(updated.metadata.version, Version::new(2));
    assert_eq!(state.get::<kind::Cluster>("prod").await, Ok(updated));

    assert_eq!(
        state.teardown::<kind::Cluster>("prod").await,
        Ok(Teardown::Ready)
    );
    assert_eq!(state.destroy::<kind::Cluster>("prod").await, Ok(()));
    assert_eq!(
        state.destroy::<kind::Cluster>("prod").await,
        Ok(()),
        "already gone is success"
    );
    assert_eq!(
        state.teardown::<kind::Cluster>("prod").await,
        Ok(Teardown::Gone)
    );
    assert_eq!(state.find::<kind::Cluster>("prod").await, Ok(None));
    assert!(
        state
            .get::<kind::Cluster>("prod")
            .await
            .expect_err("gone")
            .is_not_found()
    );
}

#[tokio::test]
async fn a_list_holds_what_the_query_asks_for() {
    let server = TestServer::start();
    let state = server.client().state();
    for (id, owner) in [("a", "x"), ("b", "y"), ("c", "x")] {
        let mut cluster = cluster(id, "1.12.0");
        cluster
            .metadata
            .labels
            .insert(labels::CLUSTER.to_owned(), owner.to_owned());
        state.create(&cluster).await.expect("created");
    }
    let ids = async |query: Query| -> Vec<String> {
        let all = state.list::<kind::Cluster>(&query).await.expect("listed");
        all.iter().map(|cluster| cluster.id().to_owned()).collect()
    };
    assert_eq!(ids(Query::all()).await, ["a", "b", "c"]);
    assert_eq!(ids(Query::cluster("x")).await, ["a", "c"]);
    let not_x = Query::from(Labels::new().not_equal(labels::CLUSTER, "x"));
    assert_eq!(ids(not_x).await, ["b"]);
}

#[tokio::test]
async fn an_update_of_an_old_version_is_a_conflict_that_names_both_versions() {
    let server = TestServer::start();
    let state = server.client().state();
    let first = state
        .create(&cluster("prod", "1.12.0"))
        .await
        .expect("created");
    state.update(&first).await.expect("updated");
    let error = state.update(&first).await.expect_err("too late");
    let Error::Conflict {
        expected, actual, ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(
        (expected, actual),
        (Some(Version::new(1)), Some(Version::new(2)))
    );
}

#[tokio::test]
async fn modify_sets_only_its_own_field_and_keeps_what_others_wrote_meanwhile() {
    let server = TestServer::start();
    let (state, other) = (server.client().state(), server.store.clone());
    let base = state
        .create(&cluster("prod", "1.12.0"))
        .await
        .expect("created");

    // Another writer is faster twice.
    let races = AtomicU32::new(0);
    let change = |cluster: &mut Cluster| {
        if races.fetch_add(1, Ordering::Relaxed) < 2 {
            let mut theirs = other.get(kind::Cluster::TYPE, "prod").expect("there");
            theirs.metadata.labels.insert(
                "theirs".to_owned(),
                races.load(Ordering::Relaxed).to_string(),
            );
            other.update(theirs, None).expect("updated");
        }
        cluster.spec.talos_version = "1.13.0".to_owned();
    };
    let stored = state.modify_from(base, change).await.expect("modified");
    assert_eq!(stored.spec.talos_version, "1.13.0");
    assert_eq!(stored.metadata.label("theirs"), Some("2"));
    assert_eq!(stored.metadata.version, Version::new(4));
    assert_eq!(races.into_inner(), 3);
}

#[tokio::test]
async fn modify_gives_up_after_too_many_lost_races_and_writes_nothing_when_nothing_changes() {
    let server = TestServer::start();
    let client = server.client();
    let state = client.state();
    state
        .create(&cluster("prod", "1.12.0"))
        .await
        .expect("created");
    let same = state
        .modify::<kind::Cluster>("prod", |_| ())
        .await
        .expect("nothing to do");
    assert_eq!(
        (same.metadata.version, client.counters().of("Update")),
        (Version::FIRST, 0)
    );

    let mut round = 0;
    let other = server.store.clone();
    let change = |cluster: &mut Cluster| {
        let theirs = other.get(kind::Cluster::TYPE, "prod").expect("there");
        other.update(theirs, None).expect("updated");
        round += 1;
        cluster.spec.talos_version = round.to_string();
    };
    let error = state
        .modify("prod", change)
        .await
        .expect_err("lost every race");
    assert!(matches!(error, Error::Conflict { .. }), "{error:?}");
    assert_eq!(
        client.counters().of("Update"),
        5,
        "as often as the policy says"
    );
}
