//! Omni's words for phases and stages, and what they mean to the reader.

use omni_api::specs::cluster_machine_request_status_spec::Stage as RequestStage;
use omni_api::specs::cluster_machine_status_spec::Stage;
use omni_api::specs::control_plane_status_spec::condition::Status as ConditionStatus;
use omni_api::specs::{
    ConditionType, ConfigApplyStatus, ControlPlaneStatusSpec, MachineSetPhase, cluster_status_spec,
    kubernetes_upgrade_status_spec, talos_upgrade_status_spec,
};
use omni_api::{Resource, kind, labels};

use super::node::{Tone, Word};

pub(super) fn ready(ready: bool) -> Word {
    if ready {
        Word::new("Ready", Tone::Good)
    } else {
        Word::new("Not Ready", Tone::Lacking)
    }
}

pub(super) fn cluster(phase: cluster_status_spec::Phase) -> Word {
    use cluster_status_spec::Phase;
    let tone = match phase {
        Phase::Unknown => Tone::Lacking,
        Phase::ScalingUp | Phase::ScalingDown => Tone::Changing,
        Phase::Running => Tone::Good,
        Phase::Destroying => Tone::Bad,
    };
    Word::new(phase.as_str_name(), tone)
}

pub(super) fn machine_set(phase: MachineSetPhase) -> Word {
    use MachineSetPhase as Phase;
    let tone = match phase {
        Phase::Unknown => Tone::Lacking,
        Phase::ScalingUp | Phase::ScalingDown | Phase::Reconfiguring | Phase::Upgrading => {
            Tone::Changing
        }
        Phase::Running => Tone::Good,
        Phase::Destroying | Phase::Failed => Tone::Bad,
    };
    Word::new(phase.as_str_name(), tone)
}

/// The phase, the step where there is one, the version that runs.
pub(super) fn kubernetes(status: &Resource<kind::KubernetesUpgradeStatus>) -> Vec<Word> {
    use kubernetes_upgrade_status_spec::Phase;
    let spec = &status.spec;
    let tone = match spec.phase() {
        Phase::Unknown => Tone::Plain,
        Phase::Upgrading | Phase::Reverting => Tone::Changing,
        Phase::Done => Tone::Good,
        Phase::Failed => Tone::Bad,
    };
    upgrade(
        spec.phase().as_str_name(),
        tone,
        &spec.step,
        &spec.last_upgrade_version,
    )
}

/// The phase, the step where there is one, the version that runs.
pub(super) fn talos(status: &Resource<kind::TalosUpgradeStatus>) -> Vec<Word> {
    use talos_upgrade_status_spec::Phase;
    let spec = &status.spec;
    let tone = match spec.phase() {
        Phase::Unknown => Tone::Plain,
        Phase::Done => Tone::Good,
        Phase::Failed => Tone::Bad,
        _ => Tone::Changing,
    };
    upgrade(
        spec.phase().as_str_name(),
        tone,
        &spec.step,
        &spec.last_upgrade_version,
    )
}

fn upgrade(phase: &str, tone: Tone, step: &str, version: &str) -> Vec<Word> {
    let mut words = vec![Word::new(phase, tone)];
    if !step.is_empty() {
        words.push(Word::new(step, Tone::Plain));
    }
    if !version.is_empty() {
        words.push(Word::new(format!("({version})"), Tone::Plain));
    }
    words
}

pub(super) fn checks(status: &ControlPlaneStatusSpec) -> Word {
    let failing = |condition: &&omni_api::specs::control_plane_status_spec::Condition| {
        condition.status() == ConditionStatus::NotReady
    };
    let name = |kind: i32| {
        ConditionType::try_from(kind).map_or("UnknownCondition", |kind| kind.as_str_name())
    };
    let failing: Vec<_> = (status.conditions.iter().filter(failing))
        .map(|condition| name(condition.r#type))
        .collect();
    if failing.is_empty() {
        Word::new("OK", Tone::Good)
    } else {
        Word::new(format!("Failing: [{}]", failing.join(" ")), Tone::Lacking)
    }
}

/// The stage of a machine and everything that is noteworthy about it.
pub(super) fn machine(status: &Resource<kind::ClusterMachineStatus>) -> Vec<Word> {
    let (metadata, spec) = (&status.metadata, &status.spec);
    let stage = spec.stage();
    let mut words = vec![Word::new(stage.as_str_name(), stage_tone(stage))];
    if stage == Stage::Running {
        words.push(ready(spec.ready));
    }
    if metadata.label(labels::MACHINE_CONNECTED).is_none() {
        words.push(Word::new("Unreachable", Tone::Bad));
    }
    if metadata.annotation(labels::MACHINE_LOCKED).is_some() {
        words.push(Word::new("Locked", Tone::Held));
    }
    if !spec.config_up_to_date {
        words.push(Word::new("Config Outdated", Tone::Changing));
    }
    if metadata.label(labels::UPDATE_LOCKED).is_some() {
        words.push(Word::new("Pending Config Update", Tone::Held));
    } else if spec.config_apply_status() == ConfigApplyStatus::Failed {
        words.push(Word::new("Config Apply Failed", Tone::Bad));
    }
    words
}

fn stage_tone(stage: Stage) -> Tone {
    match stage {
        Stage::Running => Tone::Good,
        Stage::BeforeDestroy | Stage::Destroying | Stage::ShuttingDown => Tone::Bad,
        Stage::Unknown => Tone::Lacking,
        Stage::PoweredOff => Tone::Plain,
        _ => Tone::Changing,
    }
}

pub(super) fn request(stage: RequestStage) -> Word {
    let tone = match stage {
        RequestStage::Unknown => Tone::Lacking,
        RequestStage::Pending | RequestStage::Provisioning => Tone::Changing,
        RequestStage::Provisioned => Tone::Good,
        RequestStage::Deprovisioning | RequestStage::Failed => Tone::Bad,
    };
    Word::new(stage.as_str_name(), tone)
}
