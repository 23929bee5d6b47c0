//! The verbs of `omni_machine_set_node`.

use omni_api::specs::MachineSetNodeSpec;
use omni_api::{Resource as OmniResource, kind, labels};
use omni_client::{Client, Error};
use tfplugin::objects::{Change, Cx, Failure, Plan, Resource};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::{MachineSetNode, convert, review};
use crate::objects::shared::mirror::{self, Mirror};
use crate::objects::shared::set_id;
use crate::objects::shared::verbs;
use crate::readiness;
use crate::session::{Session, explain};
use crate::values::MachineId;

/// The resource `omni_machine_set_node`.
#[derive(Debug, Default)]
pub struct MachineSetNodeResource;

// === impl MachineSetNodeResource ===

impl Resource for MachineSetNodeResource {
    type Session = Session;
    type Model = MachineSetNode;

    fn validate(&self, config: &MachineSetNode, diagnostics: &mut Diagnostics) {
        let at = Path::of("machine_set");
        diagnostics.extend(set_id::wrong(&config.cluster, &config.machine_set, at));
    }

    async fn review(
        &self,
        cx: &Cx<Session>,
        change: &mut Change<MachineSetNode>,
    ) -> Result<(), Diagnostics> {
        if change.is_create() {
            change.planned.labels = std::mem::take(&mut change.planned.labels).or_null();
        }
        verbs::replace_leaving(cx, change, "stage", |planned| &mut planned.stage);
        let (Some(id), Some(cluster)) = (
            change.planned.machine_id.as_known(),
            change.planned.cluster.as_str(),
        ) else {
            return Ok(());
        };
        let joins = change
            .prior
            .as_ref()
            .is_none_or(|prior| prior.machine_id.as_known() != Some(id));
        if !joins {
            return Ok(());
        }
        let Some(client) = cx.session().client_if_known().await? else {
            return Ok(());
        };
        let machine = look(client, &id.canonical()).await?;
        cx.report(
            review::joining(&id.canonical(), cluster, &machine)
                .into_iter()
                .collect(),
        )
    }

    async fn create(
        &self,
        cx: &Cx<Session>,
        plan: Plan<MachineSetNode>,
    ) -> Result<MachineSetNode, Failure<MachineSetNode>> {
        let client = cx.session().client().await?;
        let id = plan.planned.id();
        let control_plane = is_control_plane(client, &plan.planned).await?;
        reject(review::lock(
            control_plane,
            plan.config.locked == Attr::Known(true),
        ))?;
        // What was unknown to the plan is looked at now: the server would accept any id and wait for ever.
        let cluster = plan.planned.cluster.as_str().unwrap_or_default();
        reject(review::joining(&id, cluster, &look(client, &id).await?))?;
        let mut node = OmniResource::new(&id, MachineSetNodeSpec {});
        convert::write(&plan.config, None, control_plane, &mut node);
        let mut state = plan.planned;
        convert::read_status(None, &mut state);
        Ok(mirror::create(cx, state, &node).await?)
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        state: MachineSetNode,
    ) -> Result<Option<MachineSetNode>, Diagnostics> {
        mirror::read(cx, state).await
    }

    async fn update(
        &self,
        cx: &Cx<Session>,
        prior: MachineSetNode,
        plan: Plan<MachineSetNode>,
    ) -> Result<MachineSetNode, Failure<MachineSetNode>> {
        let client = cx.session().client().await?;
        let control_plane = is_control_plane(client, &plan.planned).await?;
        reject(review::lock(
            control_plane,
            plan.config.locked == Attr::Known(true),
        ))?;
        let write = |node: &mut _| {
            convert::write(&plan.config, Some(&prior), control_plane, node);
        };
        Ok(mirror::update(cx, &prior, plan.planned.clone(), write).await?)
    }

    /// Takes the machine out and waits until it has left the cluster, not only until the node resource is gone.
    ///
    /// The last machine of a control plane never leaves by itself: it goes with its machine set, whose delete waits.
    async fn delete(
        &self,
        cx: &Cx<Session>,
        state: MachineSetNode,
    ) -> Result<(), Failure<MachineSetNode>> {
        let client = cx.session().client().await?;
        let id = state.id();
        let cluster = state.cluster.as_str().unwrap_or_default().to_owned();
        let set = state.machine_set.as_str().unwrap_or_default().to_owned();
        let blocked = || readiness::wait::destroy_blockers(client, &cluster);
        verbs::delete::<kind::MachineSetNode, _>(
            cx,
            client,
            mirror::name::<MachineSetNode>(&id),
            blocked,
        )
        .await?;
        Ok(readiness::wait::machine_left(cx, client, &id, &set, &cluster).await?)
    }
}

// === impl Mirror for MachineSetNode ===

impl Mirror for MachineSetNode {
    type Kind = kind::MachineSetNode;

    const RESOURCE: &'static str = "omni_machine_set_node";
    const NOUN: &'static str = "machine set node";

    fn id(&self) -> String {
        let id = self.machine_id.as_known();
        id.map(MachineId::canonical).unwrap_or_default()
    }

    fn fill(&mut self, resource: &OmniResource<kind::MachineSetNode>) {
        convert::read(resource, self);
    }

    async fn fill_status(
        &mut self,
        client: &Client,
        node: &OmniResource<kind::MachineSetNode>,
    ) -> Result<(), Error> {
        let cluster = node.metadata.label(labels::CLUSTER);
        let status = client.cache().get(node.id(), cluster).await?;
        convert::read_status(status.as_ref(), self);
        Ok(())
    }
}

/// What is known about a machine.
async fn look(client: &Client, id: &str) -> Result<review::Machine, Diagnostic> {
    let failed = |error| explain::failed(&format!("look at the machine {id:?}"), &error);
    Ok(review::Machine {
        status: client
            .state()
            .find::<kind::MachineStatus>(id)
            .await
            .map_err(failed)?,
        infra: client
            .state()
            .find::<kind::InfraMachine>(id)
            .await
            .map_err(failed)?,
        node: client
            .state()
            .find::<kind::MachineSetNode>(id)
            .await
            .map_err(failed)?,
    })
}

/// The role comes from the machine set; without the set there is nothing to join.
async fn is_control_plane(client: &Client, node: &MachineSetNode) -> Result<bool, Diagnostic> {
    let id = node.machine_set.as_str().unwrap_or_default();
    let failed = |error| explain::failed(&format!("look at the machine set {id:?}"), &error);
    match client.cache().get::<kind::MachineSet>(id, None).await.map_err(failed)? {
        Some(set) => Ok(set.metadata.labels.contains_key(labels::CONTROL_PLANE_ROLE)),
        None => Err(Diagnostic::error("No such machine set")
            .detail(format!("There is no machine set {id:?} in this account."))
            .remedy("Set `machine_set` to the `id` of an omni_machine_set (not to its name, which lacks the cluster's).")
            .at_attribute("machine_set")),
    }
}

fn reject(problem: Option<Diagnostic>) -> Result<(), Diagnostic> {
    problem.map_or(Ok(()), Err)
}
