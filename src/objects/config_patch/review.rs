//! What is wrong with a patch before it is written: pure checks of the configuration.

use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::{ConfigPatch, Target, forbidden};
use crate::objects::shared::{ordered, set_id};

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &ConfigPatch, diagnostics: &mut Diagnostics) {
    target(config, diagnostics);
    ordered::check("patch", &config.weight, &config.name, diagnostics);
    if let Attr::Known(data) = &config.data {
        diagnostics.extend(contents(data.documents()));
    }
}

fn target(config: &ConfigPatch, diagnostics: &mut Diagnostics) {
    let selector = match &config.selector {
        Attr::Known(selector) => selector.clone(),
        Attr::Null => Target::default(),
        Attr::Unknown => return,
    };
    let set = [
        ("machine_set", !selector.machine_set.is_null()),
        ("cluster_machine", !selector.cluster_machine.is_null()),
        ("machine", !selector.machine.is_null()),
    ];
    let set: Vec<&str> = set
        .into_iter()
        .filter(|(_, set)| *set)
        .map(|(name, _)| name)
        .collect();
    let at = |name: &str| Path::of("selector").attribute(name);
    if let [first, second, ..] = set.as_slice() {
        diagnostics.push(
            Diagnostic::error("Two targets")
                .detail(format!("`selector.{first}` and `selector.{second}` exclude each other: a patch has one target."))
                .at(at(second)),
        );
    }
    match (set.first(), &config.cluster) {
        (Some(&"machine"), Attr::Known(_)) => diagnostics.push(
            Diagnostic::error("Two targets")
                .detail("`selector.machine` patches a machine whatever cluster it belongs to.")
                .remedy("Remove `cluster`, or use `selector.cluster_machine` to patch the machine only while it belongs to that cluster.")
                .at(at("machine")),
        ),
        (Some(name @ (&"machine_set" | &"cluster_machine")), Attr::Null) => diagnostics.push(
            Diagnostic::error("No cluster")
                .detail(format!("`selector.{name}` narrows a cluster, and `cluster` is not set: Omni would ignore the patch."))
                .remedy("Set `cluster`.")
                .at_attribute("cluster"),
        ),
        (None, Attr::Null) => diagnostics.push(
            Diagnostic::error("No target")
                .detail("Neither `cluster` nor `selector.machine` is set: the patch would apply to nothing, and Omni removes such patches.")
                .remedy("Set `cluster`, or `selector.machine` for one machine."),
        ),
        _ => {}
    }
    let at = at("machine_set");
    diagnostics.extend(set_id::wrong(&config.cluster, &selector.machine_set, at));
}

fn contents(documents: &[serde_json::Value]) -> Vec<Diagnostic> {
    if documents.is_empty() || documents.iter().any(|document| !document.is_object()) {
        return vec![
            Diagnostic::error("The patch is no configuration")
                .detail("A patch consists of YAML mappings, as a machine configuration does.")
                .remedy("Write it with `yamlencode({ machine = { … } })`, or read it from a file that talosctl accepts.")
                .at_attribute("data"),
        ];
    }
    let refused = |reason: String| {
        Diagnostic::error("Omni owns this part of the configuration")
            .detail(format!("Omni refuses the patch: {reason}."))
            .remedy("Remove it from the patch; Omni sets it itself.")
            .at_attribute("data")
    };
    forbidden::reasons(documents)
        .into_iter()
        .map(refused)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::shared::testing::summaries;
    use crate::values::{MachineId, Yaml};
    use tfplugin::Text as _;

    fn patch(data: &str) -> ConfigPatch {
        let data = Attr::Known(Yaml::parse(data).expect("YAML"));
        ConfigPatch {
            name: "x".into(),
            cluster: "prod".into(),
            data,
            ..Default::default()
        }
    }

    fn problems(config: &ConfigPatch) -> Vec<String> {
        summaries(|found| configuration(config, found))
    }

    fn with(selector: Target) -> ConfigPatch {
        ConfigPatch {
            selector: Attr::Known(selector),
            ..patch("machine: {}")
        }
    }

    #[test]
    fn a_patch_has_one_target() {
        let machine = Attr::from(MachineId::of("10001802-c798-4da7-a410-f09abb48c8d8"));
        let set: Attr<String> = "prod-workers".into();
        assert!(problems(&patch("machine: {}")).is_empty());
        assert!(
            problems(&with(Target {
                machine_set: set.clone(),
                ..Default::default()
            }))
            .is_empty()
        );
        assert_eq!(
            problems(&with(Target {
                machine: machine.clone(),
                ..Default::default()
            })),
            ["Two targets"]
        );
        let both = Target {
            machine_set: set.clone(),
            cluster_machine: machine,
            ..Default::default()
        };
        assert_eq!(problems(&with(both)), ["Two targets"]);
        assert_eq!(
            problems(&ConfigPatch {
                cluster: Attr::Null,
                ..patch("machine: {}")
            }),
            ["No target"]
        );
        let homeless = ConfigPatch {
            cluster: Attr::Null,
            ..with(Target {
                machine_set: set,
                ..Default::default()
            })
        };
        assert_eq!(problems(&homeless), ["No cluster"]);
    }

    #[test]
    fn an_unknown_target_is_not_judged() {
        assert!(
            problems(&ConfigPatch {
                cluster: Attr::Null,
                selector: Attr::Unknown,
                ..patch("machine: {}")
            })
            .is_empty()
        );
        assert!(
            problems(&ConfigPatch {
                cluster: Attr::Unknown,
                ..patch("machine: {}")
            })
            .is_empty()
        );
    }

    #[test]
    fn what_omni_owns_and_what_is_no_configuration_are_refused() {
        assert_eq!(
            problems(&patch("cluster: {clusterName: x}")),
            ["Omni owns this part of the configuration"]
        );
        assert_eq!(
            problems(&patch("just text")),
            ["The patch is no configuration"]
        );
        assert_eq!(problems(&patch("")), ["The patch is no configuration"]);
    }
}
