//! Writes whose answers are lost, late or refused.

use std::time::Duration;

use omni_api::{Kind as _, Version, kind};
use omni_client::Error;
use tonic::Status;

use crate::server::{Fault, TestServer};
use crate::state::cluster;

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_recognised_as_ours() {
    let server = TestServer::start();
    let client = server.client();
    client
        .state()
        .find::<kind::Cluster>("x")
        .await
        .expect("connected");
    server.service.fault("Create", Fault::LoseAnswer);
    let created = client
        .state()
        .create(&cluster("prod", "1.12.0"))
        .await
        .expect("ours");
    assert_eq!(created.metadata.version, Version::FIRST);
    assert_eq!(client.counters().of("Create"), 2);
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_ours_although_a_controller_has_taken_hold_of_it() {
    let server = TestServer::start();
    let client = server.client();
    server.store.take_hold("ClusterController");
    server.service.fault("Create", Fault::LoseAnswer);
    let created = client
        .state()
        .create(&cluster("prod", "1.12.0"))
        .await
        .expect("ours");
    assert_eq!(created.metadata.version, Version::new(2));
    assert_eq!(created.metadata.finalizers, ["ClusterController"]);
}

#[tokio::test]
async fn a_create_that_meets_another_ones_equal_resource_is_refused_even_after_a_lost_connection() {
    let server = TestServer::start();
    let client = server.client();
    // Made long before our call, by another.
    server.store.set_time(1_000_000);
    server
        .store
        .create(cluster("prod", "1.12.0").to_any())
        .expect("theirs");
    server.service.fault("Create", Fault::LoseRequest);
    client
        .state()
        .find::<kind::Cluster>("x")
        .await
        .expect("connected");
    let error = client
        .state()
        .create(&cluster("prod", "1.12.0"))
        .await
        .expect_err("theirs");
    assert!(matches!(error, Error::AlreadyExists { .. }), "{error:?}");
}

#[tokio::test]
async fn a_create_without_a_lost_answer_never_adopts() {
    let server = TestServer::start();
    let state = server.client().state();
    state
        .create(&cluster("prod", "1.12.0"))
        .await
        .expect("created");
    let error = state
        .create(&cluster("prod", "1.12.0"))
        .await
        .expect_err("there already");
    assert!(matches!(error, Error::AlreadyExists { .. }), "{error:?}");
}

#[tokio::test]
async fn a_create_that_got_no_answer_in_time_is_looked_for_once() {
    let server = TestServer::start();
    let client = server
        .builder()
        .request_timeout(Duration::from_millis(200))
        .build()
        .expect("a client");
    server.service.fault("Create", Fault::Mute);
    client
        .state()
        .create(&cluster("one", "1.12.0"))
        .await
        .expect("it had taken place");
    server.service.fault("Create", Fault::Hang);
    let error = client
        .state()
        .create(&cluster("two", "1.12.0"))
        .await
        .expect_err("it had not");
    assert_eq!(
        error,
        Error::DeadlineExceeded {
            after: Duration::from_millis(200)
        }
    );
    assert_eq!(
        client.counters().of("Create"),
        2,
        "a write in doubt is not sent again"
    );
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_is_recognised_as_ours() {
    let server = TestServer::start();
    let client = server.client();
    let mut wanted = client
        .state()
        .create(&cluster("prod", "1.12.0"))
        .await
        .expect("created");
    wanted.spec.talos_version = "1.13.0".to_owned();
    server.service.fault("Update", Fault::LoseAnswer);
    let updated = client.state().update(&wanted).await.expect("ours");
    assert_eq!(updated.metadata.version, Version::new(2));
    assert_eq!(
        server
            .store
            .get(kind::Cluster::TYPE, "prod")
            .expect("there")
            .metadata
            .version,
        Version::new(2)
    );
}

#[tokio::test]
async fn a_write_that_the_server_had_no_budget_for_is_sent_again() {
    let server = TestServer::start();
    let client = server.client();
    server.service.fault(
        "Create",
        Fault::Refuse(Status::deadline_exceeded("no budget")),
    );
    server
        .service
        .fault("Create", Fault::Refuse(Status::unavailable("starting")));
    client
        .state()
        .create(&cluster("prod", "1.12.0"))
        .await
        .expect("created");
    assert_eq!(client.counters().of("Create"), 3);
}

#[tokio::test]
async fn what_no_waiting_mends_is_not_tried_again() {
    let server = TestServer::start();
    let client = server.client();
    let refusals = [
        Status::resource_exhausted("too big"),
        Status::unauthenticated("invalid signature"),
        Status::permission_denied("insufficient role"),
        Status::invalid_argument("failed to validate: 1 error occurred:\n\t* bad\n\n"),
        Status::internal("panic"),
    ];
    for (index, refusal) in refusals.into_iter().enumerate() {
        server.service.fault("Get", Fault::Refuse(refusal));
        client
            .state()
            .get::<kind::Cluster>("prod")
            .await
            .expect_err("refused");
        assert_eq!(client.counters().of("Get"), index as u64 + 1);
    }
}
