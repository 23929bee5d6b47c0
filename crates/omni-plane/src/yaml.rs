//! Reads YAML as Go's library reads it into a value without a type: `true` and `false` are truth values, `no` and `y` are texts.

use serde_json::Value;

/// One document; an empty text is null.
pub(crate) fn read(text: &str) -> Result<Value, serde_saphyr::Error> {
    serde_saphyr::from_str_with_options(text, options())
}

/// All documents of a text.
pub(crate) fn read_all(text: &str) -> Result<Vec<Value>, serde_saphyr::Error> {
    serde_saphyr::from_multiple_with_options(text, options())
}

/// The options that read so.
pub(crate) fn options() -> serde_saphyr::Options {
    serde_saphyr::options! { strict_booleans: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_two_words_are_truth_values() {
        let read = read("a: no\nb: y\nc: true\nd: Off\n").expect("YAML");
        assert_eq!(read, json!({ "a": "no", "b": "y", "c": true, "d": "Off" }));
        assert_eq!(
            read_all("a: n\n---\nb: 1\n").expect("YAML"),
            [json!({ "a": "n" }), json!({ "b": 1 })]
        );
        assert_eq!(super::read("").expect("YAML"), Value::Null);
    }
}
