//! Resources that were decoded not long ago: the same version is not decoded twice by those who look at it one after the other.
//!
//! What was decoded first is forgotten first, when there is more than a fixed number of bytes of it. Nothing is ever wrong about what stands
//! here: a version never changes.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use omni_api::{Kind, Resource};
use parking_lot::Mutex;

use super::packed::Packed;

/// How many bytes of decoded resources are kept, about.
const MOST: usize = 16 << 20;

/// The decoded resources.
#[derive(Debug, Default)]
pub(super) struct Warm(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// By the address of the bytes, which `order` keeps from being another's.
    decoded: HashMap<usize, Arc<dyn Any + Send + Sync>>,
    order: VecDeque<Packed>,
    weight: usize,
}

// === impl Warm ===

impl Warm {
    /// The decoded form of these bytes, if it is still there.
    pub(super) fn get<K: Kind>(&self, packed: &Packed) -> Option<Arc<Resource<K>>> {
        let inner = self.0.lock();
        let decoded = inner.decoded.get(&packed.address())?.clone();
        decoded.downcast().ok()
    }

    /// How many bytes are kept, about.
    pub(super) fn weight(&self) -> usize {
        self.0.lock().weight
    }

    /// Keeps a decoded form, and forgets the oldest ones for it.
    pub(super) fn keep<K: Kind>(&self, packed: &Packed, decoded: Arc<Resource<K>>) {
        let mut inner = self.0.lock();
        if inner.decoded.insert(packed.address(), decoded).is_some() {
            return;
        }
        inner.weight += weight(packed);
        inner.order.push_back(packed.clone());
        while inner.weight > MOST {
            let Some(oldest) = inner.order.pop_front() else {
                return;
            };
            inner.weight -= weight(&oldest);
            inner.decoded.remove(&oldest.address());
        }
    }
}

/// What a decoded resource takes, about: its texts and maps have parts of their own.
fn weight(packed: &Packed) -> usize {
    1_024 + 4 * packed.len()
}
