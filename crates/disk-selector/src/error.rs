//! What can be wrong with a disk selector, in the words of Go's CEL.

use cel::{ExecutionError, ParseErrors, Value};

/// A selector cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// It is no expression, or one that has no meaning for a disk. One paragraph for each problem, with its place.
    #[error("{0}")]
    Invalid(String),
    /// It answers something else than yes or no.
    #[error("expression output type is {0}, expected bool")]
    NotBoolean(String),
    /// It has no answer for a disk.
    #[error("error evaluating the selector against {disk:?}: {reason}")]
    Evaluation {
        /// Path of the disk.
        disk: String,
        /// Why.
        reason: String,
    },
}

/// Something is wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Offset of the place in bytes.
    pub(crate) offset: usize,
    /// What is wrong.
    pub(crate) text: String,
}

/// The parser's findings.
pub(crate) fn syntax(expression: &str, errors: &ParseErrors) -> SelectorError {
    let paragraphs = errors.errors.iter().map(|error| {
        let line = usize::try_from(error.pos.0).unwrap_or(1);
        let column = usize::try_from(error.pos.1).unwrap_or(1);
        paragraph(expression, line, column, &as_go_says(&error.msg))
    });
    SelectorError::Invalid(paragraphs.collect::<Vec<_>>().join("\n"))
}

/// Where the end of the expression would do, Go's parser names nothing else.
fn as_go_says(message: &str) -> String {
    match message.split_once(" expecting {<EOF>,") {
        Some((found, _)) => format!("{found} expecting <EOF>"),
        None => message.to_owned(),
    }
}

/// The checker's findings, in the order of their places.
pub(crate) fn semantic(expression: &str, problems: &[Problem]) -> SelectorError {
    let mut problems: Vec<_> = problems.iter().collect();
    problems.sort_by_key(|problem| problem.offset);
    let paragraphs = problems.iter().map(|problem| {
        let before = expression.get(..problem.offset).unwrap_or(expression);
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[start..].chars().count() + 1;
        paragraph(expression, line, column, &problem.text)
    });
    SelectorError::Invalid(paragraphs.collect::<Vec<_>>().join("\n"))
}

pub(crate) fn evaluation(disk: &str, error: &ExecutionError) -> SelectorError {
    let reason = match error {
        ExecutionError::IndexOutOfBounds(Value::Int(index)) => {
            format!("index out of bounds: {index}")
        }
        ExecutionError::DivisionByZero(_) => "division by zero".to_owned(),
        ExecutionError::RemainderByZero(_) => "modulus by zero".to_owned(),
        ExecutionError::Overflow(..) => "return error for overflow".to_owned(),
        other => other.to_string(),
    };
    SelectorError::Evaluation {
        disk: disk.to_owned(),
        reason,
    }
}

/// The problem, the line that it is in, and a mark under its place.
fn paragraph(expression: &str, line: usize, column: usize, text: &str) -> String {
    let snippet = expression.split('\n').nth(line - 1).unwrap_or_default();
    let dots = ".".repeat(column - 1);
    format!("ERROR: <input>:{line}:{column}: {text}\n | {snippet}\n | {dots}^")
}
