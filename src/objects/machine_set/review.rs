//! What is wrong with a machine set before it is written: pure checks of the configuration, and of a scale-down.

use tfplugin::{Attr, Diagnostic, Diagnostics, Path};

use super::convert::{CONTROL_PLANE, WORKERS};
use super::{Allocation, MachineSet, Strategy};

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &MachineSet, diagnostics: &mut Diagnostics) {
    if let Some(role) = config.role.as_str() {
        diagnostics.extend(wrong_role(role));
        diagnostics.extend(wrong_name(role, config));
        if role == WORKERS && config.bootstrap_spec.is_known() {
            diagnostics.push(
                Diagnostic::error("Workers have no backup to start from")
                    .detail("`bootstrap_spec` restores etcd, which only a control plane has.")
                    .at_attribute("bootstrap_spec"),
            );
        }
        if role == CONTROL_PLANE && config.delete_strategy.is_known() {
            diagnostics.push(
                Diagnostic::warning("A control plane has no delete strategy")
                    .detail("Machines leave a control plane one at a time, whatever is set.")
                    .remedy("Remove `delete_strategy`.")
                    .at_attribute("delete_strategy"),
            );
        }
    }
    if let Attr::Known(class) = &config.machine_class {
        diagnostics.extend(wrong_allocation(class));
    }
    for (attribute, strategy) in strategies(config) {
        diagnostics.extend(
            strategy
                .as_known()
                .map(|strategy| wrong_strategy(attribute, strategy))
                .into_iter()
                .flatten(),
        );
    }
}

/// Refuses to take a control plane below the majority of its members.
pub fn scale_down(prior: &MachineSet, planned: &MachineSet) -> Option<Diagnostic> {
    if planned.role.as_str() != Some(CONTROL_PLANE) {
        return None;
    }
    let size = |set: &MachineSet| {
        set.machine_class
            .as_known()
            .and_then(|class| class.size.as_known().copied())
    };
    let (before, after) = (size(prior)?, size(planned)?);
    let majority = before / 2 + 1;
    let path = Path::of("machine_class").attribute("size");
    if after == 0 && before > 0 {
        return Some(
            Diagnostic::error("A control plane needs a machine")
                .detail(
                    "Without a control plane machine the cluster is lost: etcd has no member left.",
                )
                .remedy(
                    "Destroy the machine set (or the cluster) instead of setting its size to 0.",
                )
                .at(path),
        );
    }
    (after < before && after < majority).then(|| {
        Diagnostic::error("Scale-down below quorum")
            .detail(format!(
                "The control plane has {before} members and needs {majority} of them to keep etcd's data. Going to {after} in one step takes \
                 away more than etcd can lose."
            ))
            .remedy(format!("Set `size` to {majority} first, apply, and go on from there."))
            .at(path)
    })
}

/// Refuses to replace a set because its name is spelled as its id, which it was in the official provider's alpha.
pub fn renamed_to_its_id(prior: &MachineSet, planned: &MachineSet) -> Option<Diagnostic> {
    let (id, name) = (prior.id.as_str()?, prior.name.as_str()?);
    (planned.name.as_str() == Some(id) && planned.cluster == prior.cluster).then(|| {
        Diagnostic::error("Name with the cluster's name")
            .detail(format!(
                "{id:?} is the id of the machine set. Its name is {name:?}, and a set named {id:?} would replace it with all its machines."
            ))
            .remedy(format!("Write `name = {name:?}`."))
            .at_attribute("name")
    })
}

fn strategies(config: &MachineSet) -> [(&'static str, &Attr<Strategy>); 3] {
    [
        ("update_strategy", &config.update_strategy),
        ("delete_strategy", &config.delete_strategy),
        ("upgrade_strategy", &config.upgrade_strategy),
    ]
}

fn wrong_role(role: &str) -> Option<Diagnostic> {
    (![CONTROL_PLANE, WORKERS].contains(&role)).then(|| {
        Diagnostic::error("Unknown role")
            .detail(format!(
                "A machine set has the role \"{CONTROL_PLANE}\" or \"{WORKERS}\", not {role:?}."
            ))
            .at_attribute("role")
    })
}

fn wrong_name(role: &str, config: &MachineSet) -> Option<Diagnostic> {
    let name = config.name.as_str()?;
    let allowed = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    let problem = if role == CONTROL_PLANE && name != "control-planes" {
        "A control plane has no name of its own: its machine set is always `<cluster>-control-planes`."
    } else if role == WORKERS && name == "control-planes" {
        "The name `control-planes` belongs to the control plane."
    } else if name.is_empty() || !name.chars().all(allowed) {
        "A name consists of letters, digits, dashes and underscores."
    } else {
        return None;
    };
    Some(
        Diagnostic::error("Invalid name of a machine set")
            .detail(problem)
            .at_attribute("name"),
    )
}

fn wrong_allocation(class: &Allocation) -> Option<Diagnostic> {
    let at = |name| Path::of("machine_class").attribute(name);
    let Attr::Known(kind) = &class.allocation_type else {
        // Null is the default, Static.
        return missing_size(class, class.allocation_type.is_null());
    };
    match kind.as_str() {
        "Static" => missing_size(class, true),
        "Unlimited" if class.size.is_known() => Some(
            Diagnostic::error("Unlimited with a size")
                .detail("`Unlimited` takes every machine that the class selects; `size` is for `Static`.")
                .remedy("Remove one of the two.")
                .at(at("size")),
        ),
        "Unlimited" => None,
        other => Some(
            Diagnostic::error("Unknown allocation type")
                .detail(format!("`allocation_type` is \"Static\" or \"Unlimited\", not {other:?}."))
                .at(at("allocation_type")),
        ),
    }
}

fn missing_size(class: &Allocation, fixed: bool) -> Option<Diagnostic> {
    (fixed && class.size.is_null()).then(|| {
        Diagnostic::error("No size")
            .detail("With the allocation type `Static` the machine set takes `size` machines from the class.")
            .remedy("Set `machine_class.size`, or `allocation_type = \"Unlimited\"` to take all that match.")
            .at(Path::of("machine_class"))
    })
}

fn wrong_strategy(attribute: &'static str, strategy: &Strategy) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let rolling = match strategy.r#type.as_str() {
        Some(kind) if !["Rolling", "Unset"].contains(&kind) => {
            let unknown = Diagnostic::error("Unknown strategy")
                .detail(format!(
                    "The type of a strategy is \"Rolling\" or \"Unset\", not {kind:?}."
                ))
                .at(Path::of(attribute).attribute("type"));
            found.push(unknown);
            return found;
        }
        Some(kind) => kind == "Rolling",
        None => return found,
    };
    let at = Path::of(attribute).attribute("max_parallelism");
    match strategy.max_parallelism {
        Attr::Known(0) if rolling => found.push(
            Diagnostic::error("Nothing would ever change")
                .detail("With a parallelism of 0 no machine may change: Omni would wait for ever.")
                .remedy("Set `max_parallelism` to 1 or more, or remove it.")
                .at(at),
        ),
        Attr::Known(_) if !rolling => found.push(
            Diagnostic::warning("Parallelism without Rolling")
                .detail("`max_parallelism` is written, and has a meaning with the type \"Rolling\" only.")
                .remedy("Set the type to \"Rolling\", or remove `max_parallelism`.")
                .at(at),
        ),
        _ => {}
    }
    found
}

#[cfg(test)]
mod tests;
