//! How a text is written: plain where it can be, quoted where it must.

use std::fmt::Write as _;

/// A text on one line.
pub(super) fn inline(text: &str) -> String {
    if means_something_else(text) || text.chars().any(is_special) || has_space_at_break(text) {
        return double_quoted(text);
    }
    if text.contains('\n') {
        return double_quoted(text);
    }
    if fits_plain(text) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Whether a text of several lines may stand as a block, with its lines as they are.
pub(super) fn fits_block(text: &str) -> bool {
    text.contains('\n') && !text.chars().any(is_special) && !text.ends_with(' ')
}

/// The header of a block: how its end is kept, and its indentation where the first line cannot show it.
pub(super) fn block_header(text: &str, indent: usize) -> String {
    let hint = if text.starts_with([' ', '\n']) {
        indent.to_string()
    } else {
        String::new()
    };
    let end = match (text.ends_with('\n'), text.ends_with("\n\n") || text == "\n") {
        (false, _) => "-",
        (true, true) => "+",
        (true, false) => "",
    };
    format!("|{hint}{end}")
}

/// Whether a reader would take the plain text for something else than a text.
fn means_something_else(text: &str) -> bool {
    const WORDS: [&str; 13] = [
        "", "~", "null", "true", "false", "y", "n", "yes", "no", "on", "off", ".nan", "<<",
    ];
    let lower = text.to_ascii_lowercase();
    WORDS.contains(&lower.as_str()) || is_number(&lower) || is_base_60(&lower) || is_date(text)
}

fn is_number(lower: &str) -> bool {
    let digits = lower.strip_prefix(['+', '-']).unwrap_or(lower);
    if digits == ".inf" {
        return true;
    }
    let plain = digits.replace('_', "");
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = plain.strip_prefix(prefix) {
            return !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        }
    }
    let begins = plain.starts_with(|c: char| c.is_ascii_digit())
        || (plain.starts_with('.') && plain[1..].starts_with(|c: char| c.is_ascii_digit()));
    begins && plain.parse::<f64>().is_ok()
}

/// `1:30` was a number once.
fn is_base_60(lower: &str) -> bool {
    let digits = lower.strip_prefix(['+', '-']).unwrap_or(lower);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut parts = whole.split(':');
    let number =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || c == '_');
    whole.contains(':')
        && parts.next().is_some_and(number)
        && parts.all(|part| number(part) && part.len() <= 2)
        && fraction.chars().all(|c| c.is_ascii_digit() || c == '_')
}

/// `2026-01-01`, with or without a time behind it.
fn is_date(text: &str) -> bool {
    let date = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let mut parts = date.split('-');
    let number = |part: Option<&str>, lengths: &[usize]| {
        part.is_some_and(|part| {
            lengths.contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit())
        })
    };
    number(parts.next(), &[4])
        && number(parts.next(), &[1, 2])
        && number(parts.next(), &[1, 2])
        && parts.next().is_none()
}

fn fits_plain(text: &str) -> bool {
    let first = text.chars().next().unwrap_or(' ');
    let second = text.chars().nth(1);
    let indicator = "#,[]{}&*!|>'\"%@`".contains(first)
        || ("-?:".contains(first) && second.is_none_or(|next| next == ' '))
        || text.starts_with("---")
        || text.starts_with("...");
    let inside = text.contains(": ") || text.ends_with(':') || text.contains(" #");
    let edges = text.starts_with(' ') || text.ends_with(' ');
    !indicator && !inside && !edges
}

/// A blank before a line break survives in double quotes only.
fn has_space_at_break(text: &str) -> bool {
    text.contains(" \n")
}

/// Whether a letter must be written as an escape.
fn is_special(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{85}')
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\0' => quoted.push_str("\\0"),
            c if is_special(c) => {
                let code = u32::from(c);
                let _ = if code <= 0xff {
                    write!(quoted, "\\x{code:02X}")
                } else {
                    write!(quoted, "\\u{code:04X}")
                };
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_only_where_it_must_be() {
        for (text, written) in [
            ("1.13.7", "1.13.7"),
            ("v1.35.6", "v1.35.6"),
            ("grpc://127.0.0.1:8090", "grpc://127.0.0.1:8090"),
            ("a = b", "a = b"),
            ("omni.sidero.dev/cluster", "omni.sidero.dev/cluster"),
            ("", "\"\""),
            ("true", "\"true\""),
            ("no", "\"no\""),
            ("1024", "\"1024\""),
            ("1.5", "\"1.5\""),
            ("0x1f", "\"0x1f\""),
            ("1:30", "\"1:30\""),
            ("2026-01-01", "\"2026-01-01\""),
            ("null", "\"null\""),
            ("- a", "'- a'"),
            ("-a", "-a"),
            ("a: b", "'a: b'"),
            ("it's #1", "'it''s #1'"),
            ("[x]", "'[x]'"),
            ("*", "'*'"),
            (" a", "' a'"),
            ("a\tb", "\"a\\tb\""),
        ] {
            assert_eq!(inline(text), written, "{text:?}");
        }
    }
}
