//! What is to be reconciled next.
//!
//! A first-in-first-out queue of [`Key`]s in which a key stands at most once: however many events ask for it before its turn
//! comes, it is reconciled once. A key that is asked for while it is being worked on stands in the queue again, so no event is
//! lost. The order depends on nothing but the order of the calls.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// One unit of work: a controller, by its place in the engine, and the id it reconciles.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Index of the controller.
    pub(crate) controller: usize,
    /// What it reconciles.
    pub(crate) id: Arc<str>,
}

/// The keys whose turn has not come.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    order: VecDeque<Key>,
    waiting: HashSet<Key>,
}

// === impl Queue ===

impl Queue {
    /// Puts the key at the end unless it waits already.
    pub(crate) fn push(&mut self, key: Key) {
        if self.waiting.insert(key.clone()) {
            self.order.push_back(key);
        }
    }

    /// Takes the key whose turn it is.
    pub(crate) fn pop(&mut self) -> Option<Key> {
        let key = self.order.pop_front()?;
        self.waiting.remove(&key);
        Some(key)
    }

    /// How many keys wait.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(controller: usize, id: &str) -> Key {
        Key {
            controller,
            id: id.into(),
        }
    }

    #[test]
    fn a_key_asked_for_twice_is_worked_on_once_at_its_first_place() {
        let mut queue = Queue::default();
        for each in [key(0, "a"), key(1, "a"), key(0, "a"), key(0, "b")] {
            queue.push(each);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [key(0, "a"), key(1, "a"), key(0, "b")]);
    }

    #[test]
    fn a_key_that_was_taken_may_be_asked_for_again() {
        let mut queue = Queue::default();
        queue.push(key(0, "a"));
        assert_eq!(queue.pop(), Some(key(0, "a")));
        queue.push(key(0, "a"));
        assert_eq!(queue.len(), 1);
    }
}
