//! `omni_kubernetes_manifest`: Kubernetes objects that Omni applies to a cluster.

mod convert;
mod resource;
mod review;

use tfplugin::types::Timeouts;
use tfplugin::{Attr, Object};

pub use resource::KubernetesManifestResource;

use crate::values::Yaml;

/// Kubernetes objects that Omni applies to a cluster, as soon as its API answers, without a kubeconfig.
///
/// For what a cluster needs before anybody logs in: a network plugin, a namespace, the agent of a deployment tool. A manifest may come
/// before the cluster has machines.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "kubernetes_manifest", version = 1, identity(id))]
pub struct KubernetesManifest {
    /// Name of the manifest. Changing it replaces the manifest.
    #[attr(required, replace)]
    pub name: Attr<String>,
    /// Cluster that the objects are applied to. Changing it replaces the manifest.
    #[attr(required, replace)]
    pub cluster: Attr<String>,
    /// `full`: Omni keeps the objects as they are written here, and removes those that are taken out. `one-time`: Omni applies them once
    /// and leaves them alone afterwards.
    #[attr(required)]
    pub mode: Attr<String>,
    /// The objects: YAML documents, as `kubectl apply` takes them. Compared by meaning: formatting makes no difference.
    #[attr(required)]
    pub data: Attr<Yaml>,
    /// Order among the manifests of a cluster, from 0 to 999; the lower one is applied first. Changing it replaces the manifest.
    #[attr(default = 400_u32, replace)]
    pub weight: Attr<u32>,
    /// How long each operation may take.
    #[attr(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
    pub timeouts: Attr<Timeouts>,
    /// Id of the manifest: `<weight, 3 digits>-<cluster>-<name>`.
    #[attr(computed)]
    pub id: Attr<String>,
}
