//! Joining Omni and leaving it: the link, the machine behind it, and the tokens of both.
//!
//! On joining, what Omni's provision handler and its small controllers would write appears at once, owned as there. On leaving,
//! the machine goes first and its link last, when nobody holds either any more.

use omni_api::resource::Map;
use omni_api::specs::node_unique_token_status_spec::State as TokenState;
use omni_api::{kind, labels};
use sha2::{Digest as _, Sha256};

use crate::engine::{Context, Error};
use crate::infra::address;
use crate::machines::Observed;

use super::admission;
use super::state::{Build, MachineState, MachineStateSpec};
use super::tunnel::Way;

const LINK_STATUS: &str = "LinkStatusController[Links.omni.sidero.dev]";
const SNAPSHOT: &str = "MachineStatusSnapshotController";
const TOKEN_STATUS: &str = "NodeUniqueTokenStatusController";
const EXTRACTION: &str = "MachineConfigExtractionController";
const MAINTENANCE: &str = "MaintenanceConfigStatusController";
const REGISTRATION: &str = "InfraMachineRegistrationController";

/// The first Talos that keeps a token of its own.
const FIRST_WITH_TOKENS: (u64, u64) = (1, 6);

/// Who writes a machine's snapshot.
pub(super) const SNAPSHOT_OWNER: &str = SNAPSHOT;

/// Writes the link of a machine that has joined; again is fine.
pub(super) fn link(
    cx: &Context<'_>,
    id: &str,
    machine: &MachineStateSpec,
    connected: bool,
    way: &Way,
) -> Result<(), Error> {
    let build = machine.build();
    let subnet = format!("{}/64", address::management(id));
    let key = public_key(id);
    register(cx, id, &build)?;
    cx.put_for_user::<kind::Link>(id, |link| {
        link.metadata.labels.extend(link_labels(&build));
        mark_token(&mut link.metadata.annotations);
        link.spec.node_subnet.clone_from(&subnet);
        link.spec.node_public_key.clone_from(&key);
        link.spec.last_endpoint = endpoint(id);
        link.spec.connected = connected;
        link.spec.virtual_addrport.clone_from(&way.address);
    })?;
    cx.hold::<kind::Link>(id)?;
    let link_id = format!("{id}/Links.omni.sidero.dev");
    // Omni takes away its end of a tunnel that its user wants to be another, so that the machine comes anew.
    if way.switches.is_some() {
        cx.remove_for::<kind::LinkStatus>(LINK_STATUS, &link_id)?;
        return Ok(());
    }
    cx.put_for::<kind::LinkStatus>(LINK_STATUS, &link_id, |status| {
        mark_token(&mut status.metadata.annotations);
        id.clone_into(&mut status.spec.link_id);
        status.spec.node_subnet.clone_from(&subnet);
        status.spec.node_public_key.clone_from(&key);
        status.spec.virtual_addrport.clone_from(&way.address);
    })?;
    Ok(())
}

/// Writes the machine behind the link, and its tokens; again is fine.
pub(super) fn join(
    cx: &Context<'_>,
    id: &str,
    machine: &MachineStateSpec,
    connected: bool,
    way: &Way,
) -> Result<(), Error> {
    let build = machine.build();
    let address = address::management(id).to_string();
    cx.put::<kind::Machine>(id, |resource| {
        let marks = &mut resource.metadata.labels;
        marks.insert(labels::MACHINE_ADDRESS.to_owned(), address.clone());
        marks.extend(machine_labels(&build));
        mark_token(&mut resource.metadata.annotations);
        resource.spec.management_address.clone_from(&address);
        resource.spec.connected = connected;
        resource.spec.use_grpc_tunnel = !way.address.is_empty();
    })?;
    tokens(cx, id, machine)
}

/// The node's own token, the token it joined with, and what Omni notes about its maintenance configuration.
fn tokens(cx: &Context<'_>, id: &str, machine: &MachineStateSpec) -> Result<(), Error> {
    let state = own_token(cx, id, machine)?;
    cx.put_for::<kind::NodeUniqueTokenStatus>(TOKEN_STATUS, id, |status| {
        status.spec.set_state(state);
    })?;
    if cx.get::<kind::JoinTokenUsage>(id)?.is_none()
        && let Some(token) = joined_with(cx, machine)?
    {
        cx.put_for_user::<kind::JoinTokenUsage>(id, |usage| {
            usage.spec.token_id.clone_from(&token);
        })?;
    }
    cx.put_for::<kind::MachineConfigExtractionStatus>(EXTRACTION, id, |status| {
        status.spec.initialized = true;
    })?;
    cx.put_for::<kind::MaintenanceConfigStatus>(MAINTENANCE, id, |status| {
        status.spec.public_key_at_last_apply = public_key(id);
        status.spec.last_applied_config_hash = hex::encode(Sha256::digest("maintenance"));
    })?;
    Ok(())
}

/// Sees to it that the machine has a token of its own, which a machine that does not answer cannot get; what it is worth.
fn own_token(cx: &Context<'_>, id: &str, machine: &MachineStateSpec) -> Result<TokenState, Error> {
    let talos = machine.image.as_ref().map(|image| image.version.clone());
    let talos = talos.and_then(|talos| semver::Version::parse(&talos).ok());
    if talos.is_some_and(|talos| (talos.major, talos.minor) < FIRST_WITH_TOKENS) {
        return Ok(TokenState::Unsupported);
    }
    let own = cx.get::<kind::NodeUniqueToken>(id)?;
    let has = own.is_some_and(|own| !own.spec.token.is_empty());
    if !has && machine.silent_since != 0 {
        return Ok(TokenState::None);
    }
    if !has {
        cx.put_for_user::<kind::NodeUniqueToken>(id, |token| {
            token.spec.token = uuid::Uuid::new_v4().simple().to_string();
        })?;
    }
    Ok(if machine.installed {
        TokenState::Persistent
    } else {
        TokenState::Ephemeral
    })
}

/// The token that the machine has joined with; one without a token counts as joined with the default.
fn joined_with(cx: &Context<'_>, machine: &MachineStateSpec) -> Result<Option<String>, Error> {
    if let Some(presented) = admission::presented(machine) {
        return Ok(Some(presented));
    }
    let default = cx.get::<kind::DefaultJoinToken>("default")?;
    Ok(default.map(|default| default.spec.token_id.clone()))
}

/// A machine of a provider is registered with it.
fn register(cx: &Context<'_>, id: &str, build: &Build) -> Result<(), Error> {
    if build.request.is_empty() {
        return Ok(());
    }
    cx.put_for::<kind::InfraMachineRegistration>(REGISTRATION, id, |registration| {
        registration.metadata.labels.extend(link_labels(build));
    })?;
    Ok(())
}

/// Takes everything away that [`join`] made; whether all of it is gone.
pub(super) fn leave(cx: &Context<'_>, id: &str) -> Result<bool, Error> {
    cx.remove_for::<kind::LinkStatus>(LINK_STATUS, &format!("{id}/Links.omni.sidero.dev"))?;
    cx.remove_for::<kind::MaintenanceConfigStatus>(MAINTENANCE, id)?;
    cx.remove_for::<kind::InfraMachineRegistration>(REGISTRATION, id)?;
    let machine_gone = cx.remove::<kind::Machine>(id)?;
    let snapshot_gone = cx.remove_for::<kind::MachineStatusSnapshot>(SNAPSHOT, id)?;
    if !(machine_gone && snapshot_gone) {
        return Ok(false);
    }
    cx.remove_for::<kind::MachineConfigExtractionStatus>(EXTRACTION, id)?;
    cx.remove_for::<kind::NodeUniqueTokenStatus>(TOKEN_STATUS, id)?;
    cx.remove_for::<kind::NodeUniqueToken>("", id)?;
    cx.remove_for::<kind::JoinTokenUsage>("", id)?;
    cx.remove_for::<kind::MachineLabels>("", id)?;
    cx.remove::<Observed>(id)?;
    cx.remove_for::<MachineState>("", id)?;
    cx.end_notes(&super::diary::stream(id))?;
    cx.release::<kind::Link>(id)?;
    Ok(true)
}

fn link_labels(build: &Build) -> Map {
    let pairs = [
        (labels::INFRA_PROVIDER_ID, &build.provider),
        (labels::MACHINE_REQUEST, &build.request),
        (labels::MACHINE_REQUEST_SET, &build.request_set),
    ];
    let named = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    named
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect()
}

/// A machine made for a set is not for others; one of a fixed provider is marked as such.
fn machine_labels(build: &Build) -> Map {
    let mut marks = link_labels(build);
    if !build.request_set.is_empty() {
        marks.insert(labels::NO_MANUAL_ALLOCATION.to_owned(), String::new());
    }
    if build.fixed {
        marks.insert(
            labels::IS_MANAGED_BY_STATIC_INFRA_PROVIDER.to_owned(),
            String::new(),
        );
    }
    marks
}

fn mark_token(annotations: &mut Map) {
    annotations.insert(labels::CREATED_WITH_UNIQUE_TOKEN.to_owned(), String::new());
}

/// Where its tunnel comes from: some port of this computer, the same for life.
fn endpoint(id: &str) -> String {
    let digest = Sha256::digest(format!("endpoint/{id}"));
    let port = 32_768 + u32::from(digest[0]) * 128 + u32::from(digest[1]) / 2;
    format!("127.0.0.1:{port}")
}

/// A public key of the tunnel; nobody has its private half, as there is no tunnel.
fn public_key(id: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(format!("tunnel/{id}")))
}
