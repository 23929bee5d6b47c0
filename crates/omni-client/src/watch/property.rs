//! Whatever a server sends, the changes told lead from one state to the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use omni_api::cosi::{self, EventType};
use omni_api::{AnyResource, Kind as _, Metadata, Version, kind};
use proptest::prelude::*;

use super::{Change, Engine, Target};
use crate::{Client, Endpoint, Query};

/// A resource with one of few ids and versions, now and then one in a wrong form.
fn resource() -> impl Strategy<Value = Option<cosi::Resource>> {
    let well_formed = (0..4_u8, 0..6_u64).prop_map(|(id, version)| {
        let mut metadata = Metadata::new("default", kind::Cluster::TYPE, &format!("c{id}"));
        metadata.version = Version::new(version);
        let any = AnyResource {
            metadata,
            spec: Vec::new(),
            yaml: String::new(),
        };
        Some(any.into())
    });
    let wrong = ".{0,6}".prop_map(|text| {
        Some(cosi::Resource {
            metadata: Some(cosi::Metadata {
                version: text.clone(),
                phase: text,
                ..Default::default()
            }),
            spec: None,
        })
    });
    prop_oneof![12 => well_formed, 1 => wrong, 1 => Just(None)]
}

/// Any event.
fn event() -> impl Strategy<Value = cosi::Event> {
    let bookmark = prop::option::of(prop::collection::vec(any::<u8>(), 0..4));
    (resource(), -1..8_i32, bookmark).prop_map(|(resource, event_type, bookmark)| cosi::Event {
        resource,
        event_type,
        old: None,
        error: None,
        bookmark,
    })
}

/// The messages of a few connections.
fn connections() -> impl Strategy<Value = Vec<Vec<cosi::Event>>> {
    prop::collection::vec(prop::collection::vec(event(), 0..12), 1..5)
}

/// An engine that nothing is connected to.
fn engine(one: bool) -> Engine {
    let endpoint: Endpoint = "unix:///nowhere".parse().expect("an endpoint");
    let client = Client::builder(endpoint).build().expect("a client");
    let target = if one {
        Target::one("default", kind::Cluster::TYPE, "c1")
    } else {
        Target::kind("default", kind::Cluster::TYPE, Query::all())
    };
    Engine::new(client.core().clone(), target)
}

/// Follows the changes as a consumer does; fails where one does not fit what was told before.
fn follow(
    told: &mut BTreeMap<Arc<str>, Arc<AnyResource>>,
    change: Change,
) -> Result<(), TestCaseError> {
    match change {
        Change::Created(new) => {
            let before = told.insert(new.metadata.id.clone(), new);
            prop_assert!(before.is_none(), "created twice");
        }
        Change::Updated { old, new } => {
            prop_assert!(old != new, "an update that changes nothing");
            let before = told.insert(new.metadata.id.clone(), new);
            prop_assert_eq!(before, Some(old));
        }
        Change::Destroyed(last) => {
            let before = told.remove(&last.metadata.id);
            prop_assert_eq!(before, Some(last));
        }
        Change::Bootstrapped => {}
    }
    Ok(())
}

proptest! {
    #[test]
    fn changes_lead_from_state_to_state_whatever_a_server_sends(connections in connections(), one in any::<bool>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let _entered = runtime.enter();
        let mut engine = engine(one);
        let mut told = BTreeMap::new();
        let mut bootstrapped = 0;
        for events in connections {
            engine.begin();
            for event in events {
                let complete = event.event_type == EventType::Bootstrapped as i32;
                let taken = engine.take(vec![event]);
                for change in engine.drain() {
                    bootstrapped += u32::from(change == Change::Bootstrapped);
                    follow(&mut told, change)?;
                }
                if complete && taken.is_ok() {
                    prop_assert!(bootstrapped > 0);
                }
                if taken.is_err() {
                    break;
                }
            }
            let known: BTreeMap<_, _> = engine.contents().map(|of| (of.metadata.id.clone(), of.clone())).collect();
            prop_assert_eq!(&known, &told);
        }
        prop_assert!(bootstrapped <= 1);
    }
}
