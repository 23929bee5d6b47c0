//! Fields of the machine configuration that Omni owns: a patch that sets one is refused at plan, as the server refuses it.

use serde_json::Value;

/// Fields that belong to Omni, as paths into the configuration document.
const FIELDS: [&str; 16] = [
    "cluster.clusterName",
    "cluster.id",
    "cluster.controlPlane.endpoint",
    "cluster.token",
    "cluster.secret",
    "cluster.aescbcEncryptionSecret",
    "cluster.secretboxEncryptionSecret",
    "cluster.ca",
    "cluster.acceptedCAs",
    "cluster.serviceAccount",
    "machine.token",
    "machine.ca",
    "machine.type",
    "machine.install.disk",
    "machine.install.extensions",
    "machine.acceptedCAs",
];

/// Documents that belong to Omni, by their `kind`.
const DOCUMENTS: [&str; 5] = [
    "UnattendedInstallConfig",
    "KubeClusterConfig",
    "KubeEtcdEncryptionConfig",
    "KubeAPIServerCAConfig",
    "KubeAggregatorCAConfig",
];

/// A role that would let pods take the machine over.
const ADMIN_ROLE: &str = "os:admin";

/// Why the documents are not allowed; empty when they are.
pub fn reasons(documents: &[Value]) -> Vec<String> {
    documents.iter().flat_map(document_reasons).collect()
}

fn document_reasons(document: &Value) -> Vec<String> {
    let Some(kind) = document.get("kind").and_then(Value::as_str) else {
        return legacy_reasons(document);
    };
    if DOCUMENTS.contains(&kind) || kind.starts_with("DiscoveryIdentity") {
        return vec![format!(
            "the {kind:?} document is not allowed in the config patch"
        )];
    }
    match kind {
        "KubeServiceAccountConfig" => overriding(document, "issuer.privateKey")
            .into_iter()
            .collect(),
        "KubeTalosAPIAccessConfig" => admin(
            document,
            "allowedRoles",
            "KubeTalosAPIAccessConfig.allowedRoles",
        )
        .into_iter()
        .collect(),
        _ => Vec::new(),
    }
}

fn legacy_reasons(document: &Value) -> Vec<String> {
    const ROLES: &str = "machine.features.kubernetesTalosAPIAccess.allowedRoles";
    let fields = FIELDS
        .iter()
        .filter_map(|field| overriding(document, field));
    fields.chain(admin(document, ROLES, ROLES)).collect()
}

fn overriding(document: &Value, field: &str) -> Option<String> {
    let value = lookup(document, field)?;
    (!value.is_null()).then(|| format!("overriding {field:?} is not allowed in the config patch"))
}

fn admin(document: &Value, field: &str, name: &str) -> Option<String> {
    let roles = lookup(document, field)?.as_array()?;
    let found = roles.iter().any(|role| role.as_str() == Some(ADMIN_ROLE));
    found.then(|| format!("element {ADMIN_ROLE:?} is not allowed in field {name:?}"))
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
    }

    #[test]
    fn documents_that_omni_owns_are_named() {
        let document = json!({ "apiVersion": "v1alpha1", "kind": "KubeClusterConfig" });
        assert_eq!(
            reasons(&[document]),
            ["the \"KubeClusterConfig\" document is not allowed in the config patch"]
        );
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
