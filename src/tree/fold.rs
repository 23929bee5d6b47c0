//! Joins equal siblings: ten machines that all run well are one line.
//!
//! Siblings are equal when they are of one kind, in the same state and wait for the same. The line that stands for them keeps them
//! below it, for those who want to look.

use super::node::{Kind, Node};

/// The same tree with equal machines joined.
#[must_use]
pub fn fold(mut node: Node) -> Node {
    let mut folded: Vec<Node> = Vec::new();
    for child in node.children {
        let child = fold(child);
        match folded.iter_mut().find(|other| are_equal(other, &child)) {
            Some(other) => join(other, child),
            None => folded.push(child),
        }
    }
    node.children = folded;
    node
}

/// Adds a sibling; the line says since when the last of them has been as it is.
fn join(line: &mut Node, sibling: Node) {
    if !line.is_folded() {
        line.children = vec![line.clone()];
        line.node_name = None;
    }
    line.unchanged_since = line.unchanged_since.max(sibling.unchanged_since);
    line.ids.extend(sibling.ids.iter().cloned());
    line.children.push(sibling);
}

fn are_equal(one: &Node, other: &Node) -> bool {
    matches!(one.kind, Kind::Machine | Kind::MachineRequest)
        && one.kind == other.kind
        && one.status == other.status
        && one.waits_for == other.waits_for
}
