//! Parts of the machine configuration that Omni owns: a patch that sets one which every Omni refuses is refused offline.
//!
//! Servers differ in the rest; the plan asks the server that it is for.

use omni_api::forbidden::{self, ADMIN_ROLE, Level};
use serde_json::Value;

/// What every server that we speak with refuses.
const EVERYWHERE: Level = Level::Fields;

/// Why the documents are not allowed; empty when they are.
pub fn reasons(documents: &[Value]) -> Vec<String> {
    documents
        .iter()
        .enumerate()
        .filter(|(index, _)| EVERYWHERE.looks_at(*index))
        .flat_map(|(_, document)| document_reasons(document))
        .collect()
}

fn document_reasons(document: &Value) -> Vec<String> {
    let kind = document.get("kind").and_then(Value::as_str);
    let rules = EVERYWHERE.rules(kind);
    let set = |field: &&&str| lookup(document, field).is_some();
    let mut reasons: Vec<String> = rules
        .fields
        .iter()
        .filter(set)
        .map(|field| forbidden::field_refused(field))
        .collect();
    reasons.extend(
        rules
            .roles
            .filter(|field| gives_admin(document, field))
            .map(forbidden::role_refused),
    );
    reasons
}

fn gives_admin(document: &Value, field: &str) -> bool {
    let roles = lookup(document, field).and_then(Value::as_array);
    roles.is_some_and(|roles| roles.iter().any(|role| role.as_str() == Some(ADMIN_ROLE)))
}

fn lookup<'a>(document: &'a Value, field: &str) -> Option<&'a Value> {
    field
        .split('.')
        .try_fold(document, |value, key| value.get(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_that_omni_owns_are_named() {
        let document = json!({ "cluster": { "clusterName": "x" }, "machine": { "type": "worker", "network": {} } });
        let expected = [
            "overriding \"cluster.clusterName\" is not allowed in the config patch",
            "overriding \"machine.type\" is not allowed in the config patch",
        ];
        assert_eq!(reasons(&[document]), expected);
        let emptied = json!({ "machine": { "token": null } });
        assert_eq!(reasons(&[emptied]).len(), 1, "to empty it is to set it");
    }

    #[test]
    fn what_only_some_servers_refuse_is_left_to_the_server() {
        for document in [
            json!({ "machine": { "install": { "disk": "/dev/sda" } } }),
            json!({ "cluster": { "ca": { "crt": "x" } } }),
            json!({ "apiVersion": "v1alpha1", "kind": "KubeClusterConfig" }),
        ] {
            assert_eq!(
                reasons(std::slice::from_ref(&document)),
                [""; 0],
                "{document}"
            );
        }
    }

    #[test]
    fn the_admin_role_is_refused_and_others_are_not() {
        let access = |role: &str| json!({ "machine": { "features": { "kubernetesTalosAPIAccess": { "allowedRoles": [role] } } } });
        assert_eq!(reasons(&[access("os:admin")]).len(), 1);
        assert!(reasons(&[access("os:reader")]).is_empty());
    }

    #[test]
    fn an_ordinary_patch_is_allowed() {
        assert!(
            reasons(&[json!({ "machine": { "network": { "kubespan": { "enabled": true } } } })])
                .is_empty()
        );
        assert!(reasons(&[json!("text"), json!([1])]).is_empty());
    }
}
