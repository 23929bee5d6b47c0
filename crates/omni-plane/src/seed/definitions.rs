//! Namespaces and resource definitions, as COSI publishes them about itself.
//!
//! Clients resolve short names (`cms`, `machineset`) and print tables by them. The table beside this file holds what cannot be
//! derived: the singular name of a type and its print columns. Namespaces and sensitivity come from [`omni_api::kind`], aliases
//! follow COSI's rule: the plural text cut at its dots, the singular, the initials of its words and their plural.

use omni_api::cosi::meta::{NamespaceSpec, ResourceDefinitionSpec, resource_definition_spec};
use omni_api::kind::{self, Kind, namespace};
use omni_api::{AnyResource, Resource};

use crate::release::Release;

/// Who owns these resources.
const OWNER: &str = "meta";

const TABLE: &str = include_str!("definitions.tsv");

const NAMESPACES: [(&str, &str); 8] = [
    (namespace::DEFAULT, "Default namespace for resources"),
    (namespace::EPHEMERAL, "Ephemeral namespace for resources"),
    (namespace::EXTERNAL, "Namespace for external resources"),
    (
        namespace::INFRA_PROVIDER,
        "Infra providers persistent namespace",
    ),
    (
        namespace::INFRA_PROVIDER_EPHEMERAL,
        "Infra providers ephemeral namespace",
    ),
    (
        namespace::META,
        "Metadata namespace which contains resource and namespace definitions.",
    ),
    (
        namespace::METRICS,
        "Secondary storage namespace for resources",
    ),
    (namespace::VIRTUAL, "Namespace for virtual resources"),
];

/// All namespaces, and the definitions of the kinds that a release has.
pub(crate) fn resources(release: Release) -> impl Iterator<Item = AnyResource> {
    namespaces().chain(of_release(release).map(define))
}

/// Ids of the definitions of kinds that a release does not have.
pub(super) fn missing(release: Release) -> impl Iterator<Item = String> {
    definitions()
        .filter(move |spec| !release.has_kind(&spec.resource_type))
        .map(|spec| spec.resource_type.to_lowercase())
}

fn of_release(release: Release) -> impl Iterator<Item = ResourceDefinitionSpec> {
    definitions().filter(move |spec| release.has_kind(&spec.resource_type))
}

fn define(spec: ResourceDefinitionSpec) -> AnyResource {
    let id = spec.resource_type.to_lowercase();
    owned(Resource::<kind::ResourceDefinition>::new(&id, spec))
}

fn namespaces() -> impl Iterator<Item = AnyResource> {
    NAMESPACES.iter().map(|(name, description)| {
        owned(Resource::<kind::Namespace>::new(
            name,
            NamespaceSpec {
                description: (*description).to_owned(),
            },
        ))
    })
}

fn definitions() -> impl Iterator<Item = ResourceDefinitionSpec> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(definition)
}

fn definition(line: &str) -> Option<ResourceDefinitionSpec> {
    let mut cells = line.split('\t');
    let facts = kind::find(cells.next()?)?;
    let display = cells.next()?;
    let columns = cells.next().unwrap_or_default();
    let aliases = aliases(facts.type_name, display);
    Some(ResourceDefinitionSpec {
        resource_type: facts.type_name.to_owned(),
        display_type: display.to_owned(),
        default_namespace: facts.namespace.to_owned(),
        all_aliases: all_aliases(facts.type_name, &aliases),
        aliases,
        print_columns: columns.split('|').filter_map(column).collect(),
        sensitivity: i32::from(facts.sensitive),
    })
}

fn column(cell: &str) -> Option<resource_definition_spec::PrintColumn> {
    let (name, path) = cell.split_once('=')?;
    Some(resource_definition_spec::PrintColumn {
        name: name.to_owned(),
        json_path: path.to_owned(),
    })
}

fn aliases(type_name: &str, display: &str) -> Vec<String> {
    let mut aliases: Vec<String> = match type_name {
        kind::Namespace::TYPE => vec!["ns".to_owned()],
        kind::ResourceDefinition::TYPE => vec!["api-resources".to_owned()],
        _ => Vec::new(),
    };
    aliases.push(display.to_lowercase());
    let initials = display
        .chars()
        .filter(char::is_ascii_uppercase)
        .collect::<String>()
        .to_lowercase();
    if initials.len() > 1 {
        let plural = (!initials.ends_with('s')).then(|| format!("{initials}s"));
        aliases.push(initials);
        aliases.extend(plural);
    }
    aliases
}

fn all_aliases(type_name: &str, aliases: &[String]) -> Vec<String> {
    let text = type_name.to_lowercase();
    text.match_indices('.')
        .map(|(at, _)| text[..at].to_owned())
        .chain(aliases.iter().cloned())
        .collect()
}

fn owned<K: Kind>(mut resource: Resource<K>) -> AnyResource {
    OWNER.clone_into(&mut resource.metadata.owner);
    resource.to_any()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;
    use crate::seed::testing::{RUNNING, texts};

    #[test]
    fn the_definitions_are_those_of_a_running_omni() {
        let ours: BTreeMap<String, ResourceDefinitionSpec> = of_release(Release::Next)
            .map(|spec| (spec.resource_type.to_lowercase(), spec))
            .collect();
        let mut compared = 0;
        for row in RUNNING
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        {
            if row["type"] != kind::ResourceDefinition::TYPE {
                continue;
            }
            let theirs = &row["spec"];
            let spec = &ours[row["id"].as_str().expect("an id")];
            assert_eq!(spec.resource_type, theirs["Type"], "{theirs}");
            assert_eq!(spec.display_type, theirs["DisplayType"]);
            assert_eq!(spec.default_namespace, theirs["DefaultNamespace"]);
            assert_eq!(spec.aliases, texts(&theirs["Aliases"]));
            assert_eq!(spec.all_aliases, texts(&theirs["AllAliases"]));
            assert_eq!(
                spec.sensitivity == 1,
                theirs["Sensitivity"] == "sensitive",
                "{theirs}"
            );
            let columns = theirs["PrintColumns"].as_array().expect("a list");
            assert_eq!(spec.print_columns.len(), columns.len());
            for (ours, theirs) in spec.print_columns.iter().zip(columns) {
                assert_eq!(ours.name, theirs["Name"]);
                assert_eq!(ours.json_path, theirs["JSONPath"]);
            }
            compared += 1;
        }
        assert_eq!(compared, ours.len());
    }

    #[test]
    fn every_namespace_of_a_kind_is_defined() {
        for facts in kind::ALL {
            assert!(
                facts.namespace == namespace::OIDC
                    || NAMESPACES.iter().any(|(name, _)| *name == facts.namespace),
                "{}",
                facts.namespace
            );
        }
    }
}
