//! The ways out of the world.

use omni_api::{Kind as _, Phase, Resource, kind};
use tonic::Status;

use crate::server::{Fault, TestServer};
use crate::state::cluster;

type Cluster = Resource<kind::Cluster>;

#[tokio::test]
async fn a_delete_waits_for_those_who_must_act_and_tells_who_they_are() {
    let server = TestServer::start();
    let state = server.client().state();
    let mut held = cluster("prod", "1.12.0");
    held.metadata.finalizers = vec!["one".to_owned(), "two".to_owned()];
    server.store.create(held.to_any()).expect("created");

    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let observe = move |cluster: &Cluster| {
        tell.send(cluster.metadata.finalizers.clone())
            .expect("heard");
    };
    let delete = tokio::spawn(async move { state.delete("prod", observe).await });

    for left in [
        vec!["one".to_owned(), "two".to_owned()],
        vec!["two".to_owned()],
        vec![],
    ] {
        assert_eq!(told.recv().await, Some(left.clone()));
        let mut resource = server
            .store
            .get(kind::Cluster::TYPE, "prod")
            .expect("there");
        assert_eq!(resource.metadata.phase, Phase::TearingDown);
        if !left.is_empty() {
            resource.metadata.finalizers.remove(0);
            server.store.update(resource, None).expect("updated");
        }
    }
    assert_eq!(delete.await.expect("ran"), Ok(()));
    assert!(server.store.get(kind::Cluster::TYPE, "prod").is_err());
}

#[tokio::test]
async fn a_delete_ends_when_the_server_destroys_by_itself_or_another_takes_the_id() {
    let server = TestServer::start();
    let client = server.client();
    for recreated in [false, true] {
        let mut held = cluster("prod", "1.12.0");
        held.metadata.finalizers = vec!["one".to_owned()];
        server.store.create(held.to_any()).expect("created");
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let state = client.state();
        let observe = move |_: &Cluster| tell.send(()).expect("heard");
        let delete = tokio::spawn(async move { state.delete("prod", observe).await });
        told.recv().await.expect("it waits");
        if recreated {
            // The end and the new beginning fall into an outage: the watch sees only the new one.
            server.service.connections.cut();
        }
        let mut resource = server
            .store
            .get(kind::Cluster::TYPE, "prod")
            .expect("there");
        resource.metadata.finalizers.clear();
        if recreated {
            let gone = server.store.update(resource, None).expect("updated");
            server
                .store
                .destroy(&gone.metadata.type_name, "prod")
                .expect("destroyed");
            server
                .store
                .create(cluster("prod", "1.13.0").to_any())
                .expect("another");
        } else {
            server.store.update(resource, None).expect("updated");
        }
        assert_eq!(delete.await.expect("ran"), Ok(()));
        assert_eq!(
            server.store.get(kind::Cluster::TYPE, "prod").is_ok(),
            recreated
        );
    }
}

#[tokio::test]
async fn an_old_server_is_found_out_once_and_served_by_updates() {
    let server = TestServer::start();
    let client = server.client();
    let state = client.state();
    for id in ["a", "b"] {
        state.create(&cluster(id, "1.12.0")).await.expect("created");
    }
    server.service.fault(
        "TeardownAndDestroy",
        Fault::Refuse(Status::unimplemented("unknown method")),
    );
    assert_eq!(
        state.teardown_and_destroy::<kind::Cluster>("a").await,
        Ok(())
    );
    assert_eq!(state.delete::<kind::Cluster>("b", |_| ()).await, Ok(()));
    let counters = client.counters();
    assert_eq!(
        (counters.of("TeardownAndDestroy"), counters.of("Teardown")),
        (1, 0)
    );
    assert_eq!(counters.of("Update"), 2);
    assert!(server.store.get(kind::Cluster::TYPE, "a").is_err());
    assert!(server.store.get(kind::Cluster::TYPE, "b").is_err());
}

#[tokio::test]
async fn a_new_server_tears_down_and_destroys_in_one_call() {
    let server = TestServer::start();
    let client = server.client();
    client
        .state()
        .create(&cluster("a", "1.12.0"))
        .await
        .expect("created");
    assert_eq!(
        client
            .state()
            .teardown_and_destroy::<kind::Cluster>("a")
            .await,
        Ok(())
    );
    assert_eq!(
        client
            .state()
            .teardown_and_destroy::<kind::Cluster>("a")
            .await,
        Ok(()),
        "gone"
    );
    assert_eq!(client.counters().total(), 3);
}
