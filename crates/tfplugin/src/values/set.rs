//! The elements of a set.
//!
//! Elements that are wholly known are distinct. Elements that hold an unknown part are all kept, even
//! when they look alike, because they may still turn out different. Membership is hashed: building a set
//! and comparing two sets cost time linear in their elements, whatever their order.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};

use indexmap::IndexMap;

use super::Value;

/// Hashing without a random seed, so that equal sets hash alike.
type Fixed = std::hash::BuildHasherDefault<std::collections::hash_map::DefaultHasher>;

/// A set of values, in the order of insertion.
#[derive(Clone, Default)]
pub struct Set {
    /// Each distinct element and how often it occurs: more than once only where it holds an unknown.
    elements: Box<IndexMap<Value, usize>>,
    len: usize,
}

impl Set {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an element; `false` when it was there already.
    pub fn insert(&mut self, element: Value) -> bool {
        let several = !element.is_wholly_known();
        let count = self.elements.entry(element).or_insert(0);
        if *count > 0 && !several {
            return false;
        }
        *count += 1;
        self.len += 1;
        true
    }

    /// Whether an equal element is in the set.
    pub fn contains(&self, element: &Value) -> bool {
        self.elements.contains_key(element)
    }

    /// The equal element of the set.
    pub fn get(&self, element: &Value) -> Option<&Value> {
        self.elements
            .get_key_value(element)
            .map(|(element, _)| element)
    }

    /// Number of elements, those with unknown parts counted one by one.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the set has no element.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The elements in the order of insertion.
    pub fn iter(&self) -> impl Iterator<Item = &Value> {
        self.elements
            .iter()
            .flat_map(|(element, count)| std::iter::repeat_n(element, *count))
    }
}

impl FromIterator<Value> for Set {
    fn from_iter<I: IntoIterator<Item = Value>>(elements: I) -> Self {
        let mut set = Self::new();
        for element in elements {
            set.insert(element);
        }
        set
    }
}

impl IntoIterator for Set {
    type Item = Value;
    type IntoIter = std::vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        let repeated = |(element, count)| std::iter::repeat_n(element, count);
        self.elements
            .into_iter()
            .flat_map(repeated)
            .collect::<Vec<_>>()
            .into_iter()
    }
}

impl PartialEq for Set {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.elements == other.elements
    }
}

impl Eq for Set {}

impl Hash for Set {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The sum does not depend on the order, as equality does not.
        let hash = |(element, count): (&Value, &usize)| Fixed::default().hash_one((element, count));
        let sum = self.elements.iter().map(hash).fold(0, u64::wrapping_add);
        state.write_u64(sum);
        state.write_usize(self.len);
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_known_elements_are_kept_once() {
        let set: Set = ["a", "b", "a"].map(Value::from).into_iter().collect();
        assert_eq!(set.len(), 2);
        assert!(set.contains(&Value::from("a")));
    }

    #[test]
    fn unknown_elements_are_all_kept() {
        let set: Set = [Value::Unknown, Value::Unknown].into_iter().collect();
        assert_eq!(set.len(), 2);
        assert_eq!(set.into_iter().count(), 2);
    }

    #[test]
    fn sets_compare_and_hash_without_order() {
        let nested =
            |names: [&str; 2]| Value::set([Value::set(names.map(Value::from)), Value::Null]);
        assert_eq!(nested(["a", "b"]), nested(["b", "a"]));
        assert_eq!(
            Fixed::default().hash_one(nested(["a", "b"])),
            Fixed::default().hash_one(nested(["b", "a"]))
        );
        assert_ne!(nested(["a", "b"]), nested(["a", "c"]));
    }
}
