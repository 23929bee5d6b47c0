//! What a patch may not touch, because Omni keeps it: identities, secrets, the installer.

use omni_api::forbidden::{self, ADMIN_ROLE, Level};

use super::tree::{Node, Value};

/// What is wrong with one document, to a server that has so much of the list.
pub(super) fn in_document(document: &Node, level: Level) -> Vec<String> {
    let kind = document.get("kind").and_then(|kind| kind.text());
    let rules = level.rules(kind);
    if rules.document {
        return kind.map(forbidden::document_refused).into_iter().collect();
    }
    let set = |field: &&&str| document.at(field).is_some();
    let mut texts: Vec<String> = rules
        .fields
        .iter()
        .filter(set)
        .map(|field| forbidden::field_refused(field))
        .collect();
    texts.extend(
        rules
            .roles
            .filter(|field| gives_admin(document, field))
            .map(forbidden::role_refused),
    );
    texts
}

fn gives_admin(document: &Node, field: &str) -> bool {
    let Some(Value::List(items)) = document.at(field).map(|node| &node.value) else {
        return false;
    };
    items.iter().any(|item| item.text() == Some(ADMIN_ROLE))
}
