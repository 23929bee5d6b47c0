//! Files that lead past Omni: certificates of a cluster's own authorities.
//!
//! Only where the plane was started for it. A cluster of which somebody has such a file is tainted until both its authorities were replaced.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omni_api::selector::Term;
use omni_api::specs::cluster_secrets_spec::certs::Ca;
use omni_api::specs::secret_rotation_spec::Component;
use omni_api::{Kind, Version, kind, labels, management as api};
use tonic::Status;

use super::{Management, refused};
use crate::api::caller::Caller;
use crate::audit::AuditLog;
use crate::controllers::{Bundle, CLUSTER_STATUS};
use crate::instance;
use crate::pki::{self, Subject, Usage};
use crate::store::{Key, Query};

/// Whom Kubernetes takes the bearer of a kubeconfig for.
const ADMIN: Subject = Subject {
    name: Some("omni:admin"),
    organization: "system:masters",
    usage: Usage::SignatureAndKeys,
};

/// Whom Talos takes the bearer of a talosconfig for.
const OPERATOR: Subject = Subject {
    name: None,
    organization: "os:operator",
    usage: Usage::Signature,
};

/// How far clocks of nodes may be behind.
const SKEW: std::time::Duration = std::time::Duration::from_secs(10);

const TALOSCONFIG: &str = "management.ManagementService/Talosconfig";

impl Management {
    /// A kubeconfig with an Admin's certificate.
    pub(super) async fn break_glass_kubeconfig(
        &self,
        cluster: Option<String>,
    ) -> Result<api::KubeconfigResponse, Status> {
        let cluster = self.under_glass(cluster)?;
        let balancer = self.store.peek::<kind::LoadBalancerConfig>(&cluster);
        // Omni keeps the file as a resource, once there are secrets and a load balancer.
        let missing = || not_there::<kind::Kubeconfig>(&cluster);
        let (balancer, bundle) = balancer.zip(self.bundle(&cluster)?).ok_or_else(missing)?;
        let server = if let Some(address) = self.control_planes(&cluster).first() {
            format!("https://{}:6443", bracketed(address))
        } else {
            format!("https://localhost:{}", balancer.spec.bind_port)
        };
        let authority = bundle.authority(Component::KubernetesCa);
        let since = self.store.clock().wall().saturating_sub(SKEW);
        let admin = issue(&authority, ADMIN, since)?;
        self.taint(&cluster)?;
        self.acknowledge().await?;
        Ok(api::KubeconfigResponse {
            kubeconfig: kubeconfig(&cluster, &server, &authority, &admin).into_bytes(),
        })
    }

    /// A talosconfig with an operator's certificate.
    pub(super) async fn break_glass_talosconfig(
        &self,
        caller: &Caller,
        cluster: Option<String>,
    ) -> Result<api::TalosconfigResponse, Status> {
        let cluster = self.under_glass(cluster)?;
        let bundle = self.bundle(&cluster)?;
        let bundle = bundle.ok_or_else(|| not_there::<kind::ClusterSecrets>(&cluster))?;
        let authority = bundle.authority(Component::TalosCa);
        let operator = issue(&authority, OPERATOR, self.store.clock().wall())?;
        let endpoints = self.control_planes(&cluster);
        AuditLog::new(self.store.clone())
            .talos_access(&caller.author(), TALOSCONFIG, &cluster, "")
            .map_err(|error| refused(&error))?;
        self.taint(&cluster)?;
        self.acknowledge().await?;
        Ok(api::TalosconfigResponse {
            talosconfig: talosconfig(&cluster, &endpoints, &authority, &operator).into_bytes(),
        })
    }

    /// The cluster, where such files are given out at all.
    pub(super) fn under_glass(&self, cluster: Option<String>) -> Result<String, Status> {
        if !instance::of(&self.store).enable_break_glass_configs {
            return Err(Status::permission_denied("not allowed"));
        }
        cluster.ok_or_else(|| Status::invalid_argument("cluster name is required"))
    }

    fn bundle(&self, cluster: &str) -> Result<Option<Bundle>, Status> {
        let secrets = self.store.peek::<kind::ClusterSecrets>(cluster);
        let bundle = secrets.map(|secrets| Bundle::read(&secrets.spec.data));
        bundle
            .transpose()
            .map_err(|error| Status::unknown(error.to_string()))
    }

    /// The addresses of the cluster's control planes.
    fn control_planes(&self, cluster: &str) -> Vec<String> {
        let query = Query::cluster(cluster).and(Term::exists(labels::CONTROL_PLANE_ROLE));
        let machines = self.store.peek_all::<kind::ClusterMachineIdentity>(&query);
        let addresses = machines.iter().flat_map(|machine| &machine.spec.node_ips);
        addresses.cloned().collect()
    }

    /// Marks the cluster as one that somebody reaches past Omni, as of now.
    fn taint(&self, cluster: &str) -> Result<(), Status> {
        if self.store.peek::<kind::ClusterStatus>(cluster).is_none() {
            return Err(not_there::<kind::ClusterStatus>(cluster));
        }
        let now = self.store.clock().moment().since_unix().as_secs();
        let tainted = self
            .store
            .put::<kind::ClusterStatus>(CLUSTER_STATUS, cluster, |status| {
                let label = labels::CLUSTER_TAINTED_BY_BREAK_GLASS.to_owned();
                status.metadata.labels.insert(label, String::new());
                let note = labels::TAINTED_BY_BREAK_GLASS_TIMESTAMP.to_owned();
                status.metadata.annotations.insert(note, now.to_string());
            });
        tainted.map(drop).map_err(|error| refused(&error))
    }
}

fn issue(authority: &Ca, subject: Subject, since: std::time::Duration) -> Result<Ca, Status> {
    let issued = pki::issue(authority, subject, since);
    issued.map_err(|error| Status::unknown(error.to_string()))
}

fn not_there<K: Kind>(id: &str) -> Status {
    let missing = Key::of::<K>(id).at(Version::UNDEFINED);
    Status::unknown(format!("resource {missing} doesn't exist"))
}

/// An address as a URL has it.
fn bracketed(address: &str) -> String {
    if address.contains(':') {
        format!("[{address}]")
    } else {
        address.to_owned()
    }
}

fn kubeconfig(cluster: &str, server: &str, authority: &Ca, admin: &Ca) -> String {
    let [ca, crt, key] = [&authority.crt, &admin.crt, &admin.key].map(|part| STANDARD.encode(part));
    format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {ca}\n    server: {server}\n  name: {cluster}\n\
         contexts:\n- context:\n    cluster: {cluster}\n    namespace: default\n    user: admin@{cluster}\n  name: admin@{cluster}\n\
         current-context: admin@{cluster}\nkind: Config\nusers:\n- name: admin@{cluster}\n  user:\n    \
         client-certificate-data: {crt}\n    client-key-data: {key}\n"
    )
}

fn talosconfig(cluster: &str, endpoints: &[String], authority: &Ca, operator: &Ca) -> String {
    let [ca, crt, key] =
        [&authority.crt, &operator.crt, &operator.key].map(|part| STANDARD.encode(part));
    let listed: String = endpoints
        .iter()
        .map(|endpoint| format!("\n            - {endpoint}"))
        .collect();
    let endpoints = if listed.is_empty() { " []" } else { &listed };
    format!(
        "context: {cluster}\ncontexts:\n    {cluster}:\n        endpoints:{endpoints}\n        ca: {ca}\n        crt: {crt}\n        \
         key: {key}\n"
    )
}
