//! The disk of a machine that Talos is put on: what is chosen, and what comes of it.

mod evaluate;
mod resolve;

use omni_api::kind::{MachineInstallDiskConfig, MachineStatus};
use omni_api::specs::{MachineInstallDiskConfigSpec, MachineInstallDiskStatusSpec};
use omni_api::{Resource, kind, labels};
use sha2::{Digest as _, Sha256};

use crate::controllers::common::copy_labels;
use crate::engine::{Context, Error, Input, Transform, Verdict};

/// Resolves choices of disks.
#[derive(Debug)]
pub(super) struct MachineInstallDiskStatus;

// === impl MachineInstallDiskStatus ===

impl Transform for MachineInstallDiskStatus {
    type In = MachineStatus;
    type Out = kind::MachineInstallDiskStatus;
    const NAME: &'static str = "MachineInstallDiskStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![Input::by_id::<MachineInstallDiskConfig>()]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        machine: &Resource<Self::In>,
        output: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let choice = cx.get::<MachineInstallDiskConfig>(machine.id())?;
        let choice = choice.map(|choice| choice.spec.clone());
        output.metadata.labels.remove(labels::CLUSTER);
        copy_labels(&machine.metadata, &mut output.metadata, &[labels::CLUSTER]);
        output.spec = resolve::resolve(machine.spec.hardware.as_ref(), choice.as_ref());
        output.spec.selection_hash = selection_hash(choice.as_ref());
        Ok(Verdict::DONE)
    }
}

/// The disk that a machine is installed to; none while there is none, or while a choice has not been looked at yet.
pub(crate) fn resolved(
    choice: Option<&MachineInstallDiskConfigSpec>,
    status: &MachineInstallDiskStatusSpec,
) -> Option<String> {
    let current = status.selection_hash == selection_hash(choice);
    (current && !status.disk.is_empty()).then(|| status.disk.clone())
}

/// Tells choices apart; empty without one.
fn selection_hash(choice: Option<&MachineInstallDiskConfigSpec>) -> String {
    let Some(choice) = choice else {
        return String::new();
    };
    let text = if choice.disk.is_empty() {
        format!("selector\0{}", choice.disk_selector)
    } else {
        format!("disk\0{}", choice.disk)
    };
    hex::encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(disk: &str, selector: &str) -> MachineInstallDiskConfigSpec {
        MachineInstallDiskConfigSpec {
            disk: disk.into(),
            disk_selector: selector.into(),
        }
    }

    /// The hashes of recording 18.
    #[test]
    fn choices_are_told_apart_as_omni_does() {
        for (choice, hash) in [
            (
                choice("/dev/vda", ""),
                "a09cfce923bfddaa4c65860c0398c71be4f6677f89ab9def34e3169ee326755d",
            ),
            (
                choice("/dev/sdz", ""),
                "6638473cf0249f0bfe5bbff9469010618db7a1324813a0d696db0ee45fb8f42a",
            ),
            (
                choice("", "disk.size > 10u * GB"),
                "181516120385058f2f6eb991ad6d68f6098c3506b2bc3f169ff9759ad3cac54e",
            ),
        ] {
            assert_eq!(selection_hash(Some(&choice)), hash);
        }
    }

    #[test]
    fn a_choice_that_has_not_been_looked_at_gives_no_disk() {
        let mut status = MachineInstallDiskStatusSpec {
            disk: "/dev/vda".into(),
            ..Default::default()
        };
        assert_eq!(resolved(None, &status).as_deref(), Some("/dev/vda"));
        let choice = choice("/dev/vdb", "");
        assert_eq!(resolved(Some(&choice), &status), None);
        status.selection_hash = selection_hash(Some(&choice));
        status.disk.clear();
        assert_eq!(resolved(Some(&choice), &status), None);
    }
}
