//! The tree as text, the same with and without colour.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::IsTerminal as _;

use super::node::{Kind, Node, State, Tone};

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Text only.
    Plain,
    /// With ANSI colours.
    Colour,
}

/// What a line is about.
pub(super) struct Title<'a> {
    /// The kind, with a number before it where the line stands for several.
    pub(super) kind: String,
    /// Ids that are named.
    pub(super) ids: &'a [String],
    /// How many more there are.
    pub(super) more: usize,
}

/// How many ids of a folded line are named.
const NAMED: usize = 3;

// === impl Style ===

impl Style {
    /// Colour on a terminal that can do more than print, unless `NO_COLOR` is set to anything.
    pub fn of_stdout() -> Self {
        let terminal = std::io::stdout().is_terminal();
        Self::choose(terminal, |name| std::env::var_os(name))
    }

    fn choose(terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = variable("TERM").is_some_and(|value| value == "dumb");
        if terminal && !refused && !dumb {
            Self::Colour
        } else {
            Self::Plain
        }
    }

    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// The tree as lines, each ended by a line feed.
pub fn render(node: &Node, style: Style) -> String {
    let mut text = String::new();
    below(&mut text, node, style, "", "");
    text
}

/// Writes a node after `lead`, and what is below it after `indent`.
fn below(text: &mut String, node: &Node, style: Style, lead: &str, indent: &str) {
    let _ = writeln!(text, "{} {lead}{}", mark(node, style), line(node, style));
    if node.is_folded() {
        return;
    }
    let last = node.children.len().saturating_sub(1);
    for (index, child) in node.children.iter().enumerate() {
        let (branch, stem) = if index == last {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        below(
            text,
            child,
            style,
            &format!("{indent}{branch}"),
            &format!("{indent}{stem}"),
        );
    }
}

/// ✓, ! or ✗.
pub fn mark(node: &Node, style: Style) -> String {
    let (sign, code) = match node.state {
        State::Ready => ("✓", "32"),
        State::Waiting => ("!", "33"),
        State::Failing => ("✗", "31"),
    };
    style.paint(code, sign)
}

/// The node without what is below it.
pub fn line(node: &Node, style: Style) -> String {
    let mut parts = vec![heading(node, style)];
    parts.extend(
        node.status
            .iter()
            .map(|word| style.paint(code(word.tone), &word.text)),
    );
    if let Some(share) = node.machines {
        let legend = if node.kind == Kind::Cluster {
            " (healthy/total)"
        } else {
            ""
        };
        parts.push(format!("({}/{}){legend}", share.healthy, share.total));
    }
    let mut line = parts.join(" ");
    if !node.waits_for.is_empty() {
        let since = node
            .unchanged_since
            .map(|time| format!(", unchanged since {time}"));
        let reasons = node.waits_for.join("; ");
        let waits = format!(" — {reasons}{}", since.unwrap_or_default());
        line.push_str(&style.paint("2", &waits));
    }
    line
}

/// `Machine "id"(node)`, or `3 Machines` with their ids where they wait.
fn heading(node: &Node, style: Style) -> String {
    let title = Title::of(node);
    let kind = style.paint("33", &title.kind);
    let quoted: Vec<_> = title.ids.iter().map(|id| format!("\"{id}\"")).collect();
    let ids = match (quoted.is_empty(), title.more) {
        (true, _) => String::new(),
        (false, 0) => format!(" {}", quoted.join(", ")),
        (false, more) => format!(" {} and {more} more", quoted.join(", ")),
    };
    let name = node.node_name.as_deref();
    let name = name.map(|name| style.paint("36", &format!("({name})")));
    format!("{kind}{ids}{}", name.unwrap_or_default())
}

const fn code(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "32",
        Tone::Changing => "93",
        Tone::Lacking => "31",
        Tone::Bad => "91",
        Tone::Held => "34",
        Tone::Plain => "0",
    }
}

// === impl Title ===

impl<'a> Title<'a> {
    /// Siblings that are folded are named where somebody should look at them.
    pub(super) fn of(node: &'a Node) -> Self {
        let kind = node.kind.as_str();
        if !node.is_folded() {
            return Self {
                kind: kind.to_owned(),
                ids: &node.ids,
                more: 0,
            };
        }
        let named = match node.state {
            State::Ready => 0,
            _ => NAMED.min(node.ids.len()),
        };
        Self {
            kind: format!("{} {kind}s", node.ids.len()),
            ids: &node.ids[..named],
            more: node.ids.len() - named,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(terminal: bool, set: &[(&str, &str)]) -> Style {
        Style::choose(terminal, |name| {
            let found = set.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).into())
        })
    }

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        assert_eq!(chosen(true, &[]), Style::Colour);
        assert_eq!(
            chosen(true, &[("TERM", "xterm-256color"), ("NO_COLOR", "")]),
            Style::Colour
        );
        assert_eq!(chosen(false, &[]), Style::Plain);
        assert_eq!(chosen(true, &[("NO_COLOR", "1")]), Style::Plain);
        assert_eq!(chosen(true, &[("TERM", "dumb")]), Style::Plain);
    }
}
