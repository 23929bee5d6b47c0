//! Names of kinds as people type them: `cluster`, `clusters`, `Clusters.omni.sidero.dev`.

use omni_api::kind::{self, Facts};

/// Nothing goes by that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no kind {name:?}; did you mean one of {}?", .near.join(", "))]
pub struct UnknownKind {
    name: String,
    near: Vec<&'static str>,
}

/// The kind of that name, singular or plural, short or in full, whatever its case.
///
/// # Errors
/// [`UnknownKind`] with kinds that contain the name.
pub fn find(name: &str) -> Result<&'static Facts, UnknownKind> {
    let wanted = name.to_lowercase();
    let found = kind::ALL.iter().find(|facts| names(facts).any(|known| known == wanted));
    found.copied().ok_or_else(|| {
        let near = kind::ALL.iter().map(|facts| facts.type_name).filter(|known| known.to_lowercase().contains(&wanted));
        UnknownKind { name: name.to_owned(), near: near.take(5).collect() }
    })
}

fn names(facts: &Facts) -> impl Iterator<Item = String> {
    let full = facts.type_name.to_lowercase();
    let plural = full.split('.').next().unwrap_or_default().to_owned();
    let singular = singular(&plural);
    [full, plural, singular].into_iter()
}

fn singular(plural: &str) -> String {
    let endings = [("ies", "y"), ("statuses", "status"), ("classes", "class"), ("patches", "patch"), ("s", "")];
    let found = endings.iter().find_map(|(plural_end, end)| plural.strip_suffix(plural_end).map(|stem| format!("{stem}{end}")));
    found.unwrap_or_else(|| plural.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_found_as_people_type_them() {
        for (name, found) in [
            ("cluster", "Clusters.omni.sidero.dev"),
            ("clusters", "Clusters.omni.sidero.dev"),
            ("ClusterMachineStatus", "ClusterMachineStatuses.omni.sidero.dev"),
            ("configpatch", "ConfigPatches.omni.sidero.dev"),
            ("machineclass", "MachineClasses.omni.sidero.dev"),
            ("Links.omni.sidero.dev", "Links.omni.sidero.dev"),
        ] {
            assert_eq!(find(name).map(|facts| facts.type_name), Ok(found), "{name}");
        }
    }

    #[test]
    fn a_name_that_nothing_goes_by_shows_what_comes_near() {
        let error = find("machinese").expect_err("nothing").to_string();
        assert!(error.contains("MachineSets.omni.sidero.dev"), "{error}");
    }
}
