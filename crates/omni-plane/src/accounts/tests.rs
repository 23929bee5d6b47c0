//! Accounts as people list them.

use std::collections::BTreeSet;
use std::time::Duration;

use omni_api::kind;

use crate::engine::{Controller, Engine};
use crate::seed::issue_key;
use crate::store::{Key, Query};
use crate::{Clock, Moment, Store};

use super::{
    IdentityCleanup, IdentityStatuses, KeyPruner, PublicKeyCleanup, ServiceAccountStatuses,
};

const ID: &str = "automation@serviceaccount.omni.sidero.dev";

fn bench() -> (Store, Engine) {
    let clock = Clock::manual();
    let store = Store::in_memory(clock.clone());
    let controllers: Vec<Box<dyn Controller>> = vec![
        Box::new(IdentityStatuses),
        Box::new(ServiceAccountStatuses),
        IdentityCleanup::boxed(),
        PublicKeyCleanup::boxed(),
        Box::new(KeyPruner),
    ];
    let engine = Engine::new(store.clone(), clock, controllers).expect("an engine");
    (store, engine)
}

#[test]
fn the_first_account_shows_its_role_and_its_keys() {
    let (store, mut engine) = bench();
    let first = issue_key(&store).expect("a key").public.fingerprint;
    engine.pass(Duration::from_mins(1));
    let second = issue_key(&store).expect("a key").public.fingerprint;
    engine.pass(Duration::from_secs(1));
    let status = store
        .read::<kind::ServiceAccountStatus>(ID)
        .expect("a status");
    assert_eq!(status.spec.role, "Admin");
    let keys = status.spec.public_keys.iter();
    let keys: BTreeSet<_> = keys.map(|key| key.id.clone()).collect();
    assert_eq!(keys, [first, second].into());
    let ends = status
        .spec
        .public_keys
        .iter()
        .filter_map(|key| key.expiration);
    let last = ends.max_by_key(|end| end.seconds);
    assert_eq!(status.spec.expiration, last);
    let identity = store.read::<kind::IdentityStatus>(ID).expect("a status");
    assert_eq!(identity.spec.role, "Admin");
    assert!(identity.metadata.label("type-service-account").is_some());
}

#[test]
fn the_statuses_go_with_their_identity() {
    let (store, mut engine) = bench();
    issue_key(&store).expect("a key");
    engine.pass(Duration::from_secs(1));
    assert!(store.read::<kind::IdentityLastActive>(ID).is_some());
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
    assert!(store.read::<kind::IdentityLastActive>(ID).is_none());
}

#[test]
fn a_key_goes_when_its_life_is_over_and_takes_its_activity_along() {
    let (store, mut engine) = bench();
    let fingerprint = issue_key(&store).expect("a key").public.fingerprint;
    let used = store.put::<kind::PublicKeyLastActive>("", &fingerprint, |_| {});
    assert_eq!(used, Ok(true));
    let key = store.read::<kind::PublicKey>(&fingerprint).expect("a key");
    let end = Moment::from(key.spec.expiration.expect("an end"));
    let left = end.since(store.clock().moment());
    engine.pass(left.saturating_sub(Duration::from_secs(1)));
    assert!(store.read::<kind::PublicKey>(&fingerprint).is_some());
    engine.pass(Duration::from_mins(10));
    assert!(store.read::<kind::PublicKey>(&fingerprint).is_none());
    assert!(
        store
            .read::<kind::PublicKeyLastActive>(&fingerprint)
            .is_none()
    );
    let status = store
        .read::<kind::ServiceAccountStatus>(ID)
        .expect("the account stays");
    assert_eq!(status.spec.public_keys.len(), 0);
    assert_eq!(
        status.spec.expiration, key.spec.expiration,
        "it still says until when"
    );
}
