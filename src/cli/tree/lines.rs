//! Changes of trees as lines, for logs: each line says by itself where it belongs.

use std::collections::BTreeMap;

use crate::tree::{Node, Style, line, mark};

/// What has been told.
#[derive(Debug, Default)]
pub(super) struct Lines {
    told: BTreeMap<Vec<String>, Told>,
}

#[derive(Debug, PartialEq)]
struct Told {
    text: String,
    name: String,
}

// === impl Lines ===

impl Lines {
    /// Lines for everything that is new, other than it was, or gone since the last call.
    pub(super) fn news(&mut self, trees: &[Node]) -> String {
        let (mut now, mut order) = (BTreeMap::new(), Vec::new());
        for tree in trees {
            walk(tree, &[], "", &mut now, &mut order);
        }
        let gone = self
            .told
            .iter()
            .filter(|(place, _)| !now.contains_key(*place));
        let gone: String = gone
            .map(|(_, told)| format!("- {} is gone\n", told.name))
            .collect();
        let new = order
            .iter()
            .filter(|place| self.told.get(*place) != now.get(*place));
        let new: String = new
            .filter_map(|place| now.get(place))
            .map(|told| format!("{}\n", told.text))
            .collect();
        self.told = now;
        gone + &new
    }
}

/// Notes the node under the names of those above it, and what is below it.
fn walk(
    node: &Node,
    above: &[String],
    path: &str,
    now: &mut BTreeMap<Vec<String>, Told>,
    order: &mut Vec<Vec<String>>,
) {
    let id = node.ids.first().map(String::as_str).unwrap_or_default();
    let mut place = above.to_vec();
    place.push(format!("{:?} {id}", node.kind));
    // Since when it is so is what the line itself says in a log.
    let bare = Node {
        unchanged_since: None,
        children: Vec::new(),
        ..node.clone()
    };
    let told = Told {
        text: format!(
            "{} {path}{}",
            mark(node, Style::Plain),
            line(&bare, Style::Plain)
        ),
        name: format!("{path}{} {id}", node.kind).trim_end().to_owned(),
    };
    now.insert(place.clone(), told);
    order.push(place.clone());
    let path = format!("{path}{id} › ");
    for child in &node.children {
        walk(child, &place, &path, now, order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Kind, Tone, Word};

    fn cluster(machines: &[(&str, &str)]) -> Node {
        let machines = machines.iter().map(|(id, stage)| {
            let missing = if *stage == "RUNNING" {
                vec![]
            } else {
                vec![format!("stage {stage}")]
            };
            Node::new(Kind::Machine, vec![Word::new(*stage, Tone::Plain)], missing).of(id)
        });
        let set = Node::new(Kind::Workers, vec![], vec![]).of("prod-workers");
        let cluster = Node::new(Kind::Cluster, vec![], vec![]).of("prod");
        cluster.with(vec![set.with(machines.collect())])
    }

    #[test]
    fn each_change_is_one_line_that_says_where_it_belongs() {
        let mut lines = Lines::default();
        assert_eq!(
            lines.news(&[cluster(&[("m1", "BOOTING")])]),
            "! Cluster \"prod\"\n! prod › Workers \"prod-workers\"\n! prod › prod-workers › Machine \"m1\" BOOTING — stage BOOTING\n"
        );
        assert_eq!(lines.news(&[cluster(&[("m1", "BOOTING")])]), "");
        let news = lines.news(&[cluster(&[("m1", "RUNNING")])]);
        assert!(
            news.contains("✓ prod › prod-workers › Machine \"m1\" RUNNING\n"),
            "{news}"
        );
        assert_eq!(
            lines.news(&[cluster(&[])]),
            "- prod › prod-workers › Machine m1 is gone\n"
        );
        assert!(lines.news(&[]).starts_with("- Cluster prod is gone\n"));
    }
}
