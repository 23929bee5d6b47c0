//! Keys, clocks and servers that fail in the middle of things.

use jiff::{SignedDuration, Timestamp};
use omni_api::kind;
use omni_client::clock::ManualClock;
use omni_client::{Error, GeneratedKey, KeyError};
use proptest::prelude::*;
use tonic::Status;

use crate::server::{Fault, TestServer};
use crate::state::cluster;

#[tokio::test]
async fn a_server_that_restarts_in_the_middle_is_waited_for() {
    let mut server = TestServer::start();
    let client = server.client();
    client
        .state()
        .create(&cluster("a", "1"))
        .await
        .expect("created");
    server.halt();
    let write = {
        let client = client.clone();
        tokio::spawn(async move { client.state().create(&cluster("b", "1")).await })
    };
    let read = {
        let client = client.clone();
        tokio::spawn(async move { client.state().get::<kind::Cluster>("a").await })
    };
    // Both have met the closed door before it opens again.
    while client.counters().of("Create") < 3 || client.counters().of("Get") < 2 {
        tokio::task::yield_now().await;
    }
    server.resume();
    assert_eq!(write.await.expect("ran").expect("created").id(), "b");
    assert_eq!(read.await.expect("ran").expect("read").id(), "a");
}

#[tokio::test]
async fn an_expired_key_is_told_before_anything_is_sent() {
    let server = TestServer::start();
    let clock = ManualClock::at(Timestamp::now());
    let client = server
        .builder()
        .clock(clock.clone())
        .build()
        .expect("a client");
    assert_eq!(client.state().find::<kind::Cluster>("a").await, Ok(None));
    clock.advance(SignedDuration::from_hours(2));
    let error = client
        .state()
        .find::<kind::Cluster>("a")
        .await
        .expect_err("expired");
    assert!(
        matches!(error, Error::Key(KeyError::Expired { .. })),
        "{error:?}"
    );
    assert_eq!(client.counters().total(), 1);
}

#[tokio::test]
async fn a_key_that_the_server_does_not_know_is_unauthenticated() {
    let server = TestServer::start();
    let name = "stranger".parse().expect("a name");
    let stranger =
        GeneratedKey::new(&name, SignedDuration::from_hours(1), Timestamp::now()).expect("a key");
    let client = server
        .builder()
        .key(stranger.key)
        .build()
        .expect("a client");
    let error = client
        .state()
        .find::<kind::Cluster>("a")
        .await
        .expect_err("unknown");
    assert_eq!(
        error,
        Error::Unauthenticated {
            message: "invalid signature".to_owned(),
            skew: None
        }
    );
    assert_eq!(client.counters().total(), 1, "not tried again");
}

#[tokio::test]
async fn a_read_that_gets_no_answer_ends_at_its_deadline() {
    let server = TestServer::start();
    let after = std::time::Duration::from_millis(50);
    let client = server
        .builder()
        .request_timeout(after)
        .build()
        .expect("a client");
    for method in ["Get", "List"] {
        server.service.fault(method, Fault::Hang);
    }
    let late = Err(Error::DeadlineExceeded { after });
    assert_eq!(client.state().find::<kind::Cluster>("a").await, late);
    let listed = client
        .state()
        .list::<kind::Cluster>(&omni_client::Query::all())
        .await;
    assert_eq!(listed.map(|_| ()), Err(Error::DeadlineExceeded { after }));
}

#[tokio::test]
async fn a_licence_that_was_not_accepted_has_a_meaning_of_its_own() {
    let server = TestServer::start();
    let text = "EULA has not been accepted; please accept it at https://omni.example.org/eula";
    server
        .service
        .fault("Get", Fault::Refuse(Status::failed_precondition(text)));
    let error = server
        .client()
        .state()
        .find::<kind::Cluster>("a")
        .await
        .expect_err("refused");
    assert!(matches!(error, Error::EulaNotAccepted { .. }), "{error:?}");
    assert!(error.to_string().ends_with("/eula"));
}

#[tokio::test]
async fn a_resource_in_a_wrong_form_is_an_error_not_a_panic() {
    let server = TestServer::start();
    let client = server.client();
    let mut broken = cluster("a", "1").to_any();
    broken.spec = vec![0xff; 7];
    server.store.create(broken).expect("stored as it is");
    let error = client
        .state()
        .get::<kind::Cluster>("a")
        .await
        .expect_err("no cluster");
    assert!(matches!(error, Error::Malformed(_)), "{error:?}");
    let mut watch = client
        .state()
        .watch::<kind::Cluster>(&omni_client::Query::all());
    assert!(matches!(watch.next().await, Err(Error::Malformed(_))));
    let after = watch.next().await.expect("the watch goes on");
    assert!(
        matches!(after, omni_client::Event::Bootstrapped),
        "{after:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_message_of_a_server_makes_the_error_reader_panic(code in 0..17_i32, text in "(failed to validate: |1 error occurred:|\n\t\\* |rpc error: code = | desc = |resource |has pending finalizers &|[\\[\\]() a-z\"0-9@/])*") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let server = TestServer::start();
            let mut patience = crate::server::quick();
            patience.within = std::time::Duration::ZERO;
            patience.within_first_contact = std::time::Duration::ZERO;
            let client = server.builder().retry(patience).build().expect("a client");
            client.state().create(&cluster("a", "1")).await.expect("created");
            for method in ["Update", "Destroy"] {
                server.service.fault(method, Fault::Refuse(Status::new(code.into(), text.clone())));
            }
            let _ = client.state().update(&cluster("a", "1")).await.map_err(|error| error.to_string());
            let _ = client.state().destroy::<kind::Cluster>("a").await.map_err(|error| error.to_string());
        });
    }
}
