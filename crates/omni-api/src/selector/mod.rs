//! Label selectors: what they mean, how they travel, how people write them.
//!
//! A [`Selector`] is a list of [`Query`]s of which one must match; a query is a list of [`Term`]s that must all match. No query
//! and no term match everything. The meaning of each term is COSI's to the letter, oddities included: a negated comparison
//! never matches a missing label, a negated equality does. The text form is that of machine classes ([`parse`]).

mod lexer;
mod number;
mod parse;
mod wire;

use crate::resource::Map;

pub use number::parse_quantity;
pub use parse::{ParseError, parse, parse_all};
pub use wire::QueryError;

/// Queries of which one must match; without any, everything matches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selector(pub Vec<Query>);

/// Terms that must all match; without any, everything matches.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query(pub Vec<Term>);

/// One condition on one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The label's key.
    pub key: String,
    /// What is asked of its value.
    pub condition: Condition,
    /// Whether the answer is turned round.
    pub invert: bool,
}

/// What a term asks of a label's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The label is there.
    Exists,
    /// It is this text.
    Equal(String),
    /// It is one of these texts.
    In(Vec<String>),
    /// It sorts before this text.
    Less(String),
    /// It sorts before this text or is it.
    LessOrEqual(String),
    /// As a number with an optional unit it is less than this one.
    LessNumeric(String),
    /// As a number with an optional unit it is not more than this one.
    LessOrEqualNumeric(String),
}

/// Labels, however they are kept.
pub trait Labels {
    /// The value of a label; `None` when it is not there.
    fn value(&self, key: &str) -> Option<&str>;
}

impl Labels for Map {
    fn value(&self, key: &str) -> Option<&str> {
        self.get(key).map(String::as_str)
    }
}

// === impl Selector ===

impl Selector {
    /// Whether one of the queries matches these labels.
    pub fn matches(&self, labels: &impl Labels) -> bool {
        self.0.is_empty() || self.0.iter().any(|query| query.matches(labels))
    }
}

// === impl Query ===

impl Query {
    /// Whether all terms match these labels.
    pub fn matches(&self, labels: &impl Labels) -> bool {
        self.0.iter().all(|term| term.matches(labels))
    }

    /// The value that this label must have, where the query pins it.
    pub fn pinned(&self, key: &str) -> Option<&str> {
        self.0.iter().find_map(|term| match &term.condition {
            Condition::Equal(value) if term.key == key && !term.invert => Some(value.as_str()),
            _ => None,
        })
    }
}

// === impl Term ===

impl Term {
    /// The term `key = value`.
    pub fn equal(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(key, Condition::Equal(value.into()))
    }

    /// The term `key`.
    pub fn exists(key: impl Into<String>) -> Self {
        Self::new(key, Condition::Exists)
    }

    /// A term that is not negated.
    pub fn new(key: impl Into<String>, condition: Condition) -> Self {
        Self {
            key: key.into(),
            condition,
            invert: false,
        }
    }

    /// The same term, negated.
    #[must_use]
    pub fn inverted(mut self) -> Self {
        self.invert = !self.invert;
        self
    }

    /// Whether it asks that the label is there, or that it is not, and nothing else.
    pub fn is_presence(&self, there: bool) -> bool {
        self.condition == Condition::Exists && self.invert != there
    }

    /// Whether the labels satisfy the term.
    pub fn matches(&self, labels: &impl Labels) -> bool {
        self.condition
            .holds(labels.value(&self.key))
            .is_some_and(|holds| holds != self.invert)
    }
}

// === impl Condition ===

impl Condition {
    /// Whether it holds; `None` when it cannot be said, which no negation turns into a match.
    fn holds(&self, value: Option<&str>) -> Option<bool> {
        let Some(value) = value else {
            return (!self.compares()).then_some(false);
        };
        match self {
            Self::Exists => Some(true),
            Self::Equal(wanted) => Some(value == wanted),
            Self::In(wanted) => Some(wanted.iter().any(|one| one == value)),
            Self::Less(bound) => Some(value < bound.as_str()),
            Self::LessOrEqual(bound) => Some(value <= bound.as_str()),
            Self::LessNumeric(bound) => Some(parse_quantity(value)? < parse_quantity(bound)?),
            Self::LessOrEqualNumeric(bound) => {
                Some(parse_quantity(value)? <= parse_quantity(bound)?)
            }
        }
    }

    const fn compares(&self) -> bool {
        !matches!(self, Self::Exists | Self::Equal(_) | Self::In(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Map {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_negated_equality_matches_a_missing_label_a_negated_comparison_does_not() {
        let none = labels(&[]);
        assert!(Term::equal("c", "c1").inverted().matches(&none));
        assert!(Term::exists("c").inverted().matches(&none));
        assert!(
            Term::new("c", Condition::In(vec!["x".into()]))
                .inverted()
                .matches(&none)
        );
        for condition in [
            Condition::Less("b".into()),
            Condition::LessOrEqual("b".into()),
            Condition::LessNumeric("1".into()),
            Condition::LessOrEqualNumeric("1".into()),
        ] {
            let term = Term::new("c", condition);
            assert!(!term.matches(&none));
            assert!(!term.inverted().matches(&none));
        }
    }

    #[test]
    fn numbers_are_compared_with_their_units() {
        let machine = labels(&[("mem", "16GiB")]);
        assert!(Term::new("mem", Condition::LessNumeric("17179869185".into())).matches(&machine));
        assert!(!Term::new("mem", Condition::LessNumeric("16gi".into())).matches(&machine));
        let unreadable = Term::new("mem", Condition::LessNumeric("much".into()));
        assert!(!unreadable.matches(&machine) && !unreadable.inverted().matches(&machine));
    }

    #[test]
    fn queries_are_alternatives_and_terms_are_not() {
        let parse = |texts: &[&str]| {
            parse_all(
                &texts
                    .iter()
                    .map(|text| (*text).to_owned())
                    .collect::<Vec<_>>(),
            )
            .expect("well formed")
        };
        let machine = labels(&[("a", "1"), ("b", "2")]);
        assert!(parse(&["a = 1, b = 2"]).matches(&machine));
        assert!(!parse(&["a = 1, b = 3"]).matches(&machine));
        assert!(parse(&["a = 9", "b"]).matches(&machine));
        assert!(parse(&[]).matches(&machine));
        assert_eq!(Query(vec![Term::equal("a", "1")]).pinned("a"), Some("1"));
        assert_eq!(
            Query(vec![Term::equal("a", "1").inverted()]).pinned("a"),
            None
        );
    }
}
