//! The text that is signed.

use std::fmt::Write as _;

use http::HeaderMap;

/// Covered headers, in the order in which Go writes them. The second is what gRPC makes of the first's letters.
///
/// `fieldSelectors` stays `null` always: servers look for it under the camel-case name, which gRPC never delivers.
const COVERED: [(&str, Option<&str>); 10] = [
    ("authorization", Some("authorization")),
    ("cluster", Some("cluster")),
    ("context", Some("context")),
    ("fieldSelectors", None),
    ("namespace", Some("namespace")),
    ("nodes", Some("nodes")),
    ("runtime", Some("runtime")),
    ("selectors", Some("selectors")),
    ("uid", Some("uid")),
    ("x-sidero-timestamp", Some("x-sidero-timestamp")),
];

/// The text that is signed for a call of `method` (`/package.Service/Method`) with these headers.
///
/// It is byte for byte what Omni's own clients write: no spaces, Go's escapes.
pub fn payload(method: &str, headers: &HeaderMap) -> String {
    let mut text = String::from("{\"headers\":{");
    for (index, (name, header)) in COVERED.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        quote(&mut text, name);
        text.push(':');
        list(&mut text, header, headers);
    }
    text.push_str("},\"method\":");
    quote(&mut text, method);
    text.push('}');
    text
}

/// The values of a header as an array, `null` when it is absent.
fn list(text: &mut String, header: Option<&str>, headers: &HeaderMap) {
    let values = header.map(|name| headers.get_all(name));
    let mut values = values.iter().flatten().peekable();
    if values.peek().is_none() {
        text.push_str("null");
        return;
    }
    let mut sign = '[';
    for value in values {
        text.push(sign);
        quote(text, &String::from_utf8_lossy(value.as_bytes()));
        sign = ',';
    }
    text.push(']');
}

/// A JSON string with Go's escapes: those of JSON, and `<`, `>`, `&`, U+2028, U+2029.
fn quote(text: &mut String, value: &str) {
    text.push('"');
    for sign in value.chars() {
        match sign {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(sign));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_go_does() {
        let mut text = String::new();
        quote(&mut text, "a<b>&\"c\\\u{1}\u{2028}ü");
        assert_eq!(text, r#""a\u003cb\u003e\u0026\"c\\\u0001\u2028ü""#);
    }

    #[test]
    fn repeated_headers_keep_their_order() {
        let mut headers = HeaderMap::new();
        for node in ["b", "a", "b"] {
            headers.append("nodes", node.parse().expect("a value"));
        }
        assert!(payload("/a.B/C", &headers).contains(r#""nodes":["b","a","b"]"#));
    }
}
