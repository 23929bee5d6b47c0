//! What a core said: its words for a test to search, and what it did or refused, by address.

use std::process::Output;

use serde_json::Value as Json;

/// What a core said, as text or (with `-json`) as events.
pub(crate) struct Said {
    /// Whether it succeeded.
    pub(crate) ok: bool,
    /// Everything it printed, white space folded: cores wrap lines.
    pub(crate) text: String,
    events: Vec<Json>,
}

// === impl Said ===

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let (mut words, mut events) = (String::new(), Vec::new());
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            match serde_json::from_str::<Json>(line) {
                Ok(event) if event["@message"].is_string() => {
                    words += &spoken(&event);
                    events.push(event);
                }
                _ => words += &line.replace(['│', '╷', '╵'], " "),
            }
            words.push('\n');
        }
        words += &String::from_utf8_lossy(&output.stderr).replace(['│', '╷', '╵'], " ");
        Self {
            ok: output.status.success(),
            text: words.split_whitespace().collect::<Vec<_>>().join(" "),
            events,
        }
    }

    /// Asserts that it succeeded.
    pub(crate) fn succeeds(self) -> String {
        assert!(self.ok, "{}", self.text);
        self.text
    }

    /// Asserts that it failed.
    pub(crate) fn fails(self) -> String {
        assert!(!self.ok, "it should have failed:\n{}", self.text);
        self.text
    }

    /// The addresses of the objects to which an action (`create`, `update`) was carried out.
    pub(crate) fn applied(&self, action: &str) -> Vec<String> {
        let done = self
            .events
            .iter()
            .filter(|event| event["type"] == "apply_complete" && event["hook"]["action"] == action);
        done.map(|event| text(&event["hook"]["resource"]["addr"]))
            .collect()
    }

    /// The addresses of the objects that were refused.
    pub(crate) fn refused(&self) -> Vec<String> {
        let errors = self
            .events
            .iter()
            .map(|event| &event["diagnostic"])
            .filter(|diagnostic| diagnostic["severity"] == "error");
        errors
            .map(|diagnostic| text(&diagnostic["address"]))
            .collect()
    }
}

/// An event in words; a diagnostic with all that the core shows of it to a person.
fn spoken(event: &Json) -> String {
    let diagnostic = &event["diagnostic"];
    if diagnostic.is_null() {
        return text(&event["@message"]);
    }
    let parts = [
        &event["@message"],
        &diagnostic["detail"],
        &diagnostic["address"],
        &diagnostic["snippet"]["context"],
        &diagnostic["snippet"]["code"],
    ];
    parts.map(text).join(" ")
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}
