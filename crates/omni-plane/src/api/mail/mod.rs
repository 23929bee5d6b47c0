//! E-mail addresses, as Go's `mail.ParseAddress` reads them.
//!
//! Omni reads two things so: the identity of a new user, and the user id of a key, `<name> (<comment>) <<address>>`. Only whether it is one address
//! matters here, and in which words Go says that it is not.

mod reader;

use reader::Reader;

/// Why a text is not one address. `Display` is Go's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MailError {
    /// There is nothing.
    #[error("mail: no address")]
    Empty,
    /// A name, and no address after it.
    #[error("mail: missing '@' or angle-addr")]
    NoAddress,
    /// A name that is none, and no address after it.
    #[error("mail: no angle-addr")]
    NoAngle,
    /// An address in angle brackets does not end.
    #[error("mail: unclosed angle-addr")]
    Unclosed,
    /// It begins with what is neither name nor address.
    #[error("mail: missing word in phrase: mail: invalid string")]
    NoWord,
    /// The address itself is none.
    #[error("mail: invalid string")]
    Invalid,
    /// Nothing where an address must be.
    #[error("mail: no addr-spec")]
    NoSpec,
    /// An address without its sign.
    #[error("mail: missing @ in addr-spec")]
    NoAt,
    /// Quotes with nothing between them, or without an end.
    #[error("mail: empty quoted string in addr-spec")]
    EmptyQuoted,
    /// A domain in brackets does not end.
    #[error("mail: unclosed domain-literal")]
    NoLiteralEnd,
    /// A dot that separates nothing.
    #[error("mail: leading dot in atom")]
    LeadingDot,
    /// Two dots in a row.
    #[error("mail: double dot in atom")]
    DoubleDot,
    /// A dot that separates nothing.
    #[error("mail: trailing dot in atom")]
    TrailingDot,
    /// A group does not go on as it must.
    #[error("mail: expected comma")]
    NoComma,
    /// A comment does not end.
    #[error("mail: misformatted parenthetical comment")]
    Comment,
    /// Something follows the address.
    #[error("mail: expected single address, got {0:?}")]
    More(String),
    /// A group of none.
    #[error("mail: empty group")]
    EmptyGroup,
    /// A group of several.
    #[error("mail: group with multiple addresses")]
    Several,
}

/// Reads one address.
///
/// # Errors
/// Why it is not one.
pub(crate) fn parse(text: &str) -> Result<(), MailError> {
    let mut reader = Reader::new(text);
    let count = reader.address(true)?;
    if !reader.comments() {
        return Err(MailError::Comment);
    }
    if !reader.rest().is_empty() {
        return Err(MailError::More(reader.rest().to_owned()));
    }
    match count {
        0 => Err(MailError::EmptyGroup),
        1 => Ok(()),
        _ => Err(MailError::Several),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_takes_for_one_address_is_one() {
        for text in [
            "ann@example.com",
            "ci <ci@serviceaccount.omni.sidero.dev>",
            "lab-sa (comment) <lab-sa@x.y>",
            "a.b_1 <a.b_1@x.y>",
            "Ann <ann@x.y>",
            "\"a b\"@c",
            "a@[1.2.3.4]",
            "a@b (c)",
            "a@-b",
            "ü@x.y",
            "a@ü.de",
            "<a@b>",
            "a b. c <b@c>",
            "'q' <b@c>",
            "\"q\" <b@c>",
            "group: a@b;",
        ] {
            assert_eq!(parse(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused_in_its_words() {
        for (text, expected) in [
            (
                "infra-provider:vms <vms@infra-provider.serviceaccount.omni.sidero.dev>",
                "mail: expected comma",
            ),
            ("ann", "mail: missing '@' or angle-addr"),
            ("a b@c", "mail: no angle-addr"),
            ("@c", "mail: missing word in phrase: mail: invalid string"),
            ("a@", "mail: missing '@' or angle-addr"),
            ("a@b@c", "mail: expected single address, got \"@c\""),
            ("a..b@c", "mail: missing '@' or angle-addr"),
            (".a@c", "mail: missing '@' or angle-addr"),
            ("a@b c", "mail: expected single address, got \"c\""),
            (
                "(c) a@b",
                "mail: missing word in phrase: mail: invalid string",
            ),
            ("a,b@c", "mail: missing '@' or angle-addr"),
            ("a<b@c", "mail: unclosed angle-addr"),
            ("a:b@c", "mail: expected comma"),
            ("", "mail: no address"),
            (" ", "mail: no address"),
            ("a@b.", "mail: missing '@' or angle-addr"),
            ("a@b..c", "mail: missing '@' or angle-addr"),
            ("x <>", "mail: invalid string"),
            ("a:b <a:b@c>", "mail: missing @ in addr-spec"),
            ("x <a>", "mail: missing @ in addr-spec"),
            ("x <a@>", "mail: invalid string"),
            ("x <.a@b>", "mail: leading dot in atom"),
            ("x <a.@b>", "mail: trailing dot in atom"),
            ("x <a..b@c>", "mail: double dot in atom"),
            ("x <a@.b>", "mail: leading dot in atom"),
            ("x <\"\"@b>", "mail: empty quoted string in addr-spec"),
            ("x <\"a@b>", "mail: empty quoted string in addr-spec"),
            ("x <a@[1>", "mail: unclosed domain-literal"),
            ("x <", "mail: no addr-spec"),
            ("x <@b>", "mail: invalid string"),
            ("x <a@b c>", "mail: unclosed angle-addr"),
            ("x (c <a@b>", "mail: misformatted parenthetical comment"),
            ("a@b (c", "mail: misformatted parenthetical comment"),
            ("\"\"@b", "mail: missing '@' or angle-addr"),
            ("a;b <b@c>", "mail: missing '@' or angle-addr"),
            ("name <b@c> x", "mail: expected single address, got \"x\""),
            (
                "ann@example.com, bob@example.com",
                "mail: expected single address, got \", bob@example.com\"",
            ),
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.to_string(), expected, "{text}");
        }
    }
}
