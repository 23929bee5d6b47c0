//! The tree as one page for a browser, complete in itself: no network, no other file.
//!
//! Contract: the page is a tree in the sense of WAI-ARIA (roles, levels, one tab stop, arrow keys); it can be read without scripts.
//! Equal machines are one line that can be opened, so that a thousand of them stay usable. Its policy forbids it to load anything.

mod text;

use std::fmt::Write as _;

use jiff::Timestamp;

use super::json;
use super::node::{Kind, Node, State, Tone};
use super::render::Title;
use text::escape;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// More clusters than this: those that are ready are closed at first.
const FEW: usize = 3;

/// Writes items, counting them.
struct Writer {
    html: String,
    count: usize,
    many: bool,
}

/// Where an item stands among its siblings.
#[derive(Clone, Copy)]
struct Place {
    level: usize,
    position: usize,
    of: usize,
}

/// The whole page; the trees are best folded before. `taken` is when they were read.
pub fn page(trees: &[Node], taken: Timestamp) -> String {
    let taken = taken.strftime("%Y-%m-%d %H:%M:%S UTC");
    let (summary, tree) = (summary(trees), tree(trees));
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Clusters, {summary}</title>
<style>
{STYLE}</style>
<noscript><style>[aria-expanded="false"] > ul {{ display: block }} .tools {{ display: none }}</style></noscript>
</head>
<body>
<header>
<h1>Clusters</h1>
<p class="summary">{summary} <span class="taken">as of {taken}</span></p>
<div class="tools" role="search">
<input id="filter" type="search" placeholder="Filter: id, node, word ( / )" aria-label="Filter by id, node name or status" autocomplete="off" spellcheck="false">
<label><input id="unready" type="checkbox"> not ready only</label>
<button type="button" id="open">Open all</button>
<button type="button" id="close">Close all</button>
<output id="shown" aria-live="polite"></output>
</div>
</header>
<main>
{tree}<p class="keys">Keys: ↑ ↓ move, → ← open and close, Home End, * opens the siblings, letters find, / filters, Esc clears.</p>
</main>
<script>
{SCRIPT}</script>
</body>
</html>
"#
    )
}

/// How many clusters and machines there are, and how many of them are ready.
fn summary(trees: &[Node]) -> String {
    let ready = |node: &&Node| node.state == State::Ready;
    let healthy: u32 = trees
        .iter()
        .filter_map(|tree| Some(tree.machines?.healthy))
        .sum();
    let machines: u32 = trees
        .iter()
        .filter_map(|tree| Some(tree.machines?.total))
        .sum();
    format!(
        "{} of {} ready, {healthy} of {machines} machines healthy",
        trees.iter().filter(ready).count(),
        trees.len(),
    )
}

/// The list with the role of a tree.
pub(super) fn tree(trees: &[Node]) -> String {
    if trees.is_empty() {
        return "<p>There are no clusters.</p>\n".to_owned();
    }
    let mut writer = Writer {
        html: "<ul role=\"tree\" id=\"tree\" aria-label=\"Clusters\">\n".to_owned(),
        count: 0,
        many: trees.len() > FEW,
    };
    writer.siblings(trees, 1);
    writer.html.push_str("</ul>\n");
    writer.html
}

// === impl Writer ===

impl Writer {
    fn siblings(&mut self, nodes: &[Node], level: usize) {
        for (index, node) in nodes.iter().enumerate() {
            let place = Place {
                level,
                position: index + 1,
                of: nodes.len(),
            };
            self.item(node, place);
        }
    }

    fn item(&mut self, node: &Node, place: Place) {
        self.count += 1;
        let Place {
            level,
            position,
            of,
        } = place;
        let (number, state) = (self.count, json::state(node.state));
        let tab = if number == 1 { "0" } else { "-1" };
        let expanded = if node.children.is_empty() {
            String::new()
        } else {
            format!(" aria-expanded=\"{}\"", self.starts_open(node))
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            self.html,
            "<li role=\"treeitem\" aria-level=\"{level}\" aria-setsize=\"{of}\" aria-posinset=\"{position}\"{expanded} \
             aria-labelledby=\"n{number}\" tabindex=\"{tab}\" data-state=\"{state}\">{}",
            row(node, number)
        );
        if !node.children.is_empty() {
            self.html.push_str("<ul role=\"group\">\n");
            self.siblings(&node.children, level + 1);
            self.html.push_str("</ul>\n");
        }
        self.html.push_str("</li>\n");
    }

    /// Folded machines are closed at first, and so are clusters that need no attention where there are many.
    fn starts_open(&self, node: &Node) -> bool {
        let quiet = self.many && node.kind == Kind::Cluster && node.state == State::Ready;
        !node.is_folded() && !quiet
    }
}

/// What is seen of a node.
fn row(node: &Node, number: usize) -> String {
    let (sign, meaning) = match node.state {
        State::Ready => ("✓", "ready:"),
        State::Waiting => ("!", "waiting:"),
        State::Failing => ("✗", "failing:"),
    };
    let mut row = format!(
        "<div class=\"row\" id=\"n{number}\"><span class=\"mark\" aria-hidden=\"true\">{sign}</span><span class=\"unseen\">{meaning}</span> "
    );
    let title = Title::of(node);
    let _ = write!(row, "<span class=\"kind\">{}</span>", escape(&title.kind));
    for id in title.ids {
        let _ = write!(row, " <span class=\"id\">{}</span>", escape(id));
    }
    if !title.ids.is_empty() && title.more > 0 {
        let _ = write!(row, " and {} more", title.more);
    }
    if let Some(name) = &node.node_name {
        let _ = write!(row, " <span class=\"node\">{}</span>", escape(name));
    }
    for word in &node.status {
        let _ = write!(
            row,
            " <span class=\"word {}\">{}</span>",
            tone(word.tone),
            escape(&word.text)
        );
    }
    if let Some(share) = node.machines {
        let _ = write!(
            row,
            " <span class=\"share\">{}/{} healthy</span>",
            share.healthy, share.total
        );
    }
    if !node.waits_for.is_empty() {
        let _ = write!(
            row,
            " <span class=\"why\">{}</span>",
            escape(&node.waits_for.join("; "))
        );
    }
    if let Some(time) = node.unchanged_since {
        let _ = write!(
            row,
            " <time datetime=\"{time}\">unchanged since {time}</time>"
        );
    }
    row.push_str("</div>");
    row
}

const fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Changing => "changing",
        Tone::Lacking => "lacking",
        Tone::Bad => "bad",
        Tone::Held => "held",
        Tone::Plain => "plain",
    }
}
