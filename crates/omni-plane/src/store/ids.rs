//! The texts of ids, each once: one machine has the same id in dozens of kinds.

use std::collections::HashSet;
use std::sync::Arc;

/// Below so many ids nobody looks for those that are in use no more.
const FEW: usize = 1024;

/// Ids in use, and some that were.
#[derive(Debug, Default)]
pub(super) struct Ids {
    known: HashSet<Arc<str>>,
    /// How many were in use when those that were not were last forgotten.
    used: usize,
}

// === impl Ids ===

impl Ids {
    /// The one text of an id.
    pub(super) fn share(&mut self, id: &Arc<str>) -> Arc<str> {
        if let Some(known) = self.known.get(id) {
            return known.clone();
        }
        if self.known.len() > 2 * self.used + FEW {
            self.known.retain(|id| Arc::strong_count(id) > 1);
            self.used = self.known.len();
        }
        self.known.insert(id.clone());
        id.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_text_as_long_as_it_is_used() {
        let mut ids = Ids::default();
        let first = ids.share(&"a".into());
        for number in 0..10 * FEW {
            ids.share(&number.to_string().into());
        }
        assert!(ids.known.len() <= FEW + 2, "{}", ids.known.len());
        assert!(Arc::ptr_eq(&first, &ids.share(&"a".into())));
    }
}
