//! `omni_kubeconfig`: access to a cluster's Kubernetes API, never in a state.

mod parse;

use std::time::Duration as StdDuration;

use jiff::{SignedDuration, Timestamp};
use omni_api::kind;
use omni_client::management::KubeconfigKind;
use tfplugin::objects::{Cx, Ephemeral, Opened};
use tfplugin::types::{Duration, Secret};
use tfplugin::{Attr, Diagnostic, Diagnostics, Object};

use crate::session::{Session, explain};

/// The longest lifetime of a token that Omni accepts: ten years.
const LONGEST: StdDuration = StdDuration::from_hours(10 * 365 * 24);
const SERVICE_ACCOUNT: &str = "service_account";
const OIDC: &str = "oidc";

/// Access to the Kubernetes API of a cluster, for the kubernetes and helm providers. It is never in a plan or a state.
///
/// Reference `omni_cluster_readiness.….id` in `cluster`: it is not known before the cluster is ready, so that nothing asks for access too
/// early. On the embedded plane the token is real, but no Kubernetes API answers at the host.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "kubeconfig")]
pub struct Kubeconfig {
    /// Name of the cluster.
    #[attr(required)]
    pub cluster: Attr<String>,
    /// `service_account` (a token, where it is not set) or `oidc` (a login in a browser, for people).
    #[attr(optional)]
    pub r#type: Attr<String>,
    /// User that Kubernetes sees; `terraform` where it is not set.
    #[attr(optional)]
    pub user: Attr<String>,
    /// Groups of the user; `["system:masters"]` where it is not set.
    #[attr(optional)]
    pub groups: Attr<Vec<Attr<String>>>,
    /// How long the token is valid; `1h` where it is not set.
    #[attr(optional)]
    pub ttl: Attr<Duration>,
    /// The whole kubeconfig, YAML.
    #[attr(computed, sensitive)]
    pub raw: Attr<Secret>,
    /// Address of the Kubernetes API.
    #[attr(computed)]
    pub host: Attr<String>,
    /// Bearer token; null with `oidc`.
    #[attr(computed, sensitive)]
    pub token: Attr<Secret>,
    /// Certificate of the authority that signed the API's certificate, PEM; null where the system's authorities apply.
    #[attr(computed)]
    pub ca_certificate: Attr<String>,
    /// When the token ends, RFC 3339; null with `oidc`.
    #[attr(computed)]
    pub expires_at: Attr<String>,
}

/// The ephemeral resource `omni_kubeconfig`.
#[derive(Debug, Default)]
pub struct KubeconfigEphemeral;

// === impl KubeconfigEphemeral ===

impl Ephemeral for KubeconfigEphemeral {
    type Session = Session;
    type Model = Kubeconfig;

    fn validate(&self, config: &Kubeconfig, diagnostics: &mut Diagnostics) {
        if let Some(other) = config
            .r#type
            .as_str()
            .filter(|kind| ![SERVICE_ACCOUNT, OIDC].contains(kind))
        {
            diagnostics.push(
                Diagnostic::error("Unknown type of kubeconfig")
                    .detail(format!(
                        "`type` is \"{SERVICE_ACCOUNT}\" or \"{OIDC}\", not {other:?}."
                    ))
                    .at_attribute("type"),
            );
        }
        if let Attr::Known(ttl) = &config.ttl
            && (ttl.get().is_zero() || ttl.get() > LONGEST)
        {
            diagnostics.push(
                Diagnostic::error("Invalid lifetime of a token")
                    .detail("A token lives longer than nothing and at most ten years.")
                    .at_attribute("ttl"),
            );
        }
    }

    async fn open(
        &self,
        cx: &Cx<Session>,
        config: Kubeconfig,
    ) -> Result<Opened<Kubeconfig>, Diagnostics> {
        let client = cx.session().client().await?;
        let cluster = config.cluster.as_str().unwrap_or_default();
        let failed = |error| {
            explain::failed(
                &format!("get a kubeconfig of the cluster {cluster:?}"),
                &error,
            )
        };
        if client
            .cache()
            .get::<kind::Cluster>(cluster, None)
            .await
            .map_err(failed)?
            .is_none()
        {
            return Err(too_early(cluster).into());
        }
        let ttl = config
            .ttl
            .as_known()
            .map_or(StdDuration::from_hours(1), Duration::get);
        let token = config.r#type.as_str() != Some(OIDC);
        let kind = if token {
            service_account(&config, ttl)
        } else {
            KubeconfigKind::Oidc
        };
        let began = Timestamp::now();
        let text = client
            .management()
            .kubeconfig(cluster, &kind)
            .await
            .map_err(failed)?;
        let parsed = parse::kubeconfig(text.expose()).map_err(|error| {
            Diagnostic::error("The kubeconfig cannot be read").detail(format!(
                "Omni's answer is not in the form of a kubeconfig: {error}."
            ))
        })?;
        let end = SignedDuration::try_from(ttl)
            .ok()
            .and_then(|ttl| began.saturating_add(ttl).ok());
        let result = Kubeconfig {
            raw: Attr::Known(Secret::new(text.expose())),
            host: Attr::Known(parsed.host),
            token: Attr::from(parsed.token),
            ca_certificate: Attr::from(parsed.ca_certificate),
            expires_at: Attr::from(end.filter(|_| token).map(|end| end.to_string())),
            ..config
        };
        Ok(result.into())
    }
}

fn service_account(config: &Kubeconfig, ttl: StdDuration) -> KubeconfigKind {
    let groups = match &config.groups {
        Attr::Known(groups) => groups
            .iter()
            .filter_map(|group| group.clone().known())
            .collect(),
        Attr::Null | Attr::Unknown => vec!["system:masters".to_owned()],
    };
    KubeconfigKind::ServiceAccount {
        user: config.user.as_str().unwrap_or("terraform").to_owned(),
        groups,
        ttl,
    }
}

/// Terraform opens an ephemeral resource as soon as its configuration is known; waiting here would hang the plan.
pub fn too_early(cluster: &str) -> Diagnostic {
    Diagnostic::error("The cluster does not exist yet")
        .detail(format!(
            "There is no cluster {cluster:?} in this account. Terraform opens ephemeral resources as soon as their configuration is known, and \
             this name was known already."
        ))
        .remedy("Set `cluster` to `omni_cluster_readiness.….id`, which is not known before the cluster is ready.")
        .at_attribute("cluster")
}
