//! What the server says about its kinds: names people may use, columns worth a look.
//!
//! Names are those of omnictl: the type (`Clusters.omni.sidero.dev`), the aliases that the server lists (`cluster`, `clusters`,
//! `cms`), whatever their case.

use omni_api::cosi::meta::ResourceDefinitionSpec;
use omni_api::kind::{self, Facts};
use omni_api::{Resource, kind::ResourceDefinition};
use serde_json::Value as Json;

/// The definitions of a server.
pub struct Definitions(Vec<ResourceDefinitionSpec>);

/// A kind that was found, and its columns.
#[derive(Debug)]
pub struct Found<'a> {
    /// What is known about it.
    pub facts: &'static Facts,
    definition: &'a ResourceDefinitionSpec,
}

/// A name that is no kind's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownKind {
    /// Nothing goes by that name.
    #[error("there is no kind {name:?}{}", near(.similar))]
    Nothing {
        /// The name.
        name: String,
        /// Kinds whose name contains it.
        similar: Vec<String>,
    },
    /// Several go by it.
    #[error("{name:?} could be one of {}", .kinds.join(", "))]
    Several {
        /// The name.
        name: String,
        /// Those it could be.
        kinds: Vec<String>,
    },
}

fn near(similar: &[String]) -> String {
    if similar.is_empty() {
        return String::new();
    }
    format!("; did you mean {}?", similar.join(", "))
}

// === impl Definitions ===

impl Definitions {
    /// The definitions as the server listed them.
    pub fn new(listed: Vec<Resource<ResourceDefinition>>) -> Self {
        Self(
            listed
                .into_iter()
                .map(|definition| definition.spec)
                .collect(),
        )
    }

    /// The kind of that name.
    ///
    /// # Errors
    /// [`UnknownKind`].
    pub fn find(&self, name: &str) -> Result<Found<'_>, UnknownKind> {
        let wanted = name.to_lowercase();
        let known = self.0.iter().filter_map(|definition| {
            let facts = kind::find(&definition.resource_type)?;
            Some(Found { facts, definition })
        });
        let mut found: Vec<_> = known.filter(|found| found.goes_by(&wanted)).collect();
        match (found.pop(), found.is_empty()) {
            (Some(only), true) => Ok(only),
            (None, _) => Err(self.nothing(name, &wanted)),
            (Some(last), false) => {
                let types = found
                    .iter()
                    .chain([&last])
                    .map(|found| found.facts.type_name.to_owned());
                let kinds = types.collect();
                Err(UnknownKind::Several {
                    name: name.to_owned(),
                    kinds,
                })
            }
        }
    }

    fn nothing(&self, name: &str, wanted: &str) -> UnknownKind {
        let types = self.0.iter().map(|definition| &definition.resource_type);
        let similar = types.filter(|kind| kind.to_lowercase().contains(wanted));
        let similar = similar.take(5).cloned().collect();
        UnknownKind::Nothing {
            name: name.to_owned(),
            similar,
        }
    }
}

// === impl Found ===

impl Found<'_> {
    fn goes_by(&self, wanted: &str) -> bool {
        let aliases = self
            .definition
            .all_aliases
            .iter()
            .chain(&self.definition.aliases);
        self.facts.type_name.to_lowercase() == wanted
            || aliases
                .into_iter()
                .any(|alias| alias.to_lowercase() == wanted)
    }

    /// The first word of its type, `Clusters`.
    pub fn type_word(&self) -> &'static str {
        let kind = self.facts.type_name;
        kind.split_once('.').map_or(kind, |(word, _)| word)
    }

    /// Titles of the columns that the server proposes.
    pub fn titles(&self) -> Vec<String> {
        self.definition
            .print_columns
            .iter()
            .map(|column| column.name.to_uppercase())
            .collect()
    }

    /// What stands in those columns for a spec in JSON.
    pub fn cells(&self, spec: &Json) -> Vec<String> {
        self.definition
            .print_columns
            .iter()
            .map(|column| text(at(spec, &column.json_path)))
            .collect()
    }
}

/// The value at a path such as `{.machines.total}`. The server writes names as its own language has them: without `_`, in small letters.
fn at<'a>(spec: &'a Json, path: &str) -> &'a Json {
    let path = path.trim_start_matches("{.").trim_end_matches('}');
    path.split('.').fold(spec, |value, name| {
        let fields = value.as_object().into_iter().flatten();
        let named = |field: &str| field.replace('_', "").eq_ignore_ascii_case(name);
        fields
            .into_iter()
            .find(|(field, _)| named(field))
            .map_or(&Json::Null, |(_, value)| value)
    })
}

fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::cosi::meta::resource_definition_spec::PrintColumn;
    use serde_json::json;

    fn definition(kind: &str, aliases: &[&str]) -> ResourceDefinitionSpec {
        ResourceDefinitionSpec {
            resource_type: kind.to_owned(),
            all_aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
            ..Default::default()
        }
    }

    fn some() -> Definitions {
        let mut machines = definition(
            "MachineStatuses.omni.sidero.dev",
            &["machinestatuses", "machinestatus", "ms"],
        );
        let column = |name: &str, path: &str| PrintColumn {
            name: name.to_owned(),
            json_path: path.to_owned(),
        };
        machines.print_columns = vec![
            column("Total", "{.machines.total}"),
            column("Talos", "{.talosversion}"),
            column("Roles", "{.roles}"),
        ];
        Definitions(vec![
            machines,
            definition("MachineSets.omni.sidero.dev", &["machineset", "ms"]),
            definition("Unknown.example.org", &["quux"]),
        ])
    }

    #[test]
    fn a_kind_is_found_by_type_and_alias_whatever_their_case() {
        for name in [
            "MachineStatuses.omni.sidero.dev",
            "machinestatuses",
            "MachineStatus",
        ] {
            assert_eq!(
                some().find(name).expect("found").facts.type_name,
                "MachineStatuses.omni.sidero.dev"
            );
        }
    }

    #[test]
    fn a_name_of_two_kinds_and_of_none_are_told_apart() {
        let error = some().find("ms").expect_err("two");
        assert!(
            matches!(&error, UnknownKind::Several { kinds, .. } if kinds.len() == 2),
            "{error}"
        );
        let error = some().find("machine").expect_err("none").to_string();
        assert_eq!(
            error,
            "there is no kind \"machine\"; did you mean MachineStatuses.omni.sidero.dev, MachineSets.omni.sidero.dev?"
        );
        assert_eq!(
            some().find("quux").expect_err("not ours").to_string(),
            "there is no kind \"quux\""
        );
    }

    #[test]
    fn columns_are_read_from_the_spec() {
        let definitions = some();
        let found = definitions.find("machinestatus").expect("found");
        assert_eq!(found.titles(), ["TOTAL", "TALOS", "ROLES"]);
        let spec =
            json!({ "machines": { "total": 3 }, "talos_version": "1.13.7", "roles": ["a", "b"] });
        assert_eq!(found.cells(&spec), ["3", "1.13.7", "a,b"]);
        assert_eq!(found.cells(&json!({})), ["", "", ""]);
    }
}
