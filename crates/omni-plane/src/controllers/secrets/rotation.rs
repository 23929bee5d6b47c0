//! One phase of a rotation, machine by machine.
//!
//! A machine that has been given its secrets is waited for until it runs with them. While the cluster is locked, is not ready, or only
//! machines are left that cannot take them, the rotation is paused. Machines that join meanwhile come in at the right place.

use omni_api::kind::{
    self, ClusterMachineSecrets, ClusterMachineStatus, ClusterSecrets, ClusterStatus,
    SecretRotation,
};
use omni_api::specs::cluster_machine_secrets_spec::Rotation;
use omni_api::specs::cluster_secrets_spec::Certs;
use omni_api::specs::cluster_secrets_spec::certs::Ca;
use omni_api::specs::cluster_status_spec::Phase as ClusterPhase;
use omni_api::specs::secret_rotation_spec::{Component, Phase, Status};
use omni_api::specs::{ClusterSecretsRotationStatusSpec, SecretRotationSpec};
use omni_api::{Resource, labels};

use super::bundle::Bundle;
use super::candidates::{Candidate, Choice, choose, names};
use super::machine_secrets::enter;
use super::roster::{Ongoing, Roster};
use super::rotation_status::put;
use super::validate::nodes_are_ready;
use crate::controllers::common::is_control_plane;
use crate::engine::{Context, Error};

/// How many former authorities are kept.
const BACKUPS: usize = 5;

/// Takes the next steps of a phase; writes down when it is over.
///
/// # Errors
/// Those of the context.
pub(super) fn advance(
    cx: &Context<'_>,
    secrets: &Resource<ClusterSecrets>,
    rotation: &Resource<SecretRotation>,
    phase: Phase,
    output: &mut Resource<kind::ClusterSecretsRotationStatus>,
) -> Result<(), Error> {
    let cluster = secrets.id();
    output.spec.set_phase(phase);
    output.spec.set_component(rotation.spec.component());
    let stage = Some((phase, rotation.metadata.version.to_string()));
    let roster = cx.ledger::<Roster>(cluster, &stage)?;
    let grown = welcome(cx, &roster, secrets, rotation, phase)?;
    if roster.dismiss(cx)? || grown {
        return Ok(());
    }
    let ongoing = note_taken(cx, cluster, &roster)?;
    let Some(status) = cx.get::<ClusterStatus>(cluster)? else {
        return Ok(());
    };
    let machines = roster.secrets;
    let done = machines - roster.pending.len();
    let working = format!("rotation phase {} {done}/{machines}", phase.as_str_name());
    if status.metadata.annotation(labels::CLUSTER_LOCKED).is_some() {
        pause(&mut output.spec, "waiting for the cluster to be unlocked");
    } else if !ongoing.is_empty() {
        output.spec.status = working;
        output.spec.step = rotating(&ongoing);
    } else if !status.spec.ready || status.spec.phase() != ClusterPhase::Running {
        pause(&mut output.spec, "waiting for the cluster to become ready");
    } else if roster.pending.is_empty() {
        finish(cx, rotation, phase)?;
    } else {
        let Choice { viable, blocked } = choose(roster.pending.values().cloned().collect());
        if viable.is_empty() {
            let step = format!("waiting for machines: [{}]", names(&blocked));
            pause(&mut output.spec, &step);
            return Ok(());
        }
        hand_out(cx, rotation, phase, &viable)?;
        output.spec.status = working;
        output.spec.step = rotating(&viable);
        output.spec.error.clear();
    }
    Ok(())
}

/// Writes down which machines have taken their secrets over; answers those that have not yet.
fn note_taken(cx: &Context<'_>, cluster: &str, roster: &Roster) -> Result<Vec<Candidate>, Error> {
    let mut nodes = roster.ongoing.values().filter(|one| one.taking.runs);
    let nodes_matter = nodes.any(|one| one.taking.needs_nodes);
    let nodes_are_ready = !nodes_matter || nodes_are_ready(cx, cluster)?;
    let mut ongoing = Vec::new();
    for (id, Ongoing { candidate, taking }) in &roster.ongoing {
        if taking.runs && (!taking.needs_nodes || nodes_are_ready) {
            cx.put::<ClusterMachineSecrets>(id, |own| {
                let given = own.spec.rotation.get_or_insert_default();
                given.set_status(Status::Idle);
            })?;
        } else {
            ongoing.push(candidate.clone());
        }
    }
    Ok(ongoing)
}

fn rotating(machines: &[Candidate]) -> String {
    format!("rotating secret for machines: [{}]", names(machines))
}

fn pause(status: &mut ClusterSecretsRotationStatusSpec, step: &str) {
    status.status = format!("rotation paused at phase {}", status.phase().as_str_name());
    step.clone_into(&mut status.step);
    status.error.clear();
}

/// Gives secrets to machines that have just joined: control planes those of this phase, workers those of the one before.
fn welcome(
    cx: &Context<'_>,
    roster: &Roster,
    secrets: &Resource<ClusterSecrets>,
    rotation: &Resource<SecretRotation>,
    phase: Phase,
) -> Result<bool, Error> {
    let mut any = false;
    for machine in &roster.newcomers {
        any = true;
        let status = cx.get::<ClusterMachineStatus>(machine)?;
        if status.is_some_and(|status| is_control_plane(&status.metadata)) {
            hand(cx, machine, &secrets.spec.data, rotation, phase)?;
            continue;
        }
        put(cx, machine, |own| {
            own.spec.data.clone_from(&secrets.spec.data);
            let mut before = Rotation {
                extra_certs: Some(Certs::default()),
                ..Rotation::default()
            };
            before.set_phase(rotation.spec.phase());
            own.spec.rotation = Some(before);
        })?;
    }
    Ok(any)
}

fn hand_out(
    cx: &Context<'_>,
    rotation: &Resource<SecretRotation>,
    phase: Phase,
    machines: &[Candidate],
) -> Result<(), Error> {
    for one in machines {
        if let Some(secrets) = cx.get::<ClusterMachineSecrets>(&one.machine)? {
            hand(cx, &one.machine, &secrets.spec.data, rotation, phase)?;
        }
    }
    Ok(())
}

fn hand(
    cx: &Context<'_>,
    machine: &str,
    data: &[u8],
    rotation: &Resource<SecretRotation>,
    phase: Phase,
) -> Result<(), Error> {
    let bundle = Bundle::read(data)?;
    put(cx, machine, |own| {
        enter(own, &mut bundle.clone(), rotation, phase);
    })
}

/// Writes down that a phase is over; after the last one the new authority takes the place of the old.
fn finish(
    cx: &Context<'_>,
    rotation: &Resource<SecretRotation>,
    phase: Phase,
) -> Result<(), Error> {
    cx.put::<SecretRotation>(rotation.id(), |rotation| {
        rotation.spec.set_phase(phase);
        if phase == Phase::PostRotate {
            replace(&mut rotation.spec);
        }
    })?;
    Ok(())
}

fn replace(rotation: &mut SecretRotationSpec) {
    let component = rotation.component();
    let (certs, extra) = (
        rotation.certs.get_or_insert_default(),
        rotation.extra_certs.get_or_insert_default(),
    );
    let (place, next, backups) = match component {
        Component::TalosCa => (&mut certs.os, &mut extra.os, &mut rotation.backup_certs_os),
        Component::KubernetesCa => (
            &mut certs.k8s,
            &mut extra.k8s,
            &mut rotation.backup_certs_k8s,
        ),
        Component::None => return,
    };
    keep(backups, std::mem::replace(place, next.take()));
}

fn keep(backups: &mut Vec<Ca>, former: Option<Ca>) {
    let new = former.filter(|former| !backups.contains(former));
    backups.extend(new);
    if backups.len() > BACKUPS {
        backups.remove(0);
    }
}
