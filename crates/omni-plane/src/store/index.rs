//! An index of one label: the ids by its value.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

/// The ids of a collection by the value of one label.
#[derive(Debug, Default)]
pub(super) struct Index(HashMap<Box<str>, Ids>);

/// Ids of one value; mostly there is one.
#[derive(Debug)]
enum Ids {
    One(Arc<str>),
    Many(BTreeSet<Arc<str>>),
}

// === impl Index ===

impl Index {
    pub(super) fn insert(&mut self, value: &str, id: Arc<str>) {
        match self.0.get_mut(value) {
            None => {
                self.0.insert(value.into(), Ids::One(id));
            }
            Some(Ids::Many(ids)) => {
                ids.insert(id);
            }
            Some(ids @ Ids::One(_)) => {
                let Ids::One(first) = ids else { return };
                *ids = Ids::Many(BTreeSet::from([first.clone(), id]));
            }
        }
    }

    pub(super) fn remove(&mut self, value: &str, id: &str) {
        let empty = match self.0.get_mut(value) {
            None => false,
            Some(Ids::One(first)) => **first == *id,
            Some(Ids::Many(ids)) => {
                ids.remove(id);
                ids.is_empty()
            }
        };
        if empty {
            self.0.remove(value);
        }
    }

    /// The ids that have this value, sorted, from after an id on.
    pub(super) fn ids_after<'a>(
        &'a self,
        value: &str,
        after: Option<&str>,
    ) -> impl Iterator<Item = &'a Arc<str>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let (one, many) = match self.0.get(value) {
            None => (None, None),
            Some(Ids::One(id)) => (
                Some(id).filter(|id| after.is_none_or(|after| ***id > *after)),
                None,
            ),
            Some(Ids::Many(ids)) => (None, Some(ids.range::<str, _>((from, Bound::Unbounded)))),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// The first id of every value, in no order.
    pub(super) fn firsts(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.values().filter_map(|ids| match ids {
            Ids::One(id) => Some(id),
            Ids::Many(ids) => ids.first(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_by_their_value_in_order() {
        let mut index = Index::default();
        for id in ["c", "a", "b", "a"] {
            index.insert("x", id.into());
        }
        let found = |index: &Index| {
            let ids: Vec<_> = index
                .ids_after("x", None)
                .map(ToString::to_string)
                .collect();
            ids.join(" ")
        };
        assert_eq!(found(&index), "a b c");
        let later: Vec<_> = index.ids_after("x", Some("a")).collect();
        assert_eq!(later, [&Arc::from("b"), &Arc::from("c")]);
        assert!(index.firsts().eq([&Arc::from("a")]));
        index.remove("x", "b");
        index.remove("y", "a");
        assert_eq!(found(&index), "a c");
        index.remove("x", "a");
        index.remove("x", "c");
        assert_eq!(found(&index), "");
        index.insert("x", "one".into());
        index.remove("x", "another");
        assert_eq!(found(&index), "one");
        index.remove("x", "one");
        assert_eq!(found(&index), "");
    }
}
