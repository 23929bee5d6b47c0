//! Patterns of id queries.
//!
//! Clients write Go's RE2, which is close enough to the regex crate's language that no id query in use differs. What does not compile is
//! answered in Go's words as far as the cause is known.

use regex::Regex;
use regex_syntax::ast::ErrorKind;
use tonic::Status;

/// Compiles a pattern that matches anywhere in an id.
pub(crate) fn compile(pattern: &str) -> Result<Regex, Status> {
    Regex::new(pattern).map_err(|_| {
        let cause = cause(pattern);
        Status::invalid_argument(format!(
            "failed to compile regexp: error parsing regexp: {cause}: `{pattern}`"
        ))
    })
}

fn cause(pattern: &str) -> &'static str {
    let parsed = regex_syntax::ast::parse::Parser::new().parse(pattern);
    match parsed.as_ref().map_err(regex_syntax::ast::Error::kind) {
        Err(ErrorKind::GroupUnclosed) => "missing closing )",
        Err(ErrorKind::GroupUnopened) => "unexpected )",
        Err(ErrorKind::ClassUnclosed) => "missing closing ]",
        Err(ErrorKind::RepetitionMissing) => "missing argument to repetition operator",
        Err(ErrorKind::RepetitionCountInvalid) => "invalid repeat count",
        Err(ErrorKind::ClassRangeInvalid) => "invalid character class range",
        Err(ErrorKind::EscapeUnexpectedEof) => "trailing backslash at end of expression",
        Err(ErrorKind::EscapeUnrecognized | ErrorKind::UnsupportedBackreference) => {
            "invalid escape sequence"
        }
        Err(ErrorKind::UnsupportedLookAround | ErrorKind::FlagUnrecognized) => {
            "invalid or unsupported Perl syntax"
        }
        _ => "invalid expression",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_pattern_is_answered_in_gos_words() {
        let refused = compile("(").expect_err("no pattern");
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        assert_eq!(
            refused.message(),
            "failed to compile regexp: error parsing regexp: missing closing ): `(`"
        );
        assert!(compile("^l[12]$").expect("a pattern").is_match("l2"));
    }
}
