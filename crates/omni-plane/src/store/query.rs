//! What a list or a watch asks for.

use omni_api::selector::{Query as Terms, Selector, Term};
use omni_api::{Metadata, labels};
use regex::Regex;

use super::packed::Packed;
use super::words::Words;

/// A query on labels and ids; the default one matches everything.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// What is asked of the labels.
    pub selector: Selector,
    /// What the id must match, anywhere in it.
    pub id: Option<Regex>,
    /// Who must hold it: a finalizer.
    pub held_by: Option<&'static str>,
}

// === impl Query ===

impl Query {
    /// Everything.
    pub fn all() -> Self {
        Self::default()
    }

    /// Resources whose label has this value.
    pub fn label(key: &str, value: &str) -> Self {
        Self::all().and(Term::equal(key, value))
    }

    /// Resources of a cluster, by their cluster label.
    pub fn cluster(name: &str) -> Self {
        Self::label(labels::CLUSTER, name)
    }

    /// Resources of a machine set, by their machine-set label.
    pub fn machine_set(id: &str) -> Self {
        Self::label(labels::MACHINE_SET, id)
    }

    /// The same query with one more condition in each of its alternatives.
    #[must_use]
    pub fn and(mut self, term: Term) -> Self {
        let queries = &mut self.selector.0;
        if queries.is_empty() {
            queries.push(Terms::default());
        }
        let copies = std::iter::repeat_n(term, queries.len());
        for (query, term) in queries.iter_mut().zip(copies) {
            query.0.push(term);
        }
        self
    }

    /// The same query, for what is held by this finalizer.
    #[must_use]
    pub const fn held_by(mut self, finalizer: &'static str) -> Self {
        self.held_by = Some(finalizer);
        self
    }

    /// Whether it asks for nothing in particular.
    pub fn is_all(&self) -> bool {
        self.id.is_none()
            && self.held_by.is_none()
            && self.selector.0.iter().all(|query| query.0.is_empty())
    }

    /// Whether a resource with this metadata is asked for.
    pub fn matches(&self, metadata: &Metadata) -> bool {
        self.id.as_ref().is_none_or(|id| id.is_match(&metadata.id))
            && self.selector.matches(&metadata.labels)
            && self.held_by.is_none_or(|holder| {
                let mut holders = metadata.finalizers.iter();
                holders.any(|one| one == holder)
            })
    }

    /// The same of a resource that is packed.
    pub(super) fn matches_packed(&self, id: &str, packed: &Packed, words: &Words) -> bool {
        self.id.as_ref().is_none_or(|pattern| pattern.is_match(id))
            && (self.selector.0.is_empty() || self.selector.matches(&packed.labels(words)))
            && (self.held_by).is_none_or(|holder| packed.is_held_by(holder, words))
    }
}

impl From<Selector> for Query {
    fn from(selector: Selector) -> Self {
        Self {
            selector,
            ..Self::default()
        }
    }
}
