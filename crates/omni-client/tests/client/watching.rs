//! Watches, through outages.

use omni_api::{AnyResource, Kind as _, kind};
use omni_client::{Client, Error, Event, Query, Watch};
use tonic::Status;

use crate::server::{Fault, TestServer};
use crate::state::cluster;

const TYPE: &str = kind::Cluster::TYPE;

fn put(server: &TestServer, id: &str, talos: &str) {
    server
        .store
        .create(cluster(id, talos).to_any())
        .expect("created");
}

fn change(server: &TestServer, id: &str, change: impl FnOnce(&mut AnyResource)) {
    let mut resource = server.store.get(TYPE, id).expect("there");
    change(&mut resource);
    server.store.update(resource, None).expect("updated");
}

/// The next event in short: `+a@1`, `~a@2`, `-a@2`, `=`.
async fn told(watch: &mut Watch<kind::Cluster>) -> String {
    let name = |metadata: &omni_api::Metadata| format!("{}@{}", metadata.id, metadata.version);
    match watch.next().await.expect("an event") {
        Event::Created(new) => format!("+{}", name(&new.metadata)),
        Event::Updated { new, .. } => format!("~{}", name(&new.metadata)),
        Event::Destroyed(last) => format!("-{}", name(&last.metadata)),
        Event::Bootstrapped => "=".to_owned(),
    }
}

async fn expect(watch: &mut Watch<kind::Cluster>, events: &[&str]) {
    for event in events {
        assert_eq!(told(watch).await, *event);
    }
}

fn watch(client: &Client) -> Watch<kind::Cluster> {
    client.state().watch(&Query::all())
}

#[tokio::test]
async fn a_watch_tells_what_exists_then_every_change() {
    let server = TestServer::start();
    put(&server, "a", "1");
    put(&server, "b", "1");
    let mut watch = watch(&server.client());
    expect(&mut watch, &["+a@1", "+b@1", "="]).await;
    put(&server, "c", "1");
    change(&server, "a", |_| ());
    server.store.destroy(TYPE, "b").expect("destroyed");
    expect(&mut watch, &["+c@1", "~a@2", "-b@1"]).await;
}

#[tokio::test]
async fn a_watch_that_lost_its_connection_goes_on_after_its_bookmark() {
    let server = TestServer::start();
    let client = server.client();
    put(&server, "a", "1");
    let mut watch = watch(&client);
    expect(&mut watch, &["+a@1", "="]).await;
    for round in 2..6 {
        server.service.connections.cut();
        change(&server, "a", |_| ());
        change(&server, "a", |_| ());
        let (one, two) = (2 * round - 2, 2 * round - 1);
        expect(&mut watch, &[&format!("~a@{one}"), &format!("~a@{two}")]).await;
    }
    assert_eq!(client.counters().of("Watch"), 5);
}

#[tokio::test]
async fn a_server_that_lost_its_history_is_asked_anew_and_only_the_difference_is_told() {
    let mut server = TestServer::start();
    for id in ["a", "b", "c"] {
        put(&server, id, "1");
    }
    let mut watch = watch(&server.client());
    expect(&mut watch, &["+a@1", "+b@1", "+c@1", "="]).await;

    server.halt();
    server.store.forget_history();
    change(&server, "a", |_| ());
    change(&server, "a", |_| ());
    server.store.destroy(TYPE, "b").expect("destroyed");
    put(&server, "d", "1");
    server.resume();
    expect(&mut watch, &["~a@3", "+d@1", "-b@1"]).await;

    change(&server, "c", |_| ());
    expect(&mut watch, &["~c@2"]).await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_contents_tells_nothing_twice() {
    let server = TestServer::start();
    put(&server, "a", "1");
    put(&server, "b", "1");
    let client = server.client();
    let mut watch = watch(&client);
    expect(&mut watch, &["+a@1"]).await;
    server.service.connections.cut();
    server.store.destroy(TYPE, "a").expect("destroyed");
    // Depending on what was underway, the end of `a` comes before or after `b`.
    let mut rest = vec![told(&mut watch).await, told(&mut watch).await];
    if rest.contains(&"=".to_owned()) {
        rest.push(told(&mut watch).await);
    }
    rest.retain(|event| event != "=");
    rest.sort();
    assert_eq!(rest, ["+b@1", "-a@1"]);
}

#[tokio::test]
async fn a_filtered_watch_tells_arrivals_and_departures() {
    let server = TestServer::start();
    put(&server, "a", "1");
    let labels = omni_client::Labels::new().equal("team", "b");
    let mut watch = server
        .client()
        .state()
        .watch::<kind::Cluster>(&Query::from(labels));
    expect(&mut watch, &["="]).await;
    let team = |name: &'static str| {
        move |resource: &mut AnyResource| {
            resource
                .metadata
                .labels
                .insert("team".to_owned(), name.to_owned());
        }
    };
    change(&server, "a", team("b"));
    change(&server, "a", team("a"));
    expect(&mut watch, &["+a@2", "-a@2"]).await;
}

#[tokio::test]
async fn a_watch_on_one_resource_tells_its_life_and_that_it_is_missing() {
    let server = TestServer::start();
    let mut watch = server.client().state().watch_one::<kind::Cluster>("a");
    expect(&mut watch, &["="]).await;
    put(&server, "b", "1");
    put(&server, "a", "1");
    expect(&mut watch, &["+a@1"]).await;
    server.service.connections.cut();
    change(&server, "a", |_| ());
    expect(&mut watch, &["~a@2"]).await;
    server.store.destroy(TYPE, "a").expect("destroyed");
    expect(&mut watch, &["-a@2"]).await;
}

#[tokio::test]
async fn what_no_waiting_mends_ends_a_watch() {
    let server = TestServer::start();
    let client = server.client();
    let refusal = Status::permission_denied(
        "failed to validate: 1 error occurred:\n\t* rpc error: code = PermissionDenied desc = no access is permitted\n\n",
    );
    server.service.fault("Watch", Fault::Refuse(refusal));
    let error = watch(&client).next().await.expect_err("refused");
    assert_eq!(
        error,
        Error::PermissionDenied {
            problems: vec!["no access is permitted".to_owned()]
        }
    );
    assert_eq!(client.counters().of("Watch"), 1);
}

#[tokio::test]
async fn a_watch_gives_up_when_patience_ends_and_goes_on_when_asked_again() {
    let mut server = TestServer::start();
    put(&server, "a", "1");
    let mut patience = crate::server::quick();
    patience.within = std::time::Duration::from_millis(50);
    let client = server.builder().retry(patience).build().expect("a client");
    let mut watch = watch(&client);
    expect(&mut watch, &["+a@1", "="]).await;
    server.halt();
    let error = watch.next().await.expect_err("nobody there");
    assert!(error.transport().is_some(), "{error:?}");
    server.resume();
    change(&server, "a", |_| ());
    expect(&mut watch, &["~a@2"]).await;
}

#[tokio::test]
async fn a_mirror_shows_the_world_and_waits_until_it_is_as_wanted() {
    let server = TestServer::start();
    put(&server, "a", "1");
    let client = server.client();
    let mut mirror = watch(&client).mirror();
    let all = mirror.wait_for(|world| Some(world.len())).await;
    assert_eq!(all, Ok(1), "asked only when the contents are complete");

    let mut other = mirror.clone();
    let waiting = tokio::spawn(async move {
        let done = |world: &omni_client::World<kind::Cluster>| {
            world
                .get("a")
                .filter(|cluster| cluster.spec.talos_version == "2")
                .cloned()
        };
        other.wait_for(done).await
    });
    server.service.connections.cut();
    let spec = cluster("a", "2").to_any().spec;
    change(&server, "a", |resource| resource.spec = spec);
    let found = waiting.await.expect("ran").expect("found");
    assert_eq!(found.metadata.version.count(), Some(2));

    mirror.changed().await.expect("it changed");
    assert_eq!(
        mirror.look(|world| world.get("a").map(|a| a.metadata.version.count())),
        Some(Some(2))
    );
}

#[tokio::test]
async fn a_mirror_tells_the_error_that_ended_its_watch() {
    let server = TestServer::start();
    server
        .service
        .fault("Watch", Fault::Refuse(Status::unimplemented("no watch")));
    let mut mirror = watch(&server.client()).mirror();
    let error = mirror.wait_for(|_| Some(())).await.expect_err("over");
    assert!(matches!(error, Error::Unimplemented { .. }), "{error:?}");
    assert_eq!(mirror.changed().await, Err(error), "and goes on telling it");
}

#[tokio::test]
async fn a_mirror_tells_of_an_outage_while_it_lasts() {
    let mut server = TestServer::start();
    put(&server, "a", "1");
    let mut mirror = watch(&server.client()).mirror();
    assert_eq!(
        mirror
            .wait_for(|world| Some(world.outage().is_none()))
            .await,
        Ok(true)
    );
    server.halt();
    let told = mirror
        .wait_for(|world| world.outage().map(ToString::to_string))
        .await;
    assert!(told.expect("an outage").contains("cannot talk to"));
    assert_eq!(
        mirror.look(omni_client::World::len),
        1,
        "what was known stays"
    );
    server.resume();
    let over = mirror
        .wait_for(|world| world.outage().is_none().then_some(()))
        .await;
    assert_eq!(over, Ok(()));
}
