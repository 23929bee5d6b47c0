//! The verbs of `omni_cluster`.

use omni_api::specs::ClusterSpec;
use omni_api::{Resource as OmniResource, kind};
use omni_client::{Client, Error, Query};
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::{Cluster, convert, review};
use crate::objects::shared::mirror::{self, Mirror};
use crate::objects::shared::server;
use crate::objects::shared::verbs;
use crate::readiness::{self, Wanted};
use crate::session::{Session, explain};
use crate::values::BackupInterval;

/// The resource `omni_cluster`.
#[derive(Debug, Default)]
pub struct ClusterResource;

// === impl ClusterResource ===

impl Resource for ClusterResource {
    type Session = Session;
    type Model = Cluster;

    fn validate(&self, config: &Cluster, diagnostics: &mut Diagnostics) {
        diagnostics.extend(config.name.as_str().and_then(wrong_name));
        diagnostics.extend(config.backup_interval.as_known().and_then(wrong_interval));
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<Cluster>,
    ) -> Result<(), Diagnostics> {
        if change.is_create() {
            // What the user does not list belongs to others: there is nothing to find out during the apply.
            let planned = &mut change.planned;
            planned.labels = std::mem::take(&mut planned.labels).or_null();
            planned.annotations = std::mem::take(&mut planned.annotations).or_null();
        }
        verbs::replace_leaving(cx, change, "phase", |planned| &mut planned.phase);
        if change
            .prior
            .as_ref()
            .is_some_and(|prior| encryption(prior) != encryption(&change.planned))
        {
            change.replace(Path::of("features").attribute("disk_encryption"));
        }
        check_features(cx, change).await?;
        let same = change.prior.as_ref().is_some_and(|prior| {
            prior.talos_version == change.planned.talos_version
                && prior.kubernetes_version == change.planned.kubernetes_version
        });
        if same {
            return Ok(());
        }
        let Some(client) = cx.session().client_if_known().await? else {
            return Ok(());
        };
        let facts = facts(client, change.prior.as_ref()).await?;
        cx.report(review::versions(
            &facts,
            change.prior.as_ref(),
            &change.planned,
        ))
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<Cluster>,
    ) -> Result<Cluster, Failure<Cluster>> {
        let client = cx.session().client().await?;
        let id = plan.planned.name.as_str().unwrap_or_default();
        let mut cluster = OmniResource::new(id, ClusterSpec::default());
        convert::write(&plan.config, None, &mut cluster);
        let mut state = plan.planned.clone();
        convert::read_status(None, None, &mut state);
        let mut state = mirror::create(cx, state, &cluster).await?;
        let uuid = cx
            .wait(readiness::wait::appeared::<kind::ClusterUuid>(client, id))
            .await;
        if let Ok(Ok(uuid)) = &uuid {
            convert::read_status(None, Some(uuid), &mut state);
        }
        state.uuid = state.uuid.or_null();
        Ok(state)
    }

    async fn read(&self, cx: &Cx<Session>, state: Cluster) -> Result<Option<Cluster>, Diagnostics> {
        mirror::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: Cluster,
        plan: Plan<Cluster>,
    ) -> Result<Cluster, Failure<Cluster>> {
        let client = cx.session().client().await?;
        let id = prior.name.as_str().unwrap_or_default().to_owned();
        let write = |cluster: &mut _| convert::write(&plan.config, Some(&prior), cluster);
        let state = mirror::update(cx, &prior, plan.planned.clone(), write).await?;
        let upgrades = prior.talos_version != state.talos_version
            || prior.kubernetes_version != state.kubernetes_version;
        let waits = plan
            .config
            .upgrade
            .as_known()
            .is_none_or(|upgrade| upgrade.wait != Attr::Known(false));
        if upgrades && waits {
            let wanted = Wanted {
                kubernetes_version: state
                    .kubernetes_version
                    .as_known()
                    .map(crate::values::Version::bare),
                talos_version: state
                    .talos_version
                    .as_known()
                    .map(crate::values::Version::bare),
            };
            cx.keep(&state);
            if let Err(unfinished) = readiness::wait::upgraded(cx, client, &id, &wanted).await {
                return Err(Failure::with_state(unfinished, state));
            }
        }
        Ok(state)
    }

    async fn delete(&self, cx: &Cx<Session>, state: Cluster) -> Result<(), Failure<Cluster>> {
        let client = cx.session().client().await?;
        let id = state.name.as_str().unwrap_or_default().to_owned();
        let blocked = || readiness::wait::destroy_blockers(client, &id);
        Ok(
            verbs::delete::<kind::Cluster, _>(cx, client, mirror::name::<Cluster>(&id), blocked)
                .await?,
        )
    }
}

// === impl Mirror for Cluster ===

impl Mirror for Cluster {
    type Kind = kind::Cluster;

    const RESOURCE: &'static str = "omni_cluster";
    const NOUN: &'static str = "cluster";

    fn id(&self) -> String {
        self.name.as_str().unwrap_or_default().to_owned()
    }

    fn fill(&mut self, resource: &OmniResource<kind::Cluster>) {
        convert::read(resource, self);
    }

    async fn fill_status(
        &mut self,
        client: &Client,
        cluster: &OmniResource<kind::Cluster>,
    ) -> Result<(), Error> {
        let status = client.cache().get(cluster.id(), None).await?;
        let uuid = client.cache().get(cluster.id(), None).await?;
        convert::read_status(status.as_ref(), uuid.as_ref(), self);
        Ok(())
    }
}

/// Checks that the server has the features that are newly switched on.
async fn check_features(cx: &Cx<Session>, change: &Change<Cluster>) -> Result<(), Diagnostics> {
    let switched = |cluster: &Cluster| {
        let features = cluster.features.as_known();
        features
            .is_some_and(|features| features.disable_public_discovery_service == Attr::Known(true))
    };
    if !switched(&change.planned) || change.prior.as_ref().is_some_and(switched) {
        return Ok(());
    }
    let (Some(client), Some(talos)) = (
        cx.session().client_if_known().await?,
        change.planned.talos_version.as_known(),
    ) else {
        return Ok(());
    };
    match server::lacks_discovery_switch(client, &talos.bare()).await? {
        Some(lack) => Err(review::no_discovery_switch(&lack).into()),
        None => Ok(()),
    }
}

/// Whether disks are encrypted; the server refuses to change it.
fn encryption(cluster: &Cluster) -> Attr<bool> {
    cluster
        .features
        .as_ref()
        .and_then(|features| features.disk_encryption)
}

fn wrong_name(name: &str) -> Option<Diagnostic> {
    let allowed = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    (name.is_empty() || !name.chars().all(allowed)).then(|| {
        Diagnostic::error("Invalid cluster name")
            .detail(format!("{name:?} is no name of a cluster: only letters, digits, dashes and underscores are allowed."))
            .at_attribute("name")
    })
}

fn wrong_interval(interval: &BackupInterval) -> Option<Diagnostic> {
    const HOUR: std::time::Duration = std::time::Duration::from_hours(1);
    let length = interval.get();
    (!length.is_zero() && !(HOUR..=24 * HOUR).contains(&length)).then(|| {
        Diagnostic::error("Invalid backup interval")
            .detail("Omni backs etcd up at least once a day and at most once an hour.")
            .remedy("Set `backup_interval` to a duration from 1h to 24h, or to 0s to switch backups off.")
            .at(Path::of("backup_interval"))
    })
}

/// What the review needs; the versions come from one list for all clusters.
async fn facts(client: &Client, prior: Option<&Cluster>) -> Result<review::Facts, Diagnostics> {
    let failed = |error| explain::failed("read the versions that Omni offers", &error);
    let talos_versions = client
        .state()
        .list::<kind::TalosVersion>(&Query::all())
        .await
        .map_err(failed)?;
    let id = prior.and_then(|prior| prior.name.as_str());
    let (mut initial_talos_version, mut last_kubernetes_version) = (None, None);
    if let Some(id) = id {
        let status = client
            .cache()
            .get::<kind::ClusterStatus>(id, None)
            .await
            .map_err(failed)?;
        initial_talos_version = status
            .map(|status| status.spec.initial_talos_version.clone())
            .filter(|version| !version.is_empty());
        // Older servers keep it in a place of its own only.
        if initial_talos_version.is_none() {
            let first = client.state().find::<kind::ClusterConfigVersion>(id).await;
            initial_talos_version = first.map_err(failed)?.map(|first| first.spec.version);
        }
        let upgrade = client
            .cache()
            .get::<kind::KubernetesUpgradeStatus>(id, None)
            .await
            .map_err(failed)?;
        last_kubernetes_version = upgrade.map(|upgrade| upgrade.spec.last_upgrade_version.clone());
    }
    Ok(review::Facts {
        talos_versions,
        initial_talos_version,
        last_kubernetes_version,
    })
}
