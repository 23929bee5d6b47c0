//! YAML documents, compared by meaning.
//!
//! Formatting, comments and the order of keys make no difference; the order of list elements and of documents does. The
//! user's spelling is kept for the state, and is what goes to Omni. Empty documents are dropped, as Talos drops them.
//!
//! Core sends the same text many times in one run (configuration, state, proposal, each checked and compared): the last
//! texts that were parsed are kept with what they mean, up to [`KEPT`] bytes of text.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::Value;
use tfplugin::schema::{Invalid, Text};

/// How many bytes of text are kept parsed. The patches of a thousand machines fit; what they mean takes about ten times as much.
const KEPT: usize = 1 << 20;

/// The texts that were parsed last.
static RECENT: LazyLock<Mutex<Recent>> = LazyLock::new(Mutex::default);

/// One or more YAML documents as the user spelt them, and what they mean.
#[derive(Debug, Clone)]
pub struct Yaml {
    spelling: Arc<str>,
    documents: Arc<[Value]>,
}

/// Texts with what they mean. All are forgotten when they become too many: a run comes back to its texts at once or not at all.
#[derive(Default)]
struct Recent {
    parsed: HashMap<Arc<str>, Arc<[Value]>>,
    bytes: usize,
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
        let recent = || RECENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = recent().find(text) {
            return Ok(known);
        }
        let documents: Vec<Value> = serde_saphyr::from_multiple(text)
            .map_err(|error| Invalid::new(format!("It is not valid YAML: {error}")))?;
        let new = Self {
            spelling: text.into(),
            documents: documents
                .into_iter()
                .filter(|document| !document.is_null())
                .collect(),
        };
        recent().keep(&new);
        Ok(new)
    }

    fn spelling(&self) -> &str {
        &self.spelling
    }

    fn meaning(&self) -> String {
        // Maps of `serde_json` are sorted by key, so that one meaning has one text.
        Value::Array(self.documents.to_vec()).to_string()
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

// === impl Recent ===

impl Recent {
    fn find(&self, text: &str) -> Option<Yaml> {
        let (spelling, documents) = self.parsed.get_key_value(text)?;
        Some(Yaml {
            spelling: spelling.clone(),
            documents: documents.clone(),
        })
    }

    fn keep(&mut self, yaml: &Yaml) {
        let bytes = yaml.spelling.len();
        if bytes > KEPT || self.parsed.contains_key(&yaml.spelling) {
            return;
        }
        if self.bytes + bytes > KEPT {
            *self = Self::default();
        }
        let (spelling, documents) = (yaml.spelling.clone(), yaml.documents.clone());
        self.parsed.insert(spelling, documents);
        self.bytes += bytes;
    }
}

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
    fn a_text_that_was_parsed_is_not_parsed_again() {
        let mut recent = Recent::default();
        let seen = yaml("seen: twice");
        recent.keep(&seen);
        let again = recent.find("seen: twice").expect("kept");
        assert!(Arc::ptr_eq(&seen.documents, &again.documents));
        assert!(recent.find("seen: once").is_none());
    }

    #[test]
    fn what_is_kept_is_bounded_and_a_larger_text_is_not_kept() {
        let mut recent = Recent::default();
        let text = |letter: &str| Yaml {
            spelling: letter.repeat(KEPT / 2).into(),
            documents: Arc::new([]),
        };
        for letter in ["a", "b", "b"] {
            recent.keep(&text(letter));
        }
        assert_eq!((recent.parsed.len(), recent.bytes), (2, KEPT));
        recent.keep(&text("c"));
        assert_eq!((recent.parsed.len(), recent.bytes), (1, KEPT / 2));
        recent.keep(&Yaml {
            spelling: "d".repeat(KEPT + 1).into(),
            documents: Arc::new([]),
        });
        assert_eq!((recent.parsed.len(), recent.bytes), (1, KEPT / 2));
    }

    #[test]
    fn broken_yaml_says_where() {
        let error = Yaml::parse("machine:\n  - a\n b: [").expect_err("broken");
        assert!(error.to_string().contains("line"), "{error}");
    }
}
