//! YAML documents, compared by meaning.
//!
//! Formatting, comments and the order of keys make no difference; the order of list elements and of documents does. The
//! user's spelling is kept for the state, and is what goes to Omni. Empty documents are dropped, as Talos drops them.

use std::fmt;

use serde_json::Value;
use tfplugin::schema::{Invalid, Text};

/// One or more YAML documents as the user spelt them, and what they mean.
#[derive(Debug, Clone)]
pub struct Yaml {
    spelling: String,
    documents: Vec<Value>,
}

// === impl Yaml ===

impl Yaml {
    /// The documents, empty ones left out.
    pub fn documents(&self) -> &[Value] {
        &self.documents
    }
}

impl Text for Yaml {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let documents: Vec<Value> = serde_saphyr::from_multiple(text)
            .map_err(|error| Invalid::new(format!("It is not valid YAML: {error}")))?;
        Ok(Self {
            spelling: text.to_owned(),
            documents: documents
                .into_iter()
                .filter(|document| !document.is_null())
                .collect(),
        })
    }

    fn spelling(&self) -> &str {
        &self.spelling
    }

    fn meaning(&self) -> String {
        // Maps of `serde_json` are sorted by key, so that one meaning has one text.
        Value::Array(self.documents.clone()).to_string()
    }
}

impl fmt::Display for Yaml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

impl PartialEq for Yaml {
    fn eq(&self, other: &Self) -> bool {
        self.documents == other.documents
    }
}

impl Eq for Yaml {}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml(text: &str) -> Yaml {
        Yaml::parse(text).expect("YAML")
    }

    #[test]
    fn formatting_comments_and_key_order_do_not_change_the_meaning() {
        let block =
            yaml("# why\nmachine:\n  network:\n    kubespan: {enabled: true}\n  env: {A: \"1\"}\n");
        let flow = yaml(
            "{\"machine\": {\"env\": {\"A\": \"1\"}, \"network\": {\"kubespan\": {\"enabled\": true}}}}",
        );
        assert_eq!(block, flow);
    }

    #[test]
    fn a_number_is_not_its_text() {
        assert_ne!(yaml("a: 1"), yaml("a: \"1\""));
    }

    #[test]
    fn documents_are_compared_in_order_and_empty_ones_dropped() {
        assert_eq!(
            yaml("a: 1\n---\nb: 2\n"),
            yaml("---\na: 1\n---\n---\nb: 2\n")
        );
        assert_ne!(yaml("a: 1\n---\nb: 2\n"), yaml("b: 2\n---\na: 1\n"));
    }

    #[test]
    fn broken_yaml_says_where() {
        let error = Yaml::parse("machine:\n  - a\n b: [").expect_err("broken");
        assert!(error.to_string().contains("line"), "{error}");
    }
}
