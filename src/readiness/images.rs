//! Whether every machine runs the image that it is to run: extensions and kernel arguments.
//!
//! The Talos upgrade status tells of a change a moment after it was asked for, and is Done once a machine has booted; the machine's own
//! statuses tell of it from the first moment to the last.

use omni_api::specs::machine_extensions_status_spec::item::Phase;
use omni_api::{Resource, kind};

use super::blocker::{Blocker, Subject};
use super::observed::Observed;

/// Adds what is missing, machine by machine; of machines that are no members, or have left, nothing is said.
pub(super) fn images(observed: &Observed, found: &mut Vec<Blocker>) {
    let mut add = |id: &str, reason: Option<String>| {
        if let Some(reason) = reason.filter(|_| observed.machines.contains_key(id)) {
            found.push(Blocker::new(Subject::Machine(id.to_owned()), reason));
        }
    };
    for (id, status) in &observed.extensions {
        add(id, extensions(status));
    }
    for (id, status) in &observed.kernel_args {
        add(id, kernel_args(status));
    }
}

fn extensions(status: &Resource<kind::MachineExtensionsStatus>) -> Option<String> {
    let of = |phase: Phase| {
        let items = status.spec.extensions.iter();
        let names = items.filter(|item| item.phase() == phase);
        names.map(|item| item.name.as_str()).collect::<Vec<_>>()
    };
    let parts = [
        ("installs", of(Phase::Installing)),
        ("removes", of(Phase::Removing)),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(verb, names)| format!("it {verb} {}", names.join(", ")))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

fn kernel_args(status: &Resource<kind::KernelArgsStatus>) -> Option<String> {
    let spec = &status.spec;
    // Arguments that Omni cannot change are not waited for: it says why in the status.
    let waits = spec.args != spec.current_args && spec.unmet_conditions.is_empty();
    waits.then(|| {
        let show = |args: &[String]| {
            if args.is_empty() {
                "none".to_owned()
            } else {
                args.join(" ")
            }
        };
        format!(
            "its kernel arguments are {}, and are to be {}",
            show(&spec.current_args),
            show(&spec.args)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::specs::machine_extensions_status_spec::Item;
    use omni_api::specs::{
        ClusterMachineStatusSpec, KernelArgsStatusSpec, MachineExtensionsStatusSpec,
    };

    const ID: &str = "10001802-c798-4da7-a410-f09abb48c8d8";

    fn observed(items: &[(&str, Phase)], args: KernelArgsStatusSpec) -> Observed {
        let items = items.iter().map(|(name, phase)| Item {
            name: (*name).to_owned(),
            phase: (*phase).into(),
            ..Item::default()
        });
        let extensions = MachineExtensionsStatusSpec {
            extensions: items.collect(),
            ..Default::default()
        };
        let machine = ClusterMachineStatusSpec::default();
        Observed {
            machines: [(ID.into(), Resource::new(ID, machine))].into(),
            extensions: [(ID.into(), Resource::new(ID, extensions))].into(),
            kernel_args: [(ID.into(), Resource::new(ID, args))].into(),
            ..Observed::default()
        }
    }

    fn reasons(observed: &Observed) -> Vec<String> {
        let mut found = Vec::new();
        images(observed, &mut found);
        found.into_iter().map(|blocker| blocker.reason).collect()
    }

    fn args(wanted: &[&str], current: &[&str]) -> KernelArgsStatusSpec {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        KernelArgsStatusSpec {
            args: texts(wanted),
            current_args: texts(current),
            ..Default::default()
        }
    }

    #[test]
    fn a_machine_waits_for_its_extensions() {
        let items = [
            ("siderolabs/a", Phase::Installed),
            ("siderolabs/b", Phase::Installing),
            ("siderolabs/c", Phase::Removing),
        ];
        let waiting = observed(&items, args(&[], &[]));
        assert_eq!(
            reasons(&waiting),
            ["it installs siderolabs/b and it removes siderolabs/c"]
        );
        assert!(reasons(&observed(&items[..1], args(&[], &[]))).is_empty());
    }

    #[test]
    fn a_machine_waits_for_kernel_arguments_that_can_be_changed() {
        let waiting = observed(&[], args(&["quiet"], &[]));
        assert_eq!(
            reasons(&waiting),
            ["its kernel arguments are none, and are to be quiet"]
        );
        let stuck = KernelArgsStatusSpec {
            unmet_conditions: vec!["Unsupported".into()],
            ..args(&["quiet"], &[])
        };
        assert!(reasons(&observed(&[], stuck)).is_empty());
    }

    #[test]
    fn a_machine_that_has_left_is_not_waited_for() {
        let mut left = observed(&[("siderolabs/b", Phase::Installing)], args(&["a"], &[]));
        left.machines.clear();
        assert!(reasons(&left).is_empty());
    }
}
