//! Ids that order: `<weight, 3 digits>-<target>-<name>`, as config patches and manifests have them.
//!
//! The scheme is not one-to-one: target `a` with name `b-c` and target `a-b` with name `c` make one id. Whoever creates asks
//! first ([`refuse_collision`]), so that another object of that id is told from the same one that exists already.

use omni_api::{Kind, Metadata, Resource, labels};
use omni_client::Client;
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::verbs::Name;
use crate::readiness::wait::capital;
use crate::session::explain;

/// The id has three digits for the weight.
pub const HIGHEST_WEIGHT: u32 = 999;

/// Another object that has the id already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// What it is for, in the words of the message: `"prod"`, `a machine`.
    pub target: String,
    /// Its name.
    pub name: String,
}

/// The id.
pub fn id(weight: u32, target: &str, name: &str) -> String {
    format!("{weight:03}-{target}-{name}")
}

/// The weight in front of an id, and what follows it; one that is not there counts as 0.
pub fn split_weight(id: &str) -> (u32, &str) {
    let parts = id
        .split_once('-')
        .and_then(|(weight, rest)| Some((weight.parse().ok()?, rest)));
    parts.unwrap_or((0, id))
}

/// The name: the annotation's, or, where another client wrote none, what follows the target in the id.
pub fn name(metadata: &Metadata, target: &str) -> String {
    if let Some(name) = metadata.annotation(labels::CONFIG_PATCH_NAME) {
        return name.to_owned();
    }
    let (_, rest) = split_weight(&metadata.id);
    let name = rest
        .strip_prefix(target)
        .and_then(|rest| rest.strip_prefix('-'));
    name.unwrap_or(rest).to_owned()
}

/// Checks the parts of an id that a user sets; `noun` is what the object is called.
pub fn check(noun: &str, weight: &Attr<u32>, name: &Attr<String>, diagnostics: &mut Diagnostics) {
    if let Attr::Known(weight) = weight
        && *weight > HIGHEST_WEIGHT
    {
        diagnostics.push(
            Diagnostic::error("Weight too high")
                .detail(format!(
                    "The weight {weight} does not fit into the three digits of the {noun}'s id, by which {noun}s are ordered."
                ))
                .remedy(format!("Use a weight from 0 to {HIGHEST_WEIGHT}."))
                .at_attribute("weight"),
        );
    }
    if name.as_str() == Some("") {
        diagnostics.push(
            Diagnostic::error("No name")
                .detail(format!(
                    "The name of a {noun} is part of its id and cannot be empty."
                ))
                .at_attribute("name"),
        );
    }
}

/// Tells two objects with one id apart from one object that exists already: `other` says what the existing one is, if not ours.
///
/// # Errors
/// The id belongs to another object; any failure to look.
pub async fn refuse_collision<K: Kind>(
    client: &Client,
    of: Name<'_>,
    other: impl FnOnce(&Resource<K>) -> Option<Other>,
) -> Result<(), Diagnostic> {
    let failed = |error| explain::failed(&format!("look for a {} {:?}", of.noun, of.id), &error);
    let existing = client.state().find::<K>(of.id).await.map_err(failed)?;
    match existing.as_ref().and_then(other) {
        Some(other) => Err(collision(of, &other)),
        None => Ok(()),
    }
}

fn collision(of: Name<'_>, other: &Other) -> Diagnostic {
    let Name { noun, id, .. } = of;
    Diagnostic::error(format!("{} ids collide", capital(noun)))
        .detail(format!(
            "The id {id:?} belongs to another {noun} already, the one named {:?} of {}: an id joins target and name with a dash, \
             and both have dashes of their own.",
            other.name, other.target
        ))
        .remedy("Give one of the two another name.")
        .at_attribute("name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_three_digits_and_is_taken_apart_again() {
        assert_eq!(id(7, "prod", "cni"), "007-prod-cni");
        assert_eq!(split_weight("007-prod-cni"), (7, "prod-cni"));
        assert_eq!(split_weight("cni"), (0, "cni"));
        assert_eq!(split_weight("by-hand"), (0, "by-hand"));
    }

    #[test]
    fn without_the_annotation_the_name_is_found_in_the_id() {
        let mut metadata = Metadata::new("default", "KubernetesManifestGroups", "400-prod-a-b");
        assert_eq!(name(&metadata, "prod"), "a-b");
        assert_eq!(name(&metadata, "other"), "prod-a-b");
        metadata
            .annotations
            .insert(labels::CONFIG_PATCH_NAME.into(), "mine".into());
        assert_eq!(name(&metadata, "prod"), "mine");
    }

    #[test]
    fn a_weight_that_breaks_the_order_and_an_empty_name_are_refused() {
        let problems = |weight, name: &str| {
            let mut diagnostics = Diagnostics::new();
            check(
                "manifest",
                &Attr::Known(weight),
                &name.into(),
                &mut diagnostics,
            );
            diagnostics
                .iter()
                .map(|diagnostic| diagnostic.summary().to_owned())
                .collect::<Vec<_>>()
        };
        assert!(problems(999, "x").is_empty());
        assert_eq!(problems(1_000, ""), ["Weight too high", "No name"]);
    }

    #[test]
    fn a_collision_names_the_other_object() {
        let of = Name {
            resource: "omni_kubernetes_manifest",
            noun: "manifest",
            id: "400-a-b-c",
        };
        let other = Other {
            target: "\"a\"".into(),
            name: "b-c".into(),
        };
        let text = format!("{:?}", collision(of, &other));
        assert!(
            text.contains("Manifest ids collide") && text.contains("400-a-b-c"),
            "{text}"
        );
    }
}
