//! The verbs of `omni_kubernetes_manifest`.

use omni_api::specs::KubernetesManifestGroupSpec;
use omni_api::{Resource as OmniResource, kind};
use omni_client::Client;
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics, Text as _};

use super::{KubernetesManifest, convert, review};
use crate::objects::shared::mirror::{self, Mirror};
use crate::objects::shared::ordered;
use crate::objects::shared::verbs;
use crate::session::{Session, explain};
use crate::values::Yaml;

/// The resource `omni_kubernetes_manifest`.
#[derive(Debug, Default)]
pub struct KubernetesManifestResource;

// === impl KubernetesManifestResource ===

impl Resource for KubernetesManifestResource {
    type Session = Session;
    type Model = KubernetesManifest;

    fn validate(&self, config: &KubernetesManifest, diagnostics: &mut Diagnostics) {
        review::configuration(config, diagnostics);
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<KubernetesManifest>,
    ) -> Result<(), Diagnostics> {
        if verbs::replace_leaving(cx, change, "id", |planned| &mut planned.id) {
            return Ok(());
        }
        // The id follows from what the user has set.
        if let Some(id) = convert::manifest_id(&change.planned) {
            change.planned.id = Attr::Known(id);
        }
        let prior = change.prior.as_ref().map(|prior| &prior.data);
        let Some(data) = verbs::renewed(prior, &change.planned.data) else {
            return Ok(());
        };
        let Some(client) = cx.session().client_if_known().await? else {
            return Ok(());
        };
        let others = others(client, &change.planned).await?;
        if let Some(warning) = review::shared_objects(data.documents(), &others) {
            cx.warn(warning);
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<KubernetesManifest>,
    ) -> Result<KubernetesManifest, Failure<KubernetesManifest>> {
        let client = cx.session().client().await?;
        let id = convert::manifest_id(&plan.planned).unwrap_or_default();
        ordered::refuse_collision(
            client,
            mirror::name::<KubernetesManifest>(&id),
            |existing| other(existing, &plan.planned),
        )
        .await?;
        let mut group = OmniResource::new(&id, KubernetesManifestGroupSpec::default());
        convert::write(&plan.config, &mut group);
        Ok(mirror::create(cx, plan.planned, &group).await?)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        state: KubernetesManifest,
    ) -> Result<Option<KubernetesManifest>, Diagnostics> {
        mirror::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: KubernetesManifest,
        plan: Plan<KubernetesManifest>,
    ) -> Result<KubernetesManifest, Failure<KubernetesManifest>> {
        let write = |resource: &mut _| convert::write(&plan.config, resource);
        Ok(mirror::update(cx, &prior, plan.planned.clone(), write).await?)
    }

    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: KubernetesManifest,
    ) -> Result<(), Failure<KubernetesManifest>> {
        Ok(mirror::delete(cx, &state, "Omni is still at work on it.").await?)
    }
}

// === impl Mirror for KubernetesManifest ===

impl Mirror for KubernetesManifest {
    type Kind = kind::KubernetesManifestGroup;

    const RESOURCE: &'static str = "omni_kubernetes_manifest";
    const NOUN: &'static str = "manifest";

    fn id(&self) -> String {
        self.id.as_str().unwrap_or_default().to_owned()
    }

    fn fill(&mut self, resource: &OmniResource<kind::KubernetesManifestGroup>) {
        convert::read(resource, self);
    }
}

/// The documents of the cluster's other manifests, by id.
async fn others(
    client: &Client,
    planned: &KubernetesManifest,
) -> Result<Vec<(String, Vec<serde_json::Value>)>, Diagnostic> {
    let Some(cluster) = planned.cluster.as_str() else {
        return Ok(Vec::new());
    };
    let failed = |error| {
        explain::failed(
            &format!("read the manifests of the cluster {cluster:?}"),
            &error,
        )
    };
    let all = client
        .cache()
        .list::<kind::KubernetesManifestGroup>(Some(cluster))
        .await
        .map_err(failed)?;
    let documents = |group: &OmniResource<kind::KubernetesManifestGroup>| {
        let data = Yaml::parse(&group.spec.data);
        data.map_or_else(|_| Vec::new(), |data| data.documents().to_vec())
    };
    Ok(all
        .iter()
        .filter(|group| planned.id.as_str() != Some(group.id()))
        .map(|group| (group.id().to_owned(), documents(group)))
        .collect())
}

/// The manifest that has the id already, unless it is ours.
fn other(
    existing: &OmniResource<kind::KubernetesManifestGroup>,
    planned: &KubernetesManifest,
) -> Option<ordered::Other> {
    let mut other = KubernetesManifest::default();
    convert::read(existing, &mut other);
    let same = (&other.cluster, &other.name) == (&planned.cluster, &planned.name);
    (!same).then(|| ordered::Other {
        target: format!("{:?}", other.cluster.as_str().unwrap_or_default()),
        name: other.name.known().unwrap_or_default(),
    })
}
