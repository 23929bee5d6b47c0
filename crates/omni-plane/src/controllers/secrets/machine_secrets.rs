//! The secrets of one machine in each phase of a rotation.
//!
//! # Phases
//! 1. Before: the machine accepts the new authority beside its own.
//! 2. Rotation: it has the new authority, and accepts the old one.
//! 3. After: the old one is forgotten.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omni_api::Resource;
use omni_api::kind::{ClusterMachineSecrets, SecretRotation};
use omni_api::specs::cluster_machine_secrets_spec::Rotation;
use omni_api::specs::cluster_secrets_spec::Certs;
use omni_api::specs::cluster_secrets_spec::certs::Ca;
use omni_api::specs::secret_rotation_spec::{Component, Phase, Status};

use super::bundle::Bundle;

/// The certificates of authorities that a machine accepts, in base64.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// For its own API; none before the first rotation, when it is the one that it has.
    pub(crate) talos: Vec<String>,
    /// For the API of Kubernetes, beyond the one that it has.
    pub(crate) kubernetes: Vec<String>,
}

// === impl Accepted ===

impl Accepted {
    /// What a machine accepts by its secrets.
    pub(crate) fn of(bundle: &Bundle, rotation: Option<&Rotation>) -> Self {
        let Some(rotation) = rotation else {
            return Self::default();
        };
        let own = bundle.authority(Component::TalosCa).crt;
        let extra = |component| extra(rotation, component).map(|ca| STANDARD.encode(&ca.crt));
        let mut talos = vec![STANDARD.encode(own)];
        talos.extend(extra(Component::TalosCa));
        Self {
            talos,
            kubernetes: extra(Component::KubernetesCa).into_iter().collect(),
        }
    }
}

fn extra(rotation: &Rotation, component: Component) -> Option<&Ca> {
    of(rotation.extra_certs.as_ref()?, component)
}

/// The authority of a component.
pub(super) fn of(certs: &Certs, component: Component) -> Option<&Ca> {
    match component {
        Component::TalosCa => certs.os.as_ref(),
        Component::KubernetesCa => certs.k8s.as_ref(),
        Component::None => None,
    }
}

/// Certificates of one component alone.
pub(super) fn only(component: Component, ca: Ca) -> Certs {
    match component {
        Component::TalosCa => Certs {
            os: Some(ca),
            ..Certs::default()
        },
        Component::KubernetesCa => Certs {
            k8s: Some(ca),
            ..Certs::default()
        },
        Component::None => Certs::default(),
    }
}

/// Brings a machine's secrets to a phase of a rotation.
pub(super) fn enter(
    secrets: &mut Resource<ClusterMachineSecrets>,
    bundle: &mut Bundle,
    rotation: &Resource<SecretRotation>,
    phase: Phase,
) {
    let component = rotation.spec.component();
    let next = rotation.spec.extra_certs.as_ref();
    let next = next.and_then(|certs| of(certs, component));
    let now = rotation.spec.certs.as_ref();
    let now = now.and_then(|certs| of(certs, component));
    let mut entered = Rotation {
        extra_certs: Some(Certs::default()),
        secret_rotation_version: rotation.metadata.version.to_string(),
        ..Rotation::default()
    };
    entered.set_status(Status::InProgress);
    entered.set_phase(phase);
    entered.set_component(component);
    match (phase, now, next) {
        (Phase::PreRotate, _, Some(next)) => {
            entered.extra_certs = Some(only(component, next.clone()));
        }
        (Phase::Rotate, Some(now), Some(next)) => {
            bundle.set_authority(component, next);
            entered.extra_certs = Some(only(component, now.clone()));
        }
        (Phase::PostRotate, ..) => entered.extra_certs = None,
        _ => {}
    }
    secrets.spec.data = bundle.to_bytes();
    secrets.spec.rotation = Some(entered);
}
