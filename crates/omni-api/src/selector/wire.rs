//! Selectors on the wire: COSI's label queries.

use crate::cosi;
use crate::cosi::label_term::Operation;

use super::{Condition, Query, Selector, Term};

/// A label query that a server cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The operation's number is unknown.
    #[error("unsupported label query operator: {0}")]
    Operator(i32),
    /// An operation that needs a value has none.
    #[error("the label query term for {0:?} needs a value")]
    ValueMissing(String),
}

impl TryFrom<&[cosi::LabelQuery]> for Selector {
    type Error = QueryError;

    fn try_from(wire: &[cosi::LabelQuery]) -> Result<Self, QueryError> {
        wire.iter()
            .map(Query::try_from)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl TryFrom<&cosi::LabelQuery> for Query {
    type Error = QueryError;

    fn try_from(wire: &cosi::LabelQuery) -> Result<Self, QueryError> {
        wire.terms
            .iter()
            .map(Term::try_from)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl TryFrom<&cosi::LabelTerm> for Term {
    type Error = QueryError;

    fn try_from(wire: &cosi::LabelTerm) -> Result<Self, QueryError> {
        let operation = Operation::try_from(wire.op).map_err(|_| QueryError::Operator(wire.op))?;
        let value = || {
            let first = wire.value.first().cloned();
            first.ok_or_else(|| QueryError::ValueMissing(wire.key.clone()))
        };
        let condition = match operation {
            #[allow(deprecated, reason = "old clients still send it")]
            Operation::NotExists => return Ok(Self::exists(wire.key.clone()).inverted()),
            Operation::Exists => Condition::Exists,
            Operation::Equal => Condition::Equal(value()?),
            Operation::In => Condition::In(wire.value.clone()),
            Operation::Lt => Condition::Less(value()?),
            Operation::Lte => Condition::LessOrEqual(value()?),
            Operation::LtNumeric => Condition::LessNumeric(value()?),
            Operation::LteNumeric => Condition::LessOrEqualNumeric(value()?),
        };
        Ok(Self {
            key: wire.key.clone(),
            condition,
            invert: wire.invert,
        })
    }
}

impl From<&Selector> for Vec<cosi::LabelQuery> {
    fn from(selector: &Selector) -> Self {
        selector.0.iter().map(cosi::LabelQuery::from).collect()
    }
}

impl From<&Query> for cosi::LabelQuery {
    fn from(query: &Query) -> Self {
        Self {
            terms: query.0.iter().map(cosi::LabelTerm::from).collect(),
        }
    }
}

impl From<&Term> for cosi::LabelTerm {
    fn from(term: &Term) -> Self {
        let (op, value) = match &term.condition {
            Condition::Exists => (Operation::Exists, Vec::new()),
            Condition::Equal(value) => (Operation::Equal, vec![value.clone()]),
            Condition::In(values) => (Operation::In, values.clone()),
            Condition::Less(value) => (Operation::Lt, vec![value.clone()]),
            Condition::LessOrEqual(value) => (Operation::Lte, vec![value.clone()]),
            Condition::LessNumeric(value) => (Operation::LtNumeric, vec![value.clone()]),
            Condition::LessOrEqualNumeric(value) => (Operation::LteNumeric, vec![value.clone()]),
        };
        Self {
            key: term.key.clone(),
            op: op.into(),
            value,
            invert: term.invert,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selector::parse_all;

    #[test]
    fn a_selector_survives_the_wire() {
        let texts = [
            "a, !b, c=1, d!=2, e in (x, y), f notin (z)",
            "g<4, h<=5, i>6, j>=7",
        ];
        let selector = parse_all(&texts.map(str::to_owned)).expect("well formed");
        let wire: Vec<cosi::LabelQuery> = (&selector).into();
        assert_eq!(Selector::try_from(wire.as_slice()), Ok(selector));
    }

    #[test]
    fn a_term_without_its_value_is_refused() {
        let bare = cosi::LabelTerm {
            key: "a".into(),
            op: Operation::Equal.into(),
            ..Default::default()
        };
        assert_eq!(
            Term::try_from(&bare),
            Err(QueryError::ValueMissing("a".into()))
        );
        let odd = cosi::LabelTerm { op: 99, ..bare };
        assert_eq!(Term::try_from(&odd), Err(QueryError::Operator(99)));
    }
}
