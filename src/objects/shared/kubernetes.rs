//! Objects of Kubernetes, as they stand in YAML: what each is, and what keeps it from being one.
//!
//! Only what Kubernetes says of every object is judged, and the scope of its built-in kinds; what a custom resource looks like is
//! known to the cluster alone.

use std::fmt;

use serde_json::Value;

/// Which object a document is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectRef {
    /// API group; empty for the core.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Namespace; empty for objects of the cluster.
    pub namespace: String,
    /// Name.
    pub name: String,
}

/// Why a document is no object that Omni can apply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is a text, a number or a list.
    #[error("it is no mapping")]
    NoMapping,
    /// A field is missing, empty, or no text.
    #[error("it has no `{0}`")]
    Missing(&'static str),
    /// Several objects in one.
    #[error("it is a list of objects, and Omni applies objects one by one")]
    List,
    /// Its name is to be made up by Kubernetes.
    #[error(
        "it has `metadata.generateName`, and an object without a name of its own cannot be applied again"
    )]
    GeneratedName,
    /// Objects of this kind live in a namespace.
    #[error("it has no `metadata.namespace`, and a {0} lives in one")]
    NoNamespace(String),
}

/// Groups and kinds of Kubernetes itself whose objects live in a namespace.
const NAMESPACED: [(&str, &[&str]); 10] = [
    (
        "",
        &[
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "PersistentVolumeClaim",
            "Pod",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
        ],
    ),
    (
        "apps",
        &[
            "ControllerRevision",
            "DaemonSet",
            "Deployment",
            "ReplicaSet",
            "StatefulSet",
        ],
    ),
    ("autoscaling", &["HorizontalPodAutoscaler"]),
    ("batch", &["CronJob", "Job"]),
    ("coordination.k8s.io", &["Lease"]),
    ("discovery.k8s.io", &["EndpointSlice"]),
    ("events.k8s.io", &["Event"]),
    ("networking.k8s.io", &["Ingress", "NetworkPolicy"]),
    ("policy", &["PodDisruptionBudget"]),
    ("rbac.authorization.k8s.io", &["Role", "RoleBinding"]),
];

// === impl ObjectRef ===

impl ObjectRef {
    /// The object of a document.
    ///
    /// # Errors
    /// What keeps it from being one.
    pub fn of(document: &Value) -> Result<Self, Flaw> {
        let Some(fields) = document.as_object() else {
            return Err(Flaw::NoMapping);
        };
        let text = |value: Option<&Value>, field| match value.and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(Flaw::Missing(field)),
        };
        let version = text(fields.get("apiVersion"), "apiVersion")?;
        let kind = text(fields.get("kind"), "kind")?;
        if kind.ends_with("List") && fields.contains_key("items") {
            return Err(Flaw::List);
        }
        let metadata = fields.get("metadata").unwrap_or(&Value::Null);
        let name = text(metadata.get("name"), "metadata.name").map_err(|missing| match metadata
            .get("generateName")
        {
            Some(_) => Flaw::GeneratedName,
            None => missing,
        })?;
        let group = version.rsplit_once('/').map_or("", |(group, _)| group);
        let object = Self {
            group: group.to_owned(),
            kind,
            namespace: metadata
                .get("namespace")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            name,
        };
        if object.namespace.is_empty() && object.is_namespaced() {
            return Err(Flaw::NoNamespace(object.kind));
        }
        Ok(object)
    }

    fn is_namespaced(&self) -> bool {
        NAMESPACED
            .iter()
            .any(|(group, kinds)| *group == self.group && kinds.contains(&self.kind.as_str()))
    }
}

/// As Omni writes it in the status of a cluster's manifests.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            namespace,
            name,
            ..
        } = self;
        if namespace.is_empty() {
            write!(f, "{kind}/{name}")
        } else {
            write!(f, "{kind}/{namespace}/{name}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_is_its_group_kind_namespace_and_name() {
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": { "name": "reader", "namespace": "apps" },
        });
        let object = ObjectRef::of(&role).expect("an object");
        assert_eq!(object.group, "rbac.authorization.k8s.io");
        assert_eq!(object.to_string(), "Role/apps/reader");
        let space =
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "apps" } });
        assert_eq!(
            ObjectRef::of(&space).map(|object| object.to_string()),
            Ok("Namespace/apps".to_owned())
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let flaw = |document| ObjectRef::of(&document).expect_err("no object");
        assert_eq!(flaw(json!("text")), Flaw::NoMapping);
        assert_eq!(flaw(json!({ "kind": "Pod" })), Flaw::Missing("apiVersion"));
        assert_eq!(
            flaw(json!({ "apiVersion": "v1", "kind": 1 })),
            Flaw::Missing("kind")
        );
        assert_eq!(
            flaw(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "" } })),
            Flaw::Missing("metadata.name")
        );
        assert_eq!(
            flaw(
                json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "generateName": "a-" } })
            ),
            Flaw::GeneratedName
        );
        assert_eq!(
            flaw(json!({ "apiVersion": "v1", "kind": "List", "items": [] })),
            Flaw::List
        );
    }

    #[test]
    fn built_in_kinds_that_live_in_a_namespace_need_one_and_unknown_kinds_do_not() {
        let object = |version: &str, kind: &str| {
            ObjectRef::of(
                &json!({ "apiVersion": version, "kind": kind, "metadata": { "name": "x" } }),
            )
        };
        assert_eq!(
            object("apps/v1", "Deployment"),
            Err(Flaw::NoNamespace("Deployment".into()))
        );
        assert!(object("example.com/v1", "Deployment").is_ok());
        assert!(object("v1", "Node").is_ok());
    }
}
