//! Which resources are asked for: by id, by label.
//!
//! A [`Query`] is a disjunction of [`Labels`], each a conjunction of terms, and an expression on the id that must hold
//! besides. The empty query asks for all. Terms are those of [`omni_api::selector`], so a selector that a person wrote can
//! be asked for as it is.

use omni_api::cosi;
use omni_api::selector::{self, Condition, Selector, Term};

/// Which resources of a kind are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    any_of: Selector,
    id: Option<String>,
}

/// Labels that must all be as said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels(selector::Query);

// === impl Query ===

impl Query {
    /// All resources of the kind.
    pub fn all() -> Self {
        Self::default()
    }

    /// Resources that carry the label of this cluster.
    pub fn cluster(name: &str) -> Self {
        Self::from(Labels::new().equal(omni_api::labels::CLUSTER, name))
    }

    /// Adds an alternative.
    #[must_use]
    pub fn or(mut self, labels: Labels) -> Self {
        self.any_of.0.push(labels.0);
        self
    }

    /// Asks for ids that match this expression besides (Go's RE2, not anchored).
    #[must_use]
    pub fn id_matches(mut self, expression: impl Into<String>) -> Self {
        self.id = Some(expression.into());
        self
    }

    /// Whether everything is asked for.
    pub fn is_all(&self) -> bool {
        self.any_of.0.is_empty() && self.id.is_none()
    }

    /// The label queries on the wire.
    pub(crate) fn labels(&self) -> Vec<cosi::LabelQuery> {
        Vec::from(&self.any_of)
    }

    /// The id query on the wire.
    pub(crate) fn ids(&self) -> Option<cosi::IdQuery> {
        let regexp = self.id.clone()?;
        Some(cosi::IdQuery { regexp })
    }
}

impl From<Labels> for Query {
    fn from(labels: Labels) -> Self {
        Self::all().or(labels)
    }
}

impl From<Selector> for Query {
    fn from(any_of: Selector) -> Self {
        Self { any_of, id: None }
    }
}

// === impl Labels ===

impl Labels {
    /// No terms yet: everything matches.
    pub fn new() -> Self {
        Self::default()
    }

    /// The label is there.
    #[must_use]
    pub fn exists(self, key: &str) -> Self {
        self.term(key, Condition::Exists, false)
    }

    /// The label is not there.
    #[must_use]
    pub fn missing(self, key: &str) -> Self {
        self.term(key, Condition::Exists, true)
    }

    /// The label has this value.
    #[must_use]
    pub fn equal(self, key: &str, value: &str) -> Self {
        self.term(key, Condition::Equal(value.to_owned()), false)
    }

    /// The label has another value or is not there.
    #[must_use]
    pub fn not_equal(self, key: &str, value: &str) -> Self {
        self.term(key, Condition::Equal(value.to_owned()), true)
    }

    /// The label has one of these values.
    #[must_use]
    pub fn one_of<V: Into<String>>(self, key: &str, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.term(key, Condition::In(values), false)
    }

    /// The label has none of these values or is not there.
    #[must_use]
    pub fn none_of<V: Into<String>>(self, key: &str, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.term(key, Condition::In(values), true)
    }

    /// The label is a number below this one (`8GiB`, `4`); never true without the label.
    #[must_use]
    pub fn below(self, key: &str, number: &str) -> Self {
        self.term(key, Condition::LessNumeric(number.to_owned()), false)
    }

    /// The label is a number of at least this; never true without the label.
    #[must_use]
    pub fn at_least(self, key: &str, number: &str) -> Self {
        self.term(key, Condition::LessNumeric(number.to_owned()), true)
    }

    /// The label is a number of at most this; never true without the label.
    #[must_use]
    pub fn at_most(self, key: &str, number: &str) -> Self {
        self.term(key, Condition::LessOrEqualNumeric(number.to_owned()), false)
    }

    /// The label is a number above this one; never true without the label.
    #[must_use]
    pub fn above(self, key: &str, number: &str) -> Self {
        self.term(key, Condition::LessOrEqualNumeric(number.to_owned()), true)
    }

    fn term(mut self, key: &str, condition: Condition, invert: bool) -> Self {
        self.0.0.push(Term {
            key: key.to_owned(),
            condition,
            invert,
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cosi::label_term::Operation;

    #[test]
    fn comparisons_upwards_are_inverted_comparisons_downwards() {
        let query = Query::from(Labels::new().above("mem", "8GiB").at_least("cores", "4"));
        let terms = &query.labels()[0].terms;
        assert_eq!(terms[0].op(), Operation::LteNumeric);
        assert_eq!(terms[1].op(), Operation::LtNumeric);
        assert!(terms.iter().all(|term| term.invert));
    }

    #[test]
    fn alternatives_are_separate_queries_and_the_id_holds_besides() {
        let query = Query::cluster("a")
            .or(Labels::new().missing("b"))
            .id_matches("^x");
        assert_eq!(query.labels().len(), 2);
        assert_eq!(query.ids().expect("an id query").regexp, "^x");
        assert!(!query.is_all() && Query::all().is_all());
    }

    #[test]
    fn a_selector_that_a_person_wrote_is_asked_for_as_it_is() {
        let written = selector::parse_all(&["a=b, c", "!d"]).expect("a selector");
        let built =
            Query::from(Labels::new().equal("a", "b").exists("c")).or(Labels::new().missing("d"));
        assert_eq!(Query::from(written), built);
    }
}
