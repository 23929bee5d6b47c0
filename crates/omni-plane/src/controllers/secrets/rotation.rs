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
use super::rotation_status::{Roster, put};
use super::validate::has_taken;
use crate::controllers::common::is_control_plane;
use crate::engine::{Context, Error};

/// How many former authorities are kept.
const BACKUPS: usize = 5;

/// How far the machines are in a phase.
#[derive(Debug, Default)]
struct Progress {
    pending: Vec<Candidate>,
    ongoing: Vec<Candidate>,
}

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
    let roster = Roster::of(cx, cluster)?;
    let grown = welcome(cx, &roster, secrets, rotation, phase)?;
    if roster.dismiss(cx)? || grown {
        return Ok(());
    }
    let progress = Progress::of(cx, cluster, &roster, rotation, phase)?;
    let Some(status) = cx.get::<ClusterStatus>(cluster)? else {
        return Ok(());
    };
    let machines = roster.secrets.len();
    let done = machines - progress.pending.len();
    let working = format!("rotation phase {} {done}/{machines}", phase.as_str_name());
    if status.metadata.annotation(labels::CLUSTER_LOCKED).is_some() {
        pause(&mut output.spec, "waiting for the cluster to be unlocked");
    } else if !progress.ongoing.is_empty() {
        output.spec.status = working;
        output.spec.step = rotating(&progress.ongoing);
    } else if !status.spec.ready || status.spec.phase() != ClusterPhase::Running {
        pause(&mut output.spec, "waiting for the cluster to become ready");
    } else if progress.pending.is_empty() {
        finish(cx, rotation, phase)?;
    } else {
        let Choice { viable, blocked } = choose(progress.pending);
        if viable.is_empty() {
            let step = format!("waiting for machines: [{}]", names(&blocked));
            pause(&mut output.spec, &step);
            return Ok(());
        }
        hand_out(cx, &roster, rotation, phase, &viable)?;
        output.spec.status = working;
        output.spec.step = rotating(&viable);
        output.spec.error.clear();
    }
    Ok(())
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
    for status in roster.newcomers() {
        any = true;
        if is_control_plane(&status.metadata) {
            hand(cx, status, &secrets.spec.data, rotation, phase)?;
            continue;
        }
        put(cx, status, |own| {
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
    roster: &Roster,
    rotation: &Resource<SecretRotation>,
    phase: Phase,
    machines: &[Candidate],
) -> Result<(), Error> {
    for one in machines {
        let secrets = roster.secrets.get(one.machine.as_str());
        let status = roster.statuses.get(one.machine.as_str());
        if let (Some(secrets), Some(status)) = (secrets, status) {
            hand(cx, status, &secrets.spec.data, rotation, phase)?;
        }
    }
    Ok(())
}

fn hand(
    cx: &Context<'_>,
    status: &Resource<ClusterMachineStatus>,
    data: &[u8],
    rotation: &Resource<SecretRotation>,
    phase: Phase,
) -> Result<(), Error> {
    let bundle = Bundle::read(data)?;
    put(cx, status, |own| {
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

// === impl Progress ===

impl Progress {
    /// Sorts the machines, and notes those that have taken their secrets over.
    fn of(
        cx: &Context<'_>,
        cluster: &str,
        roster: &Roster,
        rotation: &Resource<SecretRotation>,
        phase: Phase,
    ) -> Result<Self, Error> {
        let mut progress = Self::default();
        for (id, secrets) in &roster.secrets {
            let Some(status) = roster.statuses.get(id) else {
                continue;
            };
            let given = secrets.spec.rotation.as_ref();
            let Some(given) = given.filter(|given| given.phase() == phase) else {
                progress.pending.push(candidate(status));
                continue;
            };
            if given.status() != Status::InProgress {
                continue;
            }
            let current = given.secret_rotation_version == rotation.metadata.version.to_string();
            if current && has_taken(cx, cluster, secrets)? {
                cx.put::<ClusterMachineSecrets>(id, |own| {
                    own.spec
                        .rotation
                        .get_or_insert_default()
                        .set_status(Status::Idle);
                })?;
            } else {
                progress.ongoing.push(candidate(status));
            }
        }
        Ok(progress)
    }
}

fn candidate(status: &Resource<ClusterMachineStatus>) -> Candidate {
    let metadata = &status.metadata;
    Candidate {
        machine: status.id().to_owned(),
        hostname: metadata
            .label(labels::HOSTNAME)
            .unwrap_or_default()
            .to_owned(),
        control_plane: is_control_plane(metadata),
        locked: metadata.annotation(labels::MACHINE_LOCKED).is_some(),
        ready: status.spec.ready,
    }
}
