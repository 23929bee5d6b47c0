//! Joins equal siblings: ten machines that all run well are one line.
//!
//! Siblings are equal when they are of one kind, in the same state and wait for the same. Those that wait keep their ids.

use super::node::{Kind, Node};

/// The same tree with equal machines joined.
#[must_use]
pub fn fold(mut node: Node) -> Node {
    let mut folded: Vec<Node> = Vec::new();
    for child in node.children {
        let child = fold(child);
        match folded.iter_mut().find(|other| are_equal(other, &child)) {
            Some(other) => {
                other.ids.extend(child.ids);
                other.node_name = None;
                other.last_change = other.last_change.take().max(child.last_change);
            }
            None => folded.push(child),
        }
    }
    node.children = folded;
    node
}

fn are_equal(one: &Node, other: &Node) -> bool {
    matches!(one.kind, Kind::Machine | Kind::MachineRequest)
        && one.kind == other.kind
        && one.status == other.status
        && one.waits_for == other.waits_for
}
