//! The text form of selectors, as machine classes hold it.
//!
//! `a` and `!a` ask for presence, `=`, `==`, `!=` for a text, `<`, `<=`, `>`, `>=` for a number, `in (x, y)` and `notin (x)`
//! for a list; commas join terms. The messages are Omni's own, so that a plan says what an apply would have said.

use std::collections::BTreeSet;

use super::lexer::{Lexer, Token};
use super::{Condition, Query, Selector, Term};

/// A text that is no selector. `Display` is Omni's message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Between two terms something else than a comma or a term was found.
    #[error("found '{found}', expected: {expected}")]
    Between {
        /// The text that was found; empty at the end.
        found: String,
        /// What could have stood there.
        expected: &'static str,
    },
    /// Inside a term.
    #[error("unable to parse term: found '{found}', expected: {expected}")]
    Term {
        /// The text that was found; empty at the end.
        found: String,
        /// What could have stood there.
        expected: &'static str,
    },
    /// After `in` or `notin` no list begins.
    #[error("unable to parse term: found '{found}' expected: '('")]
    List {
        /// The text that was found; empty at the end.
        found: String,
    },
    /// A negated key is followed by an operator.
    #[error("unable to parse term: expected EOF or ',', found {found}")]
    Negated {
        /// The operator that was found.
        found: String,
    },
}

/// Parses one selector text: terms that must all match.
///
/// # Errors
/// [`ParseError`], with the place.
pub fn parse(text: &str) -> Result<Query, ParseError> {
    let mut lexer = Lexer::new(text);
    let mut terms = Vec::new();
    loop {
        match lexer.peek().into_value() {
            Token::End => return Ok(Query(terms)),
            Token::Word(_) | Token::Symbol("!") => terms.push(term(&mut lexer)?),
            other => return Err(between(&other, "!, identifier, or 'end of string'")),
        }
        match lexer.next() {
            Token::End => return Ok(Query(terms)),
            Token::Symbol(",") => {}
            other => return Err(between(&other, "',' or 'end of string'")),
        }
        match lexer.peek().into_value() {
            Token::Word(_) | Token::Symbol("!") => {}
            other => return Err(between(&other, "identifier after ','")),
        }
    }
}

/// Parses several selector texts of which one must match.
///
/// # Errors
/// [`ParseError`] of the first text that is no selector.
pub fn parse_all<T: AsRef<str>>(texts: &[T]) -> Result<Selector, ParseError> {
    let queries = texts.iter().map(|text| parse(text.as_ref()));
    queries.collect::<Result<_, _>>().map(Selector)
}

fn term(lexer: &mut Lexer<'_>) -> Result<Term, ParseError> {
    let first = lexer.next().into_value();
    let negated = first == Token::Symbol("!");
    let key = if negated {
        lexer.next().into_value()
    } else {
        first
    };
    let Token::Word(key) = key else {
        return Err(in_term(&key, "identifier"));
    };
    let end = matches!(lexer.peek(), Token::End | Token::Symbol(","));
    let exists = Term::exists(key.clone());
    match (negated, end) {
        (false, true) => Ok(exists),
        (true, true) => Ok(exists.inverted()),
        (true, false) => Err(ParseError::Negated {
            found: operator_text(&lexer.peek()),
        }),
        (false, false) => condition(lexer, key),
    }
}

fn condition(lexer: &mut Lexer<'_>, key: String) -> Result<Term, ParseError> {
    let operator = lexer.next();
    let Token::Symbol(symbol) = operator else {
        return Err(in_term(&operator, OPERATORS));
    };
    let (condition, invert) = match symbol {
        "in" => (Condition::In(list(lexer)?), false),
        "notin" => (Condition::In(list(lexer)?), true),
        "=" | "==" => (Condition::Equal(value(lexer)?), false),
        "!=" => (Condition::Equal(value(lexer)?), true),
        "<" => (Condition::LessNumeric(value(lexer)?), false),
        ">=" => (Condition::LessNumeric(value(lexer)?), true),
        "<=" => (Condition::LessOrEqualNumeric(value(lexer)?), false),
        ">" => (Condition::LessOrEqualNumeric(value(lexer)?), true),
        _ => return Err(in_term(&operator, OPERATORS)),
    };
    Ok(Term {
        key,
        condition,
        invert,
    })
}

const OPERATORS: &str = "==, =, !=, >=, >, in, notin, <=, <";

fn value(lexer: &mut Lexer<'_>) -> Result<String, ParseError> {
    if matches!(lexer.peek(), Token::End | Token::Symbol(",")) {
        return Ok(String::new());
    }
    match lexer.next().into_value() {
        Token::Word(word) => Ok(word),
        other => Err(in_term(&other, "identifier")),
    }
}

/// A list in parentheses: sorted, each value once; an empty place is the empty text.
fn list(lexer: &mut Lexer<'_>) -> Result<Vec<String>, ParseError> {
    let open = lexer.next();
    if open != Token::Symbol("(") {
        let found = open.text().to_owned();
        return Err(ParseError::List { found });
    }
    match lexer.peek().into_value() {
        Token::Symbol(")") => {
            lexer.next();
            return Ok(vec![String::new()]);
        }
        Token::Word(_) | Token::Symbol(",") => {}
        other => return Err(in_term(&other, "',', ')' or identifier")),
    }
    let mut values = BTreeSet::new();
    loop {
        match lexer.next().into_value() {
            Token::Word(word) => {
                values.insert(word);
                match lexer.peek() {
                    Token::Symbol(",") => {}
                    Token::Symbol(")") => break,
                    other => return Err(in_term(&other, "',' or ')'")),
                }
            }
            Token::Symbol(",") => {
                if values.is_empty() || matches!(lexer.peek(), Token::Symbol("," | ")")) {
                    values.insert(String::new());
                }
                if lexer.peek() == Token::Symbol(")") {
                    break;
                }
                if lexer.peek() == Token::Symbol(",") {
                    lexer.next();
                }
            }
            other => return Err(in_term(&other, "',', or identifier")),
        }
    }
    lexer.next();
    Ok(values.into_iter().collect())
}

/// An operator by its sign; a word has none.
fn operator_text(token: &Token) -> String {
    match token {
        Token::Symbol(symbol) => (*symbol).to_owned(),
        _ => String::new(),
    }
}

fn between(token: &Token, expected: &'static str) -> ParseError {
    let found = token.text().to_owned();
    ParseError::Between { found, expected }
}

fn in_term(token: &Token, expected: &'static str) -> ParseError {
    let found = token.text().to_owned();
    ParseError::Term { found, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse(text).expect_err("no selector").to_string()
    }

    #[test]
    fn every_operator_has_its_term() {
        let query = parse("a, !b, c = 1, d != 2, e in (y, x), f notin (z), g<4, h<=5, i>6, j>=7");
        let shown: Vec<String> = query
            .expect("well formed")
            .0
            .iter()
            .map(|term| format!("{} {:?} {}", term.key, term.condition, term.invert))
            .collect();
        assert_eq!(
            shown,
            [
                "a Exists false",
                "b Exists true",
                "c Equal(\"1\") false",
                "d Equal(\"2\") true",
                "e In([\"x\", \"y\"]) false",
                "f In([\"z\"]) true",
                "g LessNumeric(\"4\") false",
                "h LessOrEqualNumeric(\"5\") false",
                "i LessOrEqualNumeric(\"6\") true",
                "j LessNumeric(\"7\") true",
            ]
        );
    }

    #[test]
    fn white_space_after_an_operator_belongs_to_the_value() {
        let query = parse("model = EPYC 7402 , b").expect("well formed");
        assert_eq!(query.0[0], Term::equal("model", "EPYC 7402 "));
        assert_eq!(query.0[1], Term::exists("b"));
        let quoted = parse(r#"model = "a, \"b\"", c="#).expect("well formed");
        assert_eq!(quoted.0[0], Term::equal("model", "a, \"b\""));
        assert_eq!(quoted.0[1], Term::equal("c", ""));
    }

    #[test]
    fn a_list_may_have_empty_places_and_hold_keywords() {
        let values = |text: &str| match parse(text).expect("well formed").0.remove(0).condition {
            Condition::In(values) => values,
            other => panic!("no list: {other:?}"),
        };
        assert_eq!(values("a in ()"), [""]);
        assert_eq!(values("a in (,x)"), ["", "x"]);
        assert_eq!(values("a in (x,)"), ["", "x"]);
        assert_eq!(values("a in (in, notin)"), ["in", "notin"]);
    }

    #[test]
    fn messages_are_omnis() {
        assert_eq!(
            message("a == = b,,"),
            "unable to parse term: found '=', expected: identifier"
        );
        assert_eq!(message("a,,"), "found ',', expected: identifier after ','");
        assert_eq!(
            message("a b"),
            format!("unable to parse term: found 'b', expected: {OPERATORS}")
        );
        assert_eq!(
            message("!a = b"),
            "unable to parse term: expected EOF or ',', found ="
        );
        assert_eq!(
            message("a in x"),
            "unable to parse term: found 'x' expected: '('"
        );
        assert_eq!(
            message("a in (x"),
            "unable to parse term: found '', expected: ',' or ')'"
        );
        assert_eq!(
            message("= b"),
            "found '=', expected: !, identifier, or 'end of string'"
        );
        assert_eq!(
            message("\"a"),
            "found 'unterminated quoted string', expected: !, identifier, or 'end of string'"
        );
    }

    #[test]
    fn no_text_is_a_query_that_matches_everything() {
        assert_eq!(parse(" \t"), Ok(Query::default()));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[a-c \"\\\\=!<>(),\0in]{0,24}") {
            let _ = parse(&text);
        }
    }
}
