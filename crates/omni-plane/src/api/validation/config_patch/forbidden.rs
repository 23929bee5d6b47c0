//! What a patch may not touch, because Omni keeps it: identities, secrets, the installer.

use super::tree::{Node, Value};

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

const DOCUMENTS: [&str; 6] = [
    "UnattendedInstallConfig",
    "DiscoveryIdentityConfig",
    "KubeClusterConfig",
    "KubeEtcdEncryptionConfig",
    "KubeAPIServerCAConfig",
    "KubeAggregatorCAConfig",
];

/// The role that nobody but Omni may give away.
const ADMIN: &str = "os:admin";

/// What is wrong with one document.
pub(super) fn in_document(document: &Node) -> Vec<String> {
    let kind = document.get("kind").and_then(|kind| kind.text());
    let (fields, roles): (&[&str], _) = match kind {
        Some(kind) if DOCUMENTS.contains(&kind) => {
            return vec![format!(
                "the {kind:?} document is not allowed in the config patch"
            )];
        }
        None => (
            &FIELDS,
            Some("machine.features.kubernetesTalosAPIAccess.allowedRoles"),
        ),
        Some("KubeServiceAccountConfig") => (&["issuer.privateKey"], None),
        Some("KubeTalosAPIAccessConfig") => (&[], Some("allowedRoles")),
        Some(_) => (&[], None),
    };
    let set = fields.iter().filter(|field| document.at(field).is_some());
    let mut texts: Vec<String> = set
        .map(|field| format!("overriding {field:?} is not allowed in the config patch"))
        .collect();
    if let Some(field) = roles
        && let Some(Value::List(items)) = document.at(field).map(|node| &node.value)
        && items.iter().any(|item| item.text() == Some(ADMIN))
    {
        texts.push(format!(
            "element {ADMIN:?} is not allowed in field {field:?}"
        ));
    }
    texts
}
