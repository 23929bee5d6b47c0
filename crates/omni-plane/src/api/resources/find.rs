//! What resources are searched and sorted by.
//!
//! Ids, namespaces and times of all kinds; beyond that, each kind's own fields, which are few.

use std::cmp::Ordering;
use std::sync::Arc;

use omni_api::omni::resources as api;
use omni_api::specs::infra_machine_config_spec::AcceptanceStatus;
use omni_api::{AnyResource, Kind, Metadata, Resource, kind, labels};
use prost_types::Timestamp;
use tonic::Status;

/// The page of a list that was asked for, and how many there are in all.
pub(super) fn page(
    mut found: Vec<Arc<AnyResource>>,
    request: &api::ListRequest,
) -> Result<(Vec<Arc<AnyResource>>, i32), Status> {
    found.retain(|one| matches(one, &request.search_for));
    let total = i32::try_from(found.len()).unwrap_or(i32::MAX);
    let field = &request.sort_by_field;
    if field.is_empty() {
        found.sort_by(|a, b| by_name(&a.metadata, &b.metadata));
    } else {
        found = sorted(found, field, request.sort_descending)?;
    }
    let cut = |number: i32| usize::try_from(number).unwrap_or_default();
    let page = found.into_iter().skip(cut(request.offset));
    let page = match cut(request.limit) {
        0 => page.collect(),
        limit => page.take(limit).collect(),
    };
    Ok((page, total))
}

fn sorted(
    found: Vec<Arc<AnyResource>>,
    field: &str,
    descending: bool,
) -> Result<Vec<Arc<AnyResource>>, Status> {
    let keyed: Result<Vec<_>, Status> = found
        .into_iter()
        .map(|one| Ok((value(&one, field)?, one)))
        .collect();
    let mut keyed = keyed?;
    keyed.sort_by(|(a, one), (b, other)| {
        let order = directed(a.cmp(b), descending);
        order.then_with(|| by_name(&one.metadata, &other.metadata))
    });
    Ok(keyed.into_iter().map(|(_, one)| one).collect())
}

/// The order itself, or its reverse.
pub(super) fn directed(order: Ordering, descending: bool) -> Ordering {
    if descending { order.reverse() } else { order }
}

/// By namespace and id.
pub(super) fn by_name(a: &Metadata, b: &Metadata) -> Ordering {
    (&a.namespace, &a.id).cmp(&(&b.namespace, &b.id))
}

/// Whether one of the searched texts is found in the resource; without any, everything is.
pub(super) fn matches(resource: &AnyResource, search_for: &[String]) -> bool {
    search_for.is_empty() || search_for.iter().any(|text| contains(resource, text))
}

fn contains(resource: &AnyResource, text: &str) -> bool {
    let metadata = &resource.metadata;
    metadata.id.contains(text)
        || metadata.namespace.contains(text)
        || time(metadata.created).contains(text)
        || time(metadata.updated).contains(text)
        || own_match(resource, text)
}

fn own_match(resource: &AnyResource, text: &str) -> bool {
    match &*resource.metadata.type_name {
        kind::MachineStatus::TYPE => typed(resource, |status: &Resource<kind::MachineStatus>| {
            machine_matches(&status.spec, text)
        }),
        kind::MachineStatusLink::TYPE => {
            typed(resource, |link: &Resource<kind::MachineStatusLink>| {
                let status = link.spec.message_status.as_ref();
                status.is_some_and(|status| machine_matches(status, text))
            })
        }
        kind::Machine::TYPE => typed(resource, |machine: &Resource<kind::Machine>| {
            machine.spec.management_address.contains(text)
        }),
        kind::ClusterStatus::TYPE => typed(resource, |status: &Resource<kind::ClusterStatus>| {
            text == if status.spec.ready { "ready" } else { "!ready" }
        }),
        kind::ClusterMachineStatus::TYPE => {
            let name = resource.metadata.label(labels::NODE_NAME);
            name.is_some_and(|name| name.contains(text))
        }
        kind::InfraMachine::TYPE => typed(resource, |machine: &Resource<kind::InfraMachine>| {
            text == match machine.spec.acceptance_status() {
                AcceptanceStatus::Pending => "pending",
                AcceptanceStatus::Accepted => "accepted",
                AcceptanceStatus::Rejected => "rejected",
            }
        }),
        _ => false,
    }
}

fn machine_matches(status: &omni_api::specs::MachineStatusSpec, text: &str) -> bool {
    let network = status.network.clone().unwrap_or_default();
    let platform = status.platform_metadata.clone().unwrap_or_default();
    network.hostname.contains(text)
        || platform.hostname.contains(text)
        || network
            .network_links
            .iter()
            .any(|link| link.hardware_address.contains(text))
        || status.cluster.contains(text)
}

/// The value of a field that resources are sorted by.
pub(super) fn value(resource: &AnyResource, field: &str) -> Result<String, Status> {
    let metadata = &resource.metadata;
    let found = match field {
        "id" | "" => Some((*metadata.id).to_owned()),
        "namespace" => Some((*metadata.namespace).to_owned()),
        "created" => Some(time(metadata.created)),
        "updated" => Some(time(metadata.updated)),
        other => own_value(resource, other),
    };
    found.ok_or_else(|| {
        Status::unknown(format!(
            "failed to sort: field {field:?} for element {:?} not found",
            metadata.id
        ))
    })
}

fn own_value(resource: &AnyResource, field: &str) -> Option<String> {
    match &*resource.metadata.type_name {
        kind::MachineStatus::TYPE => {
            let status = resource.typed::<kind::MachineStatus>().ok()?;
            machine_value(&status.spec, field)
        }
        kind::MachineStatusLink::TYPE => {
            let link = resource.typed::<kind::MachineStatusLink>().ok()?.spec;
            let counter = link.siderolink_counter.unwrap_or_default();
            match field {
                "last_alive" => {
                    let alive = counter.last_alive.unwrap_or_default();
                    Some(format!("{:020}", alive.seconds))
                }
                "machine_created_at" => Some(format!("{:020}", link.machine_created_at)),
                other => machine_value(&link.message_status.unwrap_or_default(), other),
            }
        }
        kind::Machine::TYPE => {
            let machine = resource.typed::<kind::Machine>().ok()?.spec;
            match field {
                "management_address" => Some(machine.management_address),
                "connected" => Some(machine.connected.to_string()),
                _ => None,
            }
        }
        _ => None,
    }
}

fn machine_value(status: &omni_api::specs::MachineStatusSpec, field: &str) -> Option<String> {
    Some(match field {
        "cluster" => status.cluster.clone(),
        "hostname" => status.network.clone().unwrap_or_default().hostname,
        "platform" => {
            status
                .platform_metadata
                .clone()
                .unwrap_or_default()
                .platform
        }
        "arch" => status.hardware.clone().unwrap_or_default().arch,
        _ => return None,
    })
}

fn typed<K: Kind>(resource: &AnyResource, ask: impl FnOnce(&Resource<K>) -> bool) -> bool {
    resource.typed::<K>().is_ok_and(|resource| ask(&resource))
}

/// A time in the form in which it is searched and sorted.
fn time(stamp: Option<Timestamp>) -> String {
    let Some(stamp) = stamp else {
        return "0001-01-01 00:00:00.000000000".to_owned();
    };
    let time = jiff::Timestamp::new(stamp.seconds, stamp.nanos).unwrap_or_default();
    time.strftime("%Y-%m-%d %H:%M:%S.%9f").to_string()
}
