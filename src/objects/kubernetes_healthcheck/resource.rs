//! The verbs of `omni_kubernetes_healthcheck`.

use omni_api::specs::KubernetesHealthCheckSpec;
use omni_api::{Resource as OmniResource, kind, labels};
use omni_client::{Client, Error};
use tfplugin::objects::{Change, Cx, Failure, JsonObject, Plan, Resource};
use tfplugin::{Diagnostic, Diagnostics};

use super::{KubernetesHealthcheck, convert, review};
use crate::objects::shared::mirror::{self, Mirror};
use crate::objects::shared::server;
use crate::objects::shared::verbs;
use crate::session::{Session, explain};

/// The resource `omni_kubernetes_healthcheck`.
#[derive(Debug, Default)]
pub struct KubernetesHealthcheckResource;

type Check = OmniResource<kind::KubernetesHealthCheck>;

// === impl KubernetesHealthcheckResource ===

impl Resource for KubernetesHealthcheckResource {
    type Session = Session;
    type Model = KubernetesHealthcheck;

    fn validate(&self, config: &KubernetesHealthcheck, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<KubernetesHealthcheck>,
    ) -> Result<(), Diagnostics> {
        if verbs::replace_leaving(cx, change, "id", |planned| &mut planned.id) {
            return Ok(());
        }
        if !change.is_create() {
            return Ok(());
        }
        let Some(client) = cx.session().client_if_known().await? else {
            return Ok(());
        };
        if let Some(lack) = server::lacks_kind::<kind::KubernetesHealthCheck>(client).await? {
            return Err(review::not_here(&lack).into());
        }
        let (Some(name), Some(cluster)) = (
            change.planned.name.as_str(),
            change.planned.cluster.as_str(),
        ) else {
            return Ok(());
        };
        if let Some(other) = owner_of(client, name).await?
            && other != cluster
        {
            cx.warn(review::long_form(
                name,
                &other,
                &convert::long_id(cluster, name),
            ));
        }
        Ok(())
    }

    /// The id is found out here: two clusters of one apply may both ask for the name, and one of them is first.
    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<KubernetesHealthcheck>,
    ) -> Result<KubernetesHealthcheck, Failure<KubernetesHealthcheck>> {
        let client = cx.session().client().await?;
        let (name, cluster) = (
            plan.planned.name.as_str().unwrap_or_default(),
            plan.planned.cluster.as_str().unwrap_or_default(),
        );
        let check = if let Some(check) = first(client, &plan.config, name, cluster).await? {
            check
        } else {
            let id = convert::long_id(cluster, name);
            let check = written(&id, &plan.config);
            verbs::create(client, mirror::name::<KubernetesHealthcheck>(&id), &check).await?
        };
        Ok(mirror::created(cx, plan.planned, &check).await)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        state: KubernetesHealthcheck,
    ) -> Result<Option<KubernetesHealthcheck>, Diagnostics> {
        mirror::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: KubernetesHealthcheck,
        plan: Plan<KubernetesHealthcheck>,
    ) -> Result<KubernetesHealthcheck, Failure<KubernetesHealthcheck>> {
        let write = |resource: &mut _| convert::write(&plan.config, resource);
        Ok(mirror::update(cx, &prior, plan.planned.clone(), write).await?)
    }

    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: KubernetesHealthcheck,
    ) -> Result<(), Failure<KubernetesHealthcheck>> {
        Ok(mirror::delete(cx, &state, "Omni is still at work on it.").await?)
    }

    /// The official provider has no id beside the name: there they are the same.
    fn upgrade(&self, version: i64, state: &mut JsonObject) -> Result<(), Diagnostics> {
        if version == 0
            && let Some(name) = state.get("name").cloned()
        {
            state.entry("id").or_insert(name);
        }
        Ok(())
    }
}

// === impl Mirror for KubernetesHealthcheck ===

impl Mirror for KubernetesHealthcheck {
    type Kind = kind::KubernetesHealthCheck;

    const RESOURCE: &'static str = "omni_kubernetes_healthcheck";
    const NOUN: &'static str = "health check";

    fn id(&self) -> String {
        self.id.as_str().unwrap_or_default().to_owned()
    }

    fn fill(&mut self, resource: &OmniResource<kind::KubernetesHealthCheck>) {
        convert::read(resource, self);
    }
}

/// Creates the check under its name; `None` where the check of another cluster has it.
async fn first(
    client: &Client,
    config: &KubernetesHealthcheck,
    name: &str,
    cluster: &str,
) -> Result<Option<Check>, Diagnostic> {
    match client.state().create(&written(name, config)).await {
        Ok(check) => Ok(Some(check)),
        Err(Error::AlreadyExists { .. }) => match owner_of(client, name).await? {
            Some(other) if other != cluster => Ok(None),
            _ => Err(explain::already_exists(
                KubernetesHealthcheck::RESOURCE,
                name,
            )),
        },
        Err(error) => Err(explain::failed(
            &format!("create the health check {name:?}"),
            &error,
        )),
    }
}

/// The cluster of the check with this id, if there is one.
async fn owner_of(client: &Client, id: &str) -> Result<Option<String>, Diagnostic> {
    let failed = |error| explain::failed(&format!("look for a health check {id:?}"), &error);
    let found = client
        .state()
        .find::<kind::KubernetesHealthCheck>(id)
        .await
        .map_err(failed)?;
    Ok(found.map(|check| {
        let cluster = check.metadata.label(labels::CLUSTER);
        cluster.unwrap_or_default().to_owned()
    }))
}

fn written(id: &str, config: &KubernetesHealthcheck) -> Check {
    let mut check = OmniResource::new(id, KubernetesHealthCheckSpec::default());
    convert::write(config, &mut check);
    check
}
