//! Kubeconfigs: for people by way of OIDC, for services with a signed token, and [past Omni](super::break_glass).

use omni_api::{Role, Version, kind, management as api};
use prost_types::Duration;
use serde_json::json;
use tonic::{Request, Status};

use super::{Management, context};
use crate::api::validation::go_duration;
use crate::store::Key;

/// The longest life of a token: ten years.
const LIFETIME: Duration = Duration {
    seconds: 10 * 365 * 24 * 3600,
    nanos: 0,
};

impl Management {
    pub(super) async fn make_kubeconfig(
        &self,
        request: Request<api::KubeconfigRequest>,
    ) -> Result<api::KubeconfigResponse, Status> {
        if request.get_ref().break_glass {
            context::with_role(&request, Role::Admin)?;
            return self
                .break_glass_kubeconfig(context::cluster(&request))
                .await;
        }
        let cluster = context::cluster(&request);
        let least = if request.get_ref().service_account {
            Role::Operator
        } else {
            Role::Reader
        };
        let caller = self.on_cluster(&request, cluster.as_deref(), least)?;
        let cluster =
            cluster.ok_or_else(|| Status::invalid_argument("cluster name is not in context"))?;
        let request = request.into_inner();
        let kubeconfig = if request.service_account {
            let token = self.token(&cluster, &request).await?;
            self.with_token(&cluster, &request.service_account_user, &token)
        } else {
            self.with_login(&cluster, &caller.identity, &request)?
        };
        Ok(api::KubeconfigResponse {
            kubeconfig: kubeconfig.into_bytes(),
        })
    }

    fn with_login(
        &self,
        cluster: &str,
        identity: &str,
        request: &api::KubeconfigRequest,
    ) -> Result<String, Status> {
        let name = format!("{}-{cluster}", self.account());
        let user = format!("{name}-{identity}");
        let (issuer, proxy) = (
            format!("{}/oidc", self.endpoints.api),
            &self.endpoints.kubernetes,
        );
        let mut arguments = vec![
            "oidc-login".to_owned(),
            "get-token".to_owned(),
            format!("--oidc-issuer-url={issuer}"),
            "--oidc-client-id=native".to_owned(),
            format!("--oidc-extra-scope=cluster:{cluster}"),
        ];
        match request.grant_type.as_str() {
            "" => {}
            grant @ ("auto" | "authcode" | "authcode-keyboard") => arguments.extend([
                format!("--grant-type={grant}"),
                "--oidc-redirect-url=urn:ietf:wg:oauth:2.0:oob".to_owned(),
            ]),
            other => {
                return Err(Status::invalid_argument(format!(
                    "invalid grant type {other:?}"
                )));
            }
        }
        if let Some(folder) = cache(request, &user) {
            arguments.push(format!("--token-cache-dir={folder}"));
        }
        let arguments: String = arguments
            .iter()
            .map(|one| format!("        - {one}\n"))
            .collect();
        Ok(format!(
            "apiVersion: v1\nkind: Config\nclusters:\n  - cluster:\n      server: {proxy}\n    name: {name}\n\
             contexts:\n  - context:\n      cluster: {name}\n      namespace: default\n      user: {user}\n    \
             name: {name}\ncurrent-context: {name}\nusers:\n- name: {user}\n  user:\n    exec:\n      \
             apiVersion: client.authentication.k8s.io/v1\n      args:\n{arguments}      command: kubectl\n      \
             env: null\n      interactiveMode: IfAvailable\n      provideClusterInfo: false\n"
        ))
    }

    fn with_token(&self, cluster: &str, user: &str, token: &str) -> String {
        let name = format!("{}-{cluster}-{user}", self.account());
        let proxy = &self.endpoints.kubernetes;
        format!(
            "apiVersion: v1\nclusters:\n- cluster:\n    server: {proxy}\n  name: {name}\ncontexts:\n- context:\n    \
             cluster: {name}\n    namespace: default\n    user: {name}\n  name: {name}\ncurrent-context: {name}\n\
             kind: Config\nusers:\n- name: {name}\n  user:\n    token: {token}\n"
        )
    }

    /// A token by which Omni's Kubernetes proxy knows the service.
    async fn token(
        &self,
        cluster: &str,
        request: &api::KubeconfigRequest,
    ) -> Result<String, Status> {
        let lifetime = lifetime(request)?;
        let uuid = self
            .store
            .peek::<kind::ClusterUuid>(cluster)
            .ok_or_else(|| {
                let missing = Key::of::<kind::ClusterUuid>(cluster).at(Version::UNDEFINED);
                Status::unknown(format!(
                    "failed to get cluster UUID: resource {missing} doesn't exist"
                ))
            })?;
        let now = self.store.clock().wall().as_secs();
        let key = self.signing_key()?;
        // The key must not be lost while a token that it signed lives.
        self.acknowledge().await?;
        Ok(key.token(&json!({
            "iat": now,
            "iss": format!("omni-{}-service-account-issuer", self.account()),
            "exp": now + lifetime,
            "sub": request.service_account_user,
            "groups": request.service_account_groups,
            "cluster": cluster,
            "cluster_uuid": uuid.spec.uuid,
        })))
    }
}

/// How long the token shall live, in seconds.
fn lifetime(request: &api::KubeconfigRequest) -> Result<u64, Status> {
    let refuse = |text: &str| Err(Status::invalid_argument(text));
    if request.service_account_user.is_empty() {
        return refuse("service account user name is not set");
    }
    let Some(ttl) = request.service_account_ttl else {
        return refuse("service account ttl is not set");
    };
    if ttl.seconds < 0 || (ttl.seconds == 0 && ttl.nanos <= 0) {
        return refuse("service account ttl is must be positive");
    }
    if (ttl.seconds, ttl.nanos) > (LIFETIME.seconds, LIFETIME.nanos) {
        let most = go_duration(&LIFETIME);
        return refuse(&format!(
            "service account ttl is too long (max allowed: {most})"
        ));
    }
    Ok(u64::try_from(ttl.seconds).unwrap_or_default())
}

/// Where kubectl's plugin keeps its tokens; its own place where nothing is asked for.
fn cache(request: &api::KubeconfigRequest, user: &str) -> Option<String> {
    let base = request.oidc_cache_base_dir.trim_end_matches('/');
    match (base, request.oidc_cache_isolation) {
        ("", false) => None,
        ("", true) => Some(format!("~/.kube/cache/oidc-login/{user}")),
        (base, true) => Some(format!("{base}/{user}")),
        (base, false) => Some(base.to_owned()),
    }
}
