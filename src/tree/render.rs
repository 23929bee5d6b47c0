//! The tree as text, the same with and without colour.

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

/// How many ids of a folded line are named.
const NAMED: usize = 3;

// === impl Style ===

impl Style {
    /// Colour on a terminal, unless `NO_COLOR` is set to anything.
    pub fn of_stdout() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if !refused && std::io::stdout().is_terminal() {
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
    let _ = writeln!(text, "{}{lead}{}", mark(node, style), line(node, style));
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

fn mark(node: &Node, style: Style) -> String {
    let (sign, code) = match node.state {
        State::Ready => ("✓", "32"),
        State::Waiting => ("!", "33"),
        State::Failing => ("✗", "31"),
    };
    format!("{} ", style.paint(code, sign))
}

fn line(node: &Node, style: Style) -> String {
    let mut parts = vec![title(node, style)];
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
            .last_change
            .as_deref()
            .map(|time| format!(", last change {time}"));
        let reasons = node.waits_for.join("; ");
        let waits = format!(" — {reasons}{}", since.unwrap_or_default());
        line.push_str(&style.paint("2", &waits));
    }
    line
}

/// `Machine "id"(node)`, or `3 Machines` with their ids where they wait.
fn title(node: &Node, style: Style) -> String {
    let kind = style.paint("33", node.kind.as_str());
    match node.ids.as_slice() {
        [] => kind,
        [id] => {
            let name = node
                .node_name
                .as_deref()
                .map(|name| style.paint("36", &format!("({name})")));
            format!("{kind} \"{id}\"{}", name.unwrap_or_default())
        }
        ids => {
            let kind = style.paint("33", &format!("{} {}s", ids.len(), node.kind));
            if node.state == State::Ready {
                return kind;
            }
            let named: Vec<_> = ids
                .iter()
                .take(NAMED)
                .map(|id| format!("\"{id}\""))
                .collect();
            let more = ids.len().saturating_sub(NAMED);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!("{kind} {}{more}", named.join(", "))
        }
    }
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
