//! What is known of a resource never goes backwards, whatever comes in whatever order.

use std::sync::Arc;

use omni_api::{AnyResource, Metadata, Version};
use proptest::prelude::*;
use prost_types::Timestamp;

use super::Strategy::Watch;
use super::slot::Slot;

/// A state of the one resource: the how manieth of its id, and its version.
fn state(life: i64, version: u64) -> Arc<AnyResource> {
    let mut metadata = Metadata::new("default", "T", "a");
    metadata.version = Version::new(version);
    metadata.created = Some(Timestamp {
        seconds: life,
        nanos: 0,
    });
    Arc::new(AnyResource {
        metadata,
        spec: Vec::new(),
        yaml: String::new(),
    })
}

/// What is known: the how manieth of its id, and its version.
fn known(slot: &Slot) -> Option<(i64, Version)> {
    let resource = slot.get("a")?;
    Some((
        resource.metadata.created?.seconds,
        resource.metadata.version,
    ))
}

#[test]
fn news_from_before_our_own_write_changes_nothing() {
    let slot = Slot::new(Watch);
    slot.own(state(1, 5));
    for old in [state(1, 4), state(0, 9)] {
        assert_eq!(
            slot.put(old.clone()).map(|known| known.metadata.version),
            Some(Version::new(5))
        );
        slot.left(&old);
        assert!(slot.get("a").is_some());
    }
    slot.put(state(1, 6));
    assert_eq!(known(&slot), Some((1, Version::new(6))));
    slot.left(&state(1, 6));
    assert_eq!(known(&slot), None);
}

#[test]
fn what_is_gone_comes_back_only_as_another_one() {
    let slot = Slot::new(Watch);
    slot.own(state(1, 5));
    slot.gone("a");
    assert!(slot.put(state(1, 5)).is_none());
    assert!(slot.put(state(1, 6)).is_none());
    assert!(slot.put(state(2, 1)).is_some());
    slot.gone("a");
    slot.own(state(2, 1));
    assert!(
        slot.get("a").is_some(),
        "our own write needs no later clock"
    );
}

proptest! {
    #[test]
    fn what_is_known_never_goes_backwards(news in prop::collection::vec((0..3_i64, 1..6_u64, 0..3_u8), 0..40)) {
        let slot = Slot::new(Watch);
        let mut last = None;
        for (life, version, how) in news {
            match how {
                0 => { slot.put(state(life, version)); }
                1 => slot.left(&state(life, version)),
                _ => slot.contents([&state(life, version)].into_iter()),
            }
            let now = known(&slot);
            prop_assert!(now.is_none() || now >= last, "{now:?} after {last:?}");
            last = now.or(last);
        }
    }
}
