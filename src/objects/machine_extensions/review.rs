//! What is wrong with extensions before they are written: do they exist for the cluster's Talos, and whom are they for? Pure.

use std::collections::BTreeSet;

use omni_api::{Resource, kind};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path, Text as _};

use super::{MachineExtensions, Target};
use crate::objects::shared::nearest::nearest;
use crate::objects::shared::set_id;
use crate::values::Extension;

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &MachineExtensions, diagnostics: &mut Diagnostics) {
    if let Attr::Known(selector) = &config.selector {
        target(config, selector, diagnostics);
    }
    let mut seen = BTreeSet::new();
    let known = config.extensions.as_known().into_iter().flatten();
    for name in known.filter_map(Attr::as_known) {
        if !seen.insert(name.full()) {
            diagnostics.push(
                Diagnostic::error("Extension listed twice")
                    .detail(format!("{:?} is listed in two spellings.", name.full()))
                    .remedy(
                        "Keep one of them: a name without a publisher is an official extension.",
                    )
                    .at(at(name)),
            );
        }
    }
}

/// Checks the extensions against the list of those that exist for a version of Talos.
pub fn catalogue(
    planned: &MachineExtensions,
    talos: &str,
    catalogue: Option<&Resource<kind::TalosExtensions>>,
) -> Diagnostics {
    let known = planned.extensions.as_known().into_iter().flatten();
    let names: Vec<&Extension> = known.filter_map(Attr::as_known).collect();
    if names.is_empty() {
        return Diagnostics::new();
    }
    let Some(catalogue) = catalogue else {
        return Diagnostic::error("No list of extensions")
            .detail(format!("Omni has no list of the extensions that exist for Talos {talos}, and refuses all of them."))
            .remedy("Bring the cluster to a Talos version that this Omni supports; the data source omni_talos_versions lists them.")
            .at_attribute("extensions")
            .into();
    };
    let items = catalogue.spec.items.iter();
    let offered: Vec<&str> = items.map(|item| item.name.as_str()).collect();
    let missing = names
        .into_iter()
        .filter(|name| !offered.contains(&name.full().as_str()));
    missing.map(|name| unknown(name, talos, &offered)).collect()
}

/// The id of another object is the same although its target differs: a cluster `a-b`, and a machine set `a-b` of a cluster `a`.
pub fn collision(id: &str, other: &MachineExtensions) -> Diagnostic {
    let cluster = other.cluster.as_str().unwrap_or_default();
    let whose = match &other.selector {
        Attr::Known(_) => format!("a machine set or machine of the cluster {cluster:?}"),
        Attr::Null | Attr::Unknown => format!("the cluster {cluster:?}"),
    };
    Diagnostic::error("Ids of extensions collide")
        .detail(format!("The id {id:?} belongs to the extensions of {whose} already: an id has the name of its target alone."))
        .remedy("Give the machine set another name, or list the extensions machine by machine.")
        .at_attribute("selector")
}

fn target(config: &MachineExtensions, selector: &Target, diagnostics: &mut Diagnostics) {
    let at = |name: &str| Path::of("selector").attribute(name);
    if !selector.machine_set.is_null() && !selector.cluster_machine.is_null() {
        diagnostics.push(
            Diagnostic::error("Two targets")
                .detail("`selector.machine_set` and `selector.cluster_machine` exclude each other: Omni would give the extensions to every machine of the set.")
                .remedy("Remove one of them, or make an object of its own for each.")
                .at(at("cluster_machine")),
        );
    }
    if selector.machine_set.is_null() && selector.cluster_machine.is_null() {
        diagnostics.push(
            Diagnostic::error("Empty selector")
                .detail("`selector` is set and selects nothing.")
                .remedy("Remove it for all machines of the cluster, or set `machine_set` or `cluster_machine`.")
                .at_attribute("selector"),
        );
    }
    diagnostics.extend(set_id::wrong(
        &config.cluster,
        &selector.machine_set,
        at("machine_set"),
    ));
}

fn unknown(name: &Extension, talos: &str, offered: &[&str]) -> Diagnostic {
    let full = name.full();
    Diagnostic::error("No such extension")
        .detail(format!(
            "There is no extension {full:?} for Talos {talos}, which the cluster runs."
        ))
        .remedy(format!(
            "The nearest are {}. Another Talos version may have others.",
            nearest(offered.iter().copied(), &full)
        ))
        .at(at(name))
}

fn at(name: &Extension) -> Path {
    Path::of("extensions").element(tfplugin::Value::from(name.spelling()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::shared::testing::summaries;
    use crate::values::MachineId;
    use omni_api::specs::TalosExtensionsSpec;
    use omni_api::specs::talos_extensions_spec::Info;

    fn extensions(names: &[&str]) -> MachineExtensions {
        let names = names.iter().map(|name| Attr::Known(Extension::of(name)));
        MachineExtensions {
            cluster: "prod".into(),
            extensions: Attr::Known(names.collect()),
            ..Default::default()
        }
    }

    fn selected(selector: Target) -> MachineExtensions {
        MachineExtensions {
            selector: Attr::Known(selector),
            ..extensions(&["gvisor"])
        }
    }

    fn problems(config: &MachineExtensions) -> Vec<String> {
        summaries(|found| configuration(config, found))
    }

    fn list() -> Resource<kind::TalosExtensions> {
        let names = [
            "siderolabs/gvisor",
            "siderolabs/iscsi-tools",
            "siderolabs/nvidia-container-toolkit-lts",
        ];
        let items = names.iter().map(|name| Info {
            name: (*name).to_owned(),
            ..Info::default()
        });
        Resource::new(
            "1.13.7",
            TalosExtensionsSpec {
                items: items.collect(),
            },
        )
    }

    #[test]
    fn a_selector_has_one_target_in_the_cluster() {
        let machine = Attr::from(MachineId::of("10001802-c798-4da7-a410-f09abb48c8d8"));
        let set: Attr<String> = "prod-workers".into();
        let of_set = Target {
            machine_set: set.clone(),
            ..Default::default()
        };
        assert!(problems(&selected(of_set)).is_empty());
        let both = Target {
            machine_set: set,
            cluster_machine: machine,
        };
        assert_eq!(problems(&selected(both)), ["Two targets"]);
        assert_eq!(problems(&selected(Target::default())), ["Empty selector"]);
        let short = Target {
            machine_set: "workers".into(),
            ..Default::default()
        };
        assert_eq!(problems(&selected(short)), ["Not an id of a machine set"]);
    }

    #[test]
    fn an_unknown_target_is_not_judged() {
        let unknown = Target {
            machine_set: Attr::Unknown,
            ..Default::default()
        };
        assert!(problems(&selected(unknown)).is_empty());
        let elsewhere = MachineExtensions {
            cluster: Attr::Unknown,
            ..selected(Target {
                machine_set: "other-workers".into(),
                ..Default::default()
            })
        };
        assert!(problems(&elsewhere).is_empty());
    }

    #[test]
    fn one_extension_in_two_spellings_is_refused() {
        let twice = extensions(&["gvisor", "siderolabs/gvisor"]);
        assert_eq!(problems(&twice), ["Extension listed twice"]);
    }

    #[test]
    fn an_extension_that_does_not_exist_names_the_nearest_ones() {
        let said = catalogue(
            &extensions(&["gvisor", "iscsi-tool"]),
            "1.13.7",
            Some(&list()),
        );
        assert_eq!(
            summaries(|found| found.extend(said.clone())),
            ["No such extension"]
        );
        let text = said.iter().map(Diagnostic::text).collect::<String>();
        assert!(
            text.contains("\"siderolabs/iscsi-tool\" for Talos 1.13.7"),
            "{text}"
        );
        assert!(
            text.contains("The nearest are \"siderolabs/iscsi-tools\""),
            "{text}"
        );
    }

    #[test]
    fn without_a_list_nothing_can_be_installed_and_nothing_is_nothing() {
        let said = catalogue(&extensions(&["gvisor"]), "1.2.3", None);
        assert_eq!(
            summaries(|found| found.extend(said.clone())),
            ["No list of extensions"]
        );
        assert!(catalogue(&extensions(&[]), "1.2.3", None).is_empty());
        assert!(catalogue(&extensions(&["siderolabs/gvisor"]), "1.13.7", Some(&list())).is_empty());
    }
}
