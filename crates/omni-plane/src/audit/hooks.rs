//! Which changes are told, and what of them.
//!
//! A change counts when id, phase or spec differ; labels alone are not told, as in Omni. Machines are told when they come and go, sets and
//! their nodes when they are a user's.

use omni_api::{AnyResource, Kind, Metadata, Phase, Resource, kind, labels, plain_json};
use prost::Message;

use super::event::{
    Cluster, ConfigPatch, Data, Labelled, Machine, MachineConfigDiff, MachineSet, NewUser,
};
use crate::controllers::allocation_of;
use crate::store::{EventKind, Written};

/// How a kind is audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Whatever happens to it.
    Always,
    /// That it was made, and that it is gone.
    MadeAndGone,
    /// That it was made.
    Made,
    /// That it is gone.
    Gone,
    /// What accounts do to it, not what the plane does.
    ByAccounts,
}

/// Fills the data with what a change says, and answers how the log names it; `None` when it is not told.
pub(super) fn observe(
    data: &mut Data,
    by_account: bool,
    written: &Written,
) -> Option<&'static str> {
    let event = &written.event;
    let resource = &*event.resource;
    let name = name(written)?;
    let admitted = match told(&resource.metadata.type_name)? {
        Told::Always => true,
        Told::MadeAndGone => event.kind != EventKind::Updated,
        Told::Made => event.kind == EventKind::Created,
        Told::Gone => event.kind == EventKind::Destroyed,
        Told::ByAccounts => by_account && event.kind != EventKind::Created,
    };
    let told = admitted
        && if event.kind == EventKind::Destroyed {
            gone(data, resource);
            true
        } else {
            present(data, resource, event.kind)
        };
    told.then_some(name)
}

fn told(type_name: &str) -> Option<Told> {
    let facts = kind::find(type_name)?;
    match type_name {
        kind::PublicKey::TYPE
        | kind::User::TYPE
        | kind::Identity::TYPE
        | kind::Machine::TYPE
        | kind::JoinToken::TYPE => Some(Told::Always),
        kind::MachineConfigDiff::TYPE => Some(Told::Made),
        kind::ImportedClusterSecrets::TYPE => Some(Told::MadeAndGone),
        kind::Link::TYPE => Some(Told::Gone),
        kind::JwtPublicKey::TYPE => Some(Told::ByAccounts),
        _ => facts.user_managed.then_some(Told::Always),
    }
}

/// The word for what happened; `None` when nothing did that counts.
fn name(written: &Written) -> Option<&'static str> {
    let new = &written.event.resource;
    match written.event.kind {
        EventKind::Created => Some("create"),
        EventKind::Destroyed => Some("destroy"),
        EventKind::Updated => {
            let old = written.event.old.as_ref()?;
            let same = old.metadata.phase == new.metadata.phase && old.spec == new.spec;
            if same {
                None
            } else if written.merged {
                Some("update_with_conflicts")
            } else if new.metadata.phase == Phase::TearingDown {
                Some("teardown")
            } else {
                Some("update")
            }
        }
    }
}

/// What a resource that is there says; false when this change of it is not told.
fn present(data: &mut Data, resource: &AnyResource, change: EventKind) -> bool {
    let metadata = &resource.metadata;
    let users = metadata.owner.is_empty() || change == EventKind::Created;
    let comes_or_goes = change == EventKind::Created || metadata.tearing_down();
    match &*metadata.type_name {
        kind::Machine::TYPE if !comes_or_goes => return false,
        kind::MachineSet::TYPE | kind::MachineSetNode::TYPE if !users => return false,
        kind::PublicKey::TYPE => of_kind(resource, |key| public_key(data, key)),
        kind::User::TYPE => of_kind(resource, |user| of_user(data, user)),
        kind::Identity::TYPE => of_kind(resource, |identity| identify(data, identity)),
        kind::Machine::TYPE => of_kind(resource, |machine| of_machine(data, machine)),
        kind::MachineLabels::TYPE => data.machine_labels = Some(labelled(resource, false)),
        kind::AccessPolicy::TYPE => data.access_policy = Some(policy(resource)),
        kind::Cluster::TYPE => of_kind(resource, |cluster| of_cluster(data, cluster)),
        kind::MachineSet::TYPE => of_kind(resource, |set| of_machine_set(data, set)),
        kind::MachineSetNode::TYPE => data.machine_set_node = Some(labelled(resource, true)),
        kind::ConfigPatch::TYPE => of_kind(resource, |patch| of_patch(data, patch)),
        kind::MachineConfigDiff::TYPE => of_kind(resource, |diff| of_diff(data, diff)),
        _ => {}
    }
    true
}

/// What is left to say of a resource that is gone.
fn gone(data: &mut Data, resource: &AnyResource) {
    let id = (*resource.metadata.id).to_owned();
    let labelled = |labels| Labelled {
        labels,
        id: id.clone(),
        ..Labelled::default()
    };
    match &*resource.metadata.type_name {
        kind::PublicKey::TYPE => data.session.fingerprint = id,
        kind::User::TYPE => data.new_user.get_or_insert_default().id = id,
        kind::Identity::TYPE => {
            let new: &mut NewUser = data.new_user.get_or_insert_default();
            let service = labels::IDENTITY_TYPE_SERVICE_ACCOUNT;
            new.is_service_account = resource.metadata.label(service).is_some();
            new.email = id;
        }
        kind::Machine::TYPE => {
            let machine = data.machine.get_or_insert_default();
            machine.labels.clone_from(&resource.metadata.labels);
            machine.id = id;
        }
        kind::MachineLabels::TYPE => {
            data.machine_labels = Some(labelled(omni_api::resource::Map::new()));
        }
        kind::AccessPolicy::TYPE => data.access_policy = Some(serde_json::json!({ "id": id })),
        kind::Cluster::TYPE => data.cluster.get_or_insert_default().id = id,
        kind::MachineSet::TYPE => data.machine_set.get_or_insert_default().id = id,
        kind::MachineSetNode::TYPE => data.machine_set_node.get_or_insert_default().id = id,
        kind::ConfigPatch::TYPE => data.config_patch.get_or_insert_default().id = id,
        _ => {}
    }
}

/// A resource that does not decode has nothing to say; that it was written is told all the same.
fn of_kind<K: Kind>(resource: &AnyResource, fill: impl FnOnce(&Resource<K>)) {
    if let Ok(resource) = resource.typed::<K>() {
        fill(&resource);
    }
}

/// The key's own account is the actor only where nobody else is.
fn public_key(data: &mut Data, key: &Resource<kind::PublicKey>) {
    let session = &mut data.session;
    key.id().clone_into(&mut session.fingerprint);
    session.public_key_expiration = key.spec.expiration.map_or(0, |end| end.seconds);
    if session.email.is_empty() {
        let user = key.metadata.label(labels::PUBLIC_KEY_USER_ID);
        user.unwrap_or_default().clone_into(&mut session.user_id);
        let identity = key.spec.identity.clone().unwrap_or_default();
        session.email = identity.email;
        session.role.clone_from(&key.spec.role);
    }
}

fn identify(data: &mut Data, identity: &Resource<kind::Identity>) {
    let service = labels::IDENTITY_TYPE_SERVICE_ACCOUNT;
    let new: &mut NewUser = data.new_user.get_or_insert_default();
    identity.id().clone_into(&mut new.email);
    new.id.clone_from(&identity.spec.user_id);
    new.is_service_account = identity.metadata.label(service).is_some();
}

fn of_user(data: &mut Data, user: &Resource<kind::User>) {
    let new: &mut NewUser = data.new_user.get_or_insert_default();
    new.role.clone_from(&user.spec.role);
    user.id().clone_into(&mut new.id);
}

fn policy(resource: &AnyResource) -> serde_json::Value {
    let policy = plain_json::of("specs.AccessPolicySpec", &resource.spec);
    let mut policy = policy.unwrap_or_else(|_| serde_json::json!({}));
    policy["id"] = (*resource.metadata.id).into();
    policy
}

fn of_patch(data: &mut Data, patch: &Resource<kind::ConfigPatch>) {
    data.config_patch = Some(ConfigPatch {
        labels: patch.metadata.labels.clone(),
        id: patch.id().to_owned(),
        data: patch.spec.data.clone(),
        cluster_id: cluster_of(&patch.metadata),
    });
}

fn of_diff(data: &mut Data, diff: &Resource<kind::MachineConfigDiff>) {
    data.machine_config_diff = Some(MachineConfigDiff {
        id: diff.id().to_owned(),
        diff: diff.spec.diff.clone(),
        cluster_id: cluster_of(&diff.metadata),
    });
}

fn of_machine(data: &mut Data, machine: &Resource<kind::Machine>) {
    data.machine = Some(Machine {
        labels: machine.metadata.labels.clone(),
        id: machine.id().to_owned(),
        management_address: machine.spec.management_address.clone(),
        is_connected: machine.spec.connected,
    });
}

fn of_cluster(data: &mut Data, cluster: &Resource<kind::Cluster>) {
    let spec = &cluster.spec;
    data.cluster = Some(Cluster {
        id: cluster.id().to_owned(),
        labels: cluster.metadata.labels.clone(),
        backup_configuration: part("specs.EtcdBackupConf", spec.backup_configuration.as_ref()),
        features: part("specs.ClusterSpec.Features", spec.features.as_ref()),
        kubernetes_version: spec.kubernetes_version.clone(),
        talos_version: spec.talos_version.clone(),
    });
}

fn of_machine_set(data: &mut Data, set: &Resource<kind::MachineSet>) {
    let spec = &set.spec;
    let allocation = allocation_of(spec);
    let strategy = "specs.MachineSetSpec.UpdateStrategyConfig";
    data.machine_set = Some(MachineSet {
        labels: set.metadata.labels.clone(),
        machine_allocation: part("specs.MachineSetSpec.MachineAllocation", allocation),
        bootstrap_spec: part(
            "specs.MachineSetSpec.BootstrapSpec",
            spec.bootstrap_spec.as_ref(),
        ),
        update_strategy_config: part(strategy, spec.update_strategy_config.as_ref()),
        delete_strategy_config: part(strategy, spec.delete_strategy_config.as_ref()),
        id: set.id().to_owned(),
        update_strategy: spec.update_strategy().as_str_name(),
        delete_strategy: spec.delete_strategy().as_str_name(),
        cluster_id: set
            .metadata
            .label(labels::CLUSTER)
            .unwrap_or_default()
            .to_owned(),
    });
}

fn labelled(resource: &AnyResource, of_cluster: bool) -> Labelled {
    let cluster = of_cluster.then(|| cluster_of(&resource.metadata));
    Labelled {
        labels: resource.metadata.labels.clone(),
        id: (*resource.metadata.id).to_owned(),
        cluster_id: cluster.unwrap_or_default(),
    }
}

fn cluster_of(metadata: &Metadata) -> String {
    let cluster = metadata.label(labels::CLUSTER);
    cluster.unwrap_or_default().to_owned()
}

fn part(message: &str, value: Option<&impl Message>) -> Option<serde_json::Value> {
    plain_json::of(message, &value?.encode_to_vec()).ok()
}
