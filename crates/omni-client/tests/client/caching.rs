//! Reads through the cache: how many calls, and how fresh.

use omni_api::{Kind as _, Version, kind, labels};
use omni_client::Client;
use tonic::Status;

use crate::server::{Fault, TestServer};
use crate::state::cluster;

const TYPE: &str = kind::Cluster::TYPE;

async fn talos(client: &Client, id: &str) -> Option<String> {
    let found = client
        .cache()
        .get::<kind::Cluster>(id, None)
        .await
        .expect("an answer");
    found.map(|cluster| cluster.spec.talos_version)
}

fn put(server: &TestServer, id: &str, talos: &str) {
    server
        .store
        .create(cluster(id, talos).to_any())
        .expect("created");
}

#[tokio::test]
async fn many_reads_of_a_kind_cost_a_constant_number_of_calls() {
    let server = TestServer::start();
    for count in [1_u64, 10, 100, 1000] {
        let client = server.client();
        for index in 0..count {
            let _ = server
                .store
                .create(cluster(&format!("c{index:04}"), "1").to_any());
        }
        let cache = client.cache();
        let reads = (0..count).map(|index| {
            let cache = cache.clone();
            tokio::spawn(async move {
                cache
                    .get::<kind::Cluster>(&format!("c{index:04}"), None)
                    .await
            })
        });
        for read in reads.collect::<Vec<_>>() {
            assert!(read.await.expect("ran").expect("an answer").is_some());
        }
        println!(
            "{count} reads: {} calls {:?}",
            client.counters().total(),
            client.counters().by_method()
        );
        assert_eq!(client.counters().total(), count.min(3));
    }
}

#[tokio::test]
async fn own_writes_are_seen_at_once_and_foreign_ones_soon() {
    let server = TestServer::start();
    let client = server.client();
    for id in ["a", "b", "c"] {
        put(&server, id, "1");
        assert_eq!(talos(&client, id).await.as_deref(), Some("1"));
    }
    let set = |cluster: &mut omni_api::Resource<kind::Cluster>| {
        cluster.spec.talos_version = "2".to_owned();
    };
    client.state().modify("a", set).await.expect("modified");
    assert_eq!(talos(&client, "a").await.as_deref(), Some("2"));

    client
        .state()
        .create(&cluster("d", "4"))
        .await
        .expect("created");
    let calls = client.counters().total();
    assert_eq!(talos(&client, "d").await.as_deref(), Some("4"));
    assert_eq!(client.counters().total(), calls, "no call was needed");

    client
        .state()
        .destroy::<kind::Cluster>("d")
        .await
        .expect("destroyed");
    assert_eq!(talos(&client, "d").await, None);
    client
        .state()
        .create(&cluster("d", "5"))
        .await
        .expect("created again");
    assert_eq!(talos(&client, "d").await.as_deref(), Some("5"));

    let mut theirs = server.store.get(TYPE, "b").expect("there");
    theirs.spec = cluster("b", "3").to_any().spec;
    server.store.update(theirs, None).expect("updated");
    while talos(&client, "b").await.as_deref() != Some("3") {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_missing_resource_is_confirmed_by_one_get() {
    let server = TestServer::start();
    let client = server.client();
    for _ in 0..3 {
        assert_eq!(talos(&client, "none").await, None);
    }
    assert_eq!(
        (client.counters().of("Get"), client.counters().of("Watch")),
        (3, 1)
    );
}

#[tokio::test]
async fn a_stale_answer_never_goes_back_behind_our_own_write() {
    let server = TestServer::start();
    let client = server.client();
    client
        .state()
        .create(&cluster("a", "1"))
        .await
        .expect("created");
    // Omni answers Gets from a cache of its own, which may not know our write yet.
    server.service.fault(
        "Get",
        Fault::Refuse(Status::not_found("resource doesn't exist")),
    );
    assert_eq!(talos(&client, "a").await.as_deref(), Some("1"));
    assert_eq!(
        client.counters().of("Watch"),
        1,
        "the store itself was asked"
    );

    server
        .store
        .destroy(TYPE, "a")
        .expect("destroyed by another");
    assert_eq!(talos(&client, "a").await, None);
}

#[tokio::test]
async fn reads_of_one_cluster_share_a_narrow_watch_and_a_second_cluster_widens_it() {
    let server = TestServer::start();
    let client = server.client();
    for (id, owner) in [("a", "x"), ("b", "x"), ("c", "x"), ("d", "y")] {
        let mut set = omni_api::Resource::<kind::MachineSet>::new(
            id,
            omni_api::specs::MachineSetSpec::default(),
        );
        set.metadata
            .labels
            .insert(labels::CLUSTER.to_owned(), owner.to_owned());
        server.store.create(set.to_any()).expect("created");
    }
    let read = async |id: &str, owner: &str| {
        let found = client
            .cache()
            .get::<kind::MachineSet>(id, Some(owner))
            .await;
        assert!(found.expect("an answer").is_some(), "{id}");
    };
    for id in ["a", "b", "c", "a"] {
        read(id, "x").await;
    }
    assert_eq!(
        (client.counters().of("Get"), client.counters().of("Watch")),
        (2, 1)
    );
    read("d", "y").await;
    read("a", "x").await;
    assert_eq!(
        (client.counters().of("Get"), client.counters().of("Watch")),
        (2, 2)
    );
    let of_x = client
        .cache()
        .list::<kind::MachineSet>(Some("x"))
        .await
        .expect("a list");
    assert_eq!(of_x.len(), 3);
    assert_eq!(client.counters().total(), 4);
}

#[tokio::test]
async fn a_kind_that_may_not_be_watched_is_read_one_by_one_and_that_is_remembered() {
    let server = TestServer::start();
    let client = server.client();
    put(&server, "a", "1");
    server.service.fault(
        "Watch",
        Fault::Refuse(Status::permission_denied("insufficient role")),
    );
    for _ in 0..5 {
        assert_eq!(talos(&client, "a").await.as_deref(), Some("1"));
    }
    assert_eq!(
        (client.counters().of("Get"), client.counters().of("Watch")),
        (5, 1)
    );
    let listed = client
        .cache()
        .list::<kind::Cluster>(None)
        .await
        .expect("a list");
    assert_eq!((listed.len(), client.counters().of("List")), (1, 1));
}

#[tokio::test]
async fn reads_wait_for_a_watch_that_lost_its_connection_and_see_the_new_world() {
    let mut server = TestServer::start();
    let client = server.client();
    for id in ["a", "b", "c"] {
        put(&server, id, "1");
        talos(&client, id).await;
    }
    let set = |cluster: &mut omni_api::Resource<kind::Cluster>| {
        cluster.spec.talos_version = "2".to_owned();
    };
    let own = client.state().modify("a", set).await.expect("modified");
    assert_eq!(own.metadata.version, Version::new(2));
    server.halt();
    server.store.forget_history();
    server
        .store
        .destroy(TYPE, "a")
        .expect("destroyed by another");
    server
        .store
        .destroy(TYPE, "b")
        .expect("destroyed by another");
    server.resume();
    // Until the break is noticed the cache may answer with what it had.
    while talos(&client, "b").await.is_some() {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        talos(&client, "a").await,
        None,
        "our own write does not outlive the resource"
    );
    assert_eq!(talos(&client, "c").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn the_watch_ends_with_its_client() {
    let server = TestServer::start();
    let client = server.client();
    put(&server, "a", "1");
    for _ in 0..3 {
        talos(&client, "a").await;
    }
    let before = server.store.watchers();
    drop(client);
    while server.store.watchers() >= before {
        tokio::task::yield_now().await;
    }
}
