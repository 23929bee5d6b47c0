//! What the Talos loader asks of the documents of a configuration.

use std::collections::HashSet;
use std::rc::Rc;

use super::tree::{self, Node, Value};
use super::{keys, types};

/// Keys by which the loader knows the one document without a kind.
const LEGACY: [&str; 4] = ["machine", "cluster", "debug", "persist"];

/// Reads the documents of a patch; the error is the loader's text.
pub(super) fn load(data: &str) -> Result<Vec<Rc<Node>>, String> {
    let nodes = tree::parse(data).map_err(|error| format!("decode error: yaml: {error}"))?;
    let mut known = HashSet::new();
    let mut documents = Vec::new();
    for node in nodes {
        let line = node.line;
        if node.tag() == "!!null" || deletes(&node) {
            continue;
        }
        if !matches!(node.value, Value::Map(_)) {
            return Err(format!("expected a YAML document at line {line}"));
        }
        let field = |key: &str| {
            node.get(key)
                .and_then(|value| value.text())
                .unwrap_or_default()
                .to_owned()
        };
        let kind = Some(field("kind")).filter(|kind| !kind.is_empty());
        let name = format!(
            "{}/{}/{}",
            field("apiVersion"),
            kind.as_deref().unwrap_or("v1alpha1"),
            field("name")
        );
        if !known.insert(name.clone()) {
            return Err(format!(
                "duplicate document {name} is not allowed (line {line})"
            ));
        }
        decode(&node, kind.as_deref())
            .map_err(|error| format!("error decoding document {name} (line {line}): {error}"))?;
        documents.push(node);
    }
    Ok(documents)
}

fn decode(node: &Node, kind: Option<&str>) -> Result<(), String> {
    let legacy = LEGACY.iter().any(|key| node.get(key).is_some());
    let version = node
        .get("apiVersion")
        .and_then(|version| version.text())
        .unwrap_or_default();
    match kind {
        None if legacy || version == "v1alpha1" => {
            types::check(node).and_then(|()| keys::check(node))
        }
        None => Err("missing kind".to_owned()),
        Some(_) if version.is_empty() && !legacy => Err("missing apiVersion".to_owned()),
        Some(_) => Ok(()),
    }
}

/// Whether a mapping only says that what it names is to be deleted.
pub(super) fn deletes(node: &Node) -> bool {
    node.get("$patch").and_then(|patch| patch.text()) == Some("delete")
}
