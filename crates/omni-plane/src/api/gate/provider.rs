//! Resources between Omni and its infrastructure providers.
//!
//! A provider's account sees what carries its label and nothing else, may not touch what Omni alone writes, and has a namespace
//! of its own for types of its own. Users read, and manage providers and requests. The texts are Omni's; they come
//! unwrapped, as these checks sit behind validation there.

use omni_api::kind::namespace::{INFRA_PROVIDER, INFRA_PROVIDER_EPHEMERAL};
use omni_api::{AnyResource, Kind, Metadata, Role, kind, labels};
use tonic::Status;

use crate::Store;
use crate::api::caller::{self, Caller};
use crate::store::Key;

/// The beginning of the namespace that belongs to one provider.
const OWN_NAMESPACE: &str = "infra-provider:";

/// How a kind is shared between Omni and its providers.
#[derive(Debug, Clone, Copy, Default)]
struct Shared {
    /// Omni writes it; providers set finalizers only.
    read_only: bool,
    /// Its id is the provider's.
    own_id: bool,
    /// Only an Admin reads it.
    admin_reads: bool,
}

/// What a caller is confined to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Confined {
    /// Nothing.
    No,
    /// Resources that carry this provider's label.
    To(String),
}

/// Whether a kind in a namespace is governed by these rules.
pub(super) fn governs(namespace: &str, type_name: &str) -> bool {
    shared(namespace, type_name).is_some()
}

fn shared(namespace: &str, type_name: &str) -> Option<Shared> {
    if namespace.starts_with(OWN_NAMESPACE) {
        return Some(Shared::default());
    }
    let read_only = Shared {
        read_only: true,
        ..Shared::default()
    };
    let own_id = Shared {
        own_id: true,
        ..Shared::default()
    };
    Some(match type_name {
        kind::InfraMachineRegistration::TYPE
        | kind::MachineRequest::TYPE
        | kind::ProviderJoinConfig::TYPE
        | kind::InfraMachine::TYPE => read_only,
        kind::BmcConfig::TYPE => Shared {
            admin_reads: true,
            ..read_only
        },
        kind::MachineRequestStatus::TYPE
        | kind::InfraMachineStatus::TYPE
        | kind::ConfigPatchRequest::TYPE => Shared::default(),
        kind::InfraProviderStatus::TYPE
        | kind::InfraProviderHealthStatus::TYPE
        | kind::InfraProvider::TYPE => own_id,
        _ => return None,
    })
}

/// Whether the caller may touch the kind at all, and what it is confined to there.
pub(super) fn access(
    store: &Store,
    caller: Option<&Caller>,
    namespace: &str,
    type_name: &str,
    writes: bool,
) -> Result<Confined, Status> {
    let rules = shared(namespace, type_name).unwrap_or_default();
    let caller = caller::with_role(caller, Role::InfraProvider)?;
    if caller.role == Role::InfraProvider {
        return confine(store, caller, namespace, type_name);
    }
    let users_write = [kind::InfraProvider::TYPE, kind::MachineRequest::TYPE].contains(&type_name);
    let refuse = |text: String| Err(Status::permission_denied(text));
    if writes && !users_write {
        return refuse(format!(
            "users are not allowed to modify {type_name:?} resources"
        ));
    }
    if writes && type_name == kind::MachineRequest::TYPE && caller.role < Role::Operator {
        return refuse(format!(
            "only operators and admins are allowed to modify {type_name:?} resources"
        ));
    }
    if rules.admin_reads && caller.role != Role::Admin {
        return refuse(format!(
            "only admins are allowed to read {type_name:?} resources"
        ));
    }
    Ok(Confined::No)
}

fn confine(
    store: &Store,
    caller: &Caller,
    namespace: &str,
    type_name: &str,
) -> Result<Confined, Status> {
    let id = caller.infra_provider().unwrap_or_default();
    if store.peek::<kind::InfraProvider>(id).is_none() {
        let text = format!("infra provider with name {id:?} is not registered in the system");
        return Err(Status::permission_denied(text));
    }
    if [INFRA_PROVIDER, INFRA_PROVIDER_EPHEMERAL].contains(&namespace) {
        return Ok(Confined::To(id.to_owned()));
    }
    let own = format!("{OWN_NAMESPACE}{id}");
    if namespace != own {
        return Err(Status::permission_denied(format!(
            "namespace not allowed, must be one of: {INFRA_PROVIDER}, {INFRA_PROVIDER_EPHEMERAL}, {own}"
        )));
    }
    let suffix = format!(".{id}.infraprovider.sidero.dev");
    if !type_name.ends_with(&suffix) {
        return Err(Status::invalid_argument(format!(
            "resources in namespace {namespace:?} must have a type suffix {suffix:?}"
        )));
    }
    Ok(Confined::No)
}

/// Whether a resource carries the label of the provider that the caller is confined to.
pub(super) fn belongs(confined: &Confined, metadata: &Metadata) -> bool {
    match confined {
        Confined::No => true,
        Confined::To(id) => metadata.label(labels::INFRA_PROVIDER_ID) == Some(id),
    }
}

/// Completes and admits what a provider creates.
pub(super) fn create(confined: &Confined, new: &mut AnyResource) -> Result<(), Status> {
    let Confined::To(id) = confined else {
        return Ok(());
    };
    let type_name = &*new.metadata.type_name;
    let rules = shared(&new.metadata.namespace, type_name).unwrap_or_default();
    if rules.read_only {
        let text = format!("infra providers are not allowed to create {type_name:?} resources");
        return Err(Status::permission_denied(text));
    }
    if rules.own_id && *new.metadata.id != **id {
        let text = format!("resource ID must match the infra provider ID {id:?}");
        return Err(Status::invalid_argument(text));
    }
    label(id, new);
    Ok(())
}

/// Completes and admits what a provider replaces.
pub(super) fn update(
    confined: &Confined,
    old: &AnyResource,
    new: &mut AnyResource,
) -> Result<(), Status> {
    let Confined::To(id) = confined else {
        return Ok(());
    };
    let type_name = &*new.metadata.type_name;
    let rules = shared(&new.metadata.namespace, type_name).unwrap_or_default();
    if rules.read_only && !only_finalizers_differ(old, new) {
        let text = format!(
            "infra providers are not allowed to update {type_name:?} resources other than setting finalizers"
        );
        return Err(Status::permission_denied(text));
    }
    if !belongs(confined, &old.metadata) {
        return Err(Status::not_found("not found"));
    }
    label(id, new);
    Ok(())
}

/// Admits what a provider tears down or destroys.
pub(super) fn destroy(confined: &Confined, key: &Key, old: &AnyResource) -> Result<(), Status> {
    if *confined == Confined::No {
        return Ok(());
    }
    let type_name = &*key.type_name;
    if shared(&key.namespace, type_name)
        .unwrap_or_default()
        .read_only
    {
        let text = format!("infra providers are not allowed to destroy {type_name:?} resources");
        return Err(Status::permission_denied(text));
    }
    if !belongs(confined, &old.metadata) {
        return Err(Status::not_found("not found"));
    }
    Ok(())
}

fn label(id: &str, resource: &mut AnyResource) {
    let labels = &mut resource.metadata.labels;
    labels.insert(labels::INFRA_PROVIDER_ID.to_owned(), id.to_owned());
}

fn only_finalizers_differ(old: &AnyResource, new: &AnyResource) -> bool {
    let (a, b) = (&old.metadata, &new.metadata);
    a.phase == b.phase
        && a.owner == b.owner
        && a.labels == b.labels
        && a.annotations == b.annotations
        && old.spec == new.spec
}
