//! File-name patterns, as Go's `filepath.Match` has them.
//!
//! `*` and `?` stop at a slash, classes in brackets do not; `^` negates a class, a backslash takes the next letter as it is. The whole of a
//! pattern is read before it is held against a name, so that a broken one is an error whatever the name.

use std::iter::Peekable;
use std::ops::RangeInclusive;
use std::str::Chars;

/// A pattern that means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in pattern")]
pub(super) struct BadPattern;

#[derive(Debug)]
enum Part {
    /// Any run of letters without a slash.
    Run,
    /// Any letter but a slash.
    Any,
    /// This letter.
    Letter(char),
    /// A letter in (or, negated, outside of) these ranges.
    Class(bool, Vec<RangeInclusive<char>>),
}

/// Whether a name matches a pattern as a whole.
pub(super) fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let parts = read(pattern)?;
    let name: Vec<char> = name.chars().collect();
    Ok(fits(&parts, &name))
}

/// Goes through both; where a run was met, its length is extended letter by letter. Only the last run ever needs that: a longer earlier run
/// finds nothing that a longer last one would not.
fn fits(parts: &[Part], name: &[char]) -> bool {
    let (mut part, mut at) = (0, 0);
    let mut run: Option<(usize, usize)> = None;
    loop {
        match (parts.get(part), name.get(at)) {
            (None, None) => return true,
            (Some(Part::Run), _) => {
                run = Some((part, at));
                part += 1;
                continue;
            }
            (Some(one), Some(letter)) if one.takes(*letter) => {
                part += 1;
                at += 1;
                continue;
            }
            _ => {}
        }
        match run {
            Some((of, began)) if name.get(began).is_some_and(|letter| *letter != '/') => {
                run = Some((of, began + 1));
                (part, at) = (of + 1, began + 1);
            }
            _ => return false,
        }
    }
}

fn read(pattern: &str) -> Result<Vec<Part>, BadPattern> {
    let mut letters = pattern.chars().peekable();
    let mut parts = Vec::new();
    while let Some(letter) = letters.next() {
        parts.push(match letter {
            '*' => Part::Run,
            '?' => Part::Any,
            '[' => class(&mut letters)?,
            '\\' => Part::Letter(letters.next().ok_or(BadPattern)?),
            other => Part::Letter(other),
        });
    }
    Ok(parts)
}

/// The rest of a class, up to its bracket; at least one range is in it.
fn class(letters: &mut Peekable<Chars<'_>>) -> Result<Part, BadPattern> {
    let negated = letters.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while ranges.is_empty() || letters.next_if_eq(&']').is_none() {
        let low = bound(letters)?;
        let high = match letters.next_if_eq(&'-') {
            Some(_) => bound(letters)?,
            None => low,
        };
        ranges.push(low..=high);
    }
    Ok(Part::Class(negated, ranges))
}

/// One end of a range. A class never ends right behind it.
fn bound(letters: &mut Peekable<Chars<'_>>) -> Result<char, BadPattern> {
    let bound = match letters.next() {
        None | Some('-' | ']') => return Err(BadPattern),
        Some('\\') => letters.next().ok_or(BadPattern)?,
        Some(letter) => letter,
    };
    letters.peek().map(|_| bound).ok_or(BadPattern)
}

// === impl Part ===

impl Part {
    fn takes(&self, letter: char) -> bool {
        match self {
            Self::Run => false,
            Self::Any => letter != '/',
            Self::Letter(own) => *own == letter,
            Self::Class(negated, ranges) => {
                ranges.iter().any(|range| range.contains(&letter)) != *negated
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_file_names_do() {
        for (pattern, name, expected) in [
            ("*", "a/b", false),
            ("*", "ab", true),
            ("", "", true),
            ("[^a]", "b", true),
            ("[!a]", "!", true),
            ("a\\*", "a*", true),
            ("?", "/", false),
            ("[/]", "/", true),
            ("a-b", "a-b", true),
            ("*x", "axx", true),
            ("a*b*c", "aXbYc", true),
            ("[z-a]", "m", false),
            ("*a*", "ba", true),
            ("[[]", "[", true),
            ("]", "]", true),
            ("a^b", "a^b", true),
            ("test-?", "test-1", true),
            ("test-?", "test-12", false),
            ("*@lab.test", "ann@lab.test", true),
        ] {
            assert_eq!(matches(pattern, name), Ok(expected), "{pattern} {name}");
        }
    }

    #[test]
    fn a_broken_pattern_is_broken_whatever_the_name() {
        for pattern in [
            "[", "[]a]", "[a-", "a[", "\\", "*[", "[-a]", "[a-]", "b[", "[]", "[a",
        ] {
            for name in ["", "a", "x/y"] {
                assert_eq!(matches(pattern, name), Err(BadPattern), "{pattern} {name}");
            }
        }
    }
}
