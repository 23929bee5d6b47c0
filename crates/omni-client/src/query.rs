//! Which resources are asked for: by id, by label.
//!
//! A [`Query`] is a disjunction of [`Selector`]s, each a conjunction of terms, and an expression on the id that must hold
//! besides. The empty query asks for all.

use omni_api::cosi;
use omni_api::cosi::label_term::Operation;

/// Which resources of a kind are asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Query {
    any_of: Vec<Selector>,
    id: Option<String>,
}

/// Labels that must all be as said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selector {
    terms: Vec<cosi::LabelTerm>,
}

// === impl Query ===

impl Query {
    /// All resources of the kind.
    pub fn all() -> Self {
        Self::default()
    }

    /// Resources that carry the label of this cluster.
    pub fn cluster(name: &str) -> Self {
        Self::from(Selector::new().equal(omni_api::labels::CLUSTER, name))
    }

    /// Adds an alternative.
    #[must_use]
    pub fn or(mut self, selector: Selector) -> Self {
        self.any_of.push(selector);
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
        self.any_of.is_empty() && self.id.is_none()
    }

    /// The label queries on the wire.
    pub(crate) fn labels(&self) -> Vec<cosi::LabelQuery> {
        let wire = |selector: &Selector| cosi::LabelQuery {
            terms: selector.terms.clone(),
        };
        self.any_of.iter().map(wire).collect()
    }

    /// The id query on the wire.
    pub(crate) fn ids(&self) -> Option<cosi::IdQuery> {
        let regexp = self.id.clone()?;
        Some(cosi::IdQuery { regexp })
    }
}

impl From<Selector> for Query {
    fn from(selector: Selector) -> Self {
        Self::all().or(selector)
    }
}

// === impl Selector ===

impl Selector {
    /// No terms yet: everything matches.
    pub fn new() -> Self {
        Self::default()
    }

    /// The label is there.
    #[must_use]
    pub fn exists(self, key: &str) -> Self {
        self.term(key, Operation::Exists, Vec::new(), false)
    }

    /// The label is not there.
    #[must_use]
    pub fn missing(self, key: &str) -> Self {
        self.term(key, Operation::Exists, Vec::new(), true)
    }

    /// The label has this value.
    #[must_use]
    pub fn equal(self, key: &str, value: &str) -> Self {
        self.term(key, Operation::Equal, vec![value.to_owned()], false)
    }

    /// The label has another value or is not there.
    #[must_use]
    pub fn not_equal(self, key: &str, value: &str) -> Self {
        self.term(key, Operation::Equal, vec![value.to_owned()], true)
    }

    /// The label has one of these values.
    #[must_use]
    pub fn one_of<V: Into<String>>(self, key: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.term(
            key,
            Operation::In,
            values.into_iter().map(Into::into).collect(),
            false,
        )
    }

    /// The label has none of these values or is not there.
    #[must_use]
    pub fn none_of<V: Into<String>>(self, key: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.term(
            key,
            Operation::In,
            values.into_iter().map(Into::into).collect(),
            true,
        )
    }

    /// The label is a number below this one (`8GiB`, `4`); never true without the label.
    #[must_use]
    pub fn below(self, key: &str, number: &str) -> Self {
        self.term(key, Operation::LtNumeric, vec![number.to_owned()], false)
    }

    /// The label is a number of at least this; never true without the label.
    #[must_use]
    pub fn at_least(self, key: &str, number: &str) -> Self {
        self.term(key, Operation::LtNumeric, vec![number.to_owned()], true)
    }

    /// The label is a number of at most this; never true without the label.
    #[must_use]
    pub fn at_most(self, key: &str, number: &str) -> Self {
        self.term(key, Operation::LteNumeric, vec![number.to_owned()], false)
    }

    /// The label is a number above this one; never true without the label.
    #[must_use]
    pub fn above(self, key: &str, number: &str) -> Self {
        self.term(key, Operation::LteNumeric, vec![number.to_owned()], true)
    }

    fn term(mut self, key: &str, op: Operation, value: Vec<String>, invert: bool) -> Self {
        self.terms.push(cosi::LabelTerm {
            key: key.to_owned(),
            op: op.into(),
            value,
            invert,
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_upwards_are_inverted_comparisons_downwards() {
        let query = Query::from(Selector::new().above("mem", "8GiB").at_least("cores", "4"));
        let terms = &query.labels()[0].terms;
        assert_eq!(terms[0].op(), Operation::LteNumeric);
        assert_eq!(terms[1].op(), Operation::LtNumeric);
        assert!(terms.iter().all(|term| term.invert));
    }

    #[test]
    fn alternatives_are_separate_queries_and_the_id_holds_besides() {
        let query = Query::cluster("a")
            .or(Selector::new().missing("b"))
            .id_matches("^x");
        assert_eq!(query.labels().len(), 2);
        assert_eq!(query.ids().expect("an id query").regexp, "^x");
        assert!(!query.is_all() && Query::all().is_all());
    }
}
