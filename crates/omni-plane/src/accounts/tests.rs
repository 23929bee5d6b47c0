//! Accounts as people list them.

use std::time::Duration;

use omni_api::kind;

use crate::engine::{Controller, Engine};
use crate::seed::issue_key;
use crate::store::{Key, Query};
use crate::{Clock, Store};

use super::{IdentityStatuses, ServiceAccountStatuses};

const ID: &str = "automation@serviceaccount.omni.sidero.dev";

fn bench() -> (Store, Engine) {
    let clock = Clock::manual();
    let store = Store::in_memory(clock.clone());
    let controllers: Vec<Box<dyn Controller>> =
        vec![Box::new(IdentityStatuses), Box::new(ServiceAccountStatuses)];
    let engine = Engine::new(store.clone(), clock, controllers).expect("an engine");
    (store, engine)
}

#[test]
fn the_first_account_shows_its_role_and_its_keys_newest_first() {
    let (store, mut engine) = bench();
    let first = issue_key(&store).expect("a key").public.fingerprint;
    engine.pass(Duration::from_secs(60));
    let second = issue_key(&store).expect("a key").public.fingerprint;
    engine.pass(Duration::from_secs(1));
    let status = store
        .read::<kind::ServiceAccountStatus>(ID)
        .expect("a status");
    assert_eq!(status.spec.role, "Admin");
    let keys: Vec<_> = status
        .spec
        .public_keys
        .iter()
        .map(|key| key.id.as_str())
        .collect();
    assert_eq!(keys, [second.as_str(), first.as_str()]);
    assert_eq!(
        status.spec.expiration,
        status.spec.public_keys[0].expiration
    );
    let identity = store.read::<kind::IdentityStatus>(ID).expect("a status");
    assert_eq!(identity.spec.role, "Admin");
    assert!(identity.metadata.label("type-service-account").is_some());
}

#[test]
fn the_statuses_go_with_their_identity() {
    let (store, mut engine) = bench();
    issue_key(&store).expect("a key");
    engine.pass(Duration::from_secs(1));
    let key = Key::of::<kind::Identity>(ID);
    assert!(!store.teardown(&key, "").expect("torn down"), "it is held");
    engine.pass(Duration::from_secs(1));
    store.destroy(&key, "").expect("nobody holds it");
    assert_eq!(
        store
            .read_all::<kind::ServiceAccountStatus>(&Query::all())
            .len(),
        0
    );
    assert_eq!(
        store.read_all::<kind::IdentityStatus>(&Query::all()).len(),
        0
    );
}
