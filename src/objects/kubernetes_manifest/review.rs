//! What is wrong with a manifest before it is written: pure checks of the configuration.

use std::collections::BTreeMap;

use serde_json::Value;
use tfplugin::{Attr, Diagnostic, Diagnostics};

use super::KubernetesManifest;
use super::convert::MODES;
use crate::objects::shared::kubernetes::ObjectRef;
use crate::objects::shared::ordered;

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &KubernetesManifest, diagnostics: &mut Diagnostics) {
    ordered::check("manifest", &config.weight, &config.name, diagnostics);
    if let Some(mode) = config.mode.as_str()
        && !MODES.iter().any(|(spelling, _)| *spelling == mode)
    {
        diagnostics.push(
            Diagnostic::error("Unknown mode")
                .detail(format!("{mode:?} is not a way in which Omni applies manifests."))
                .remedy("Write \"full\" (kept as written, removed when taken out) or \"one-time\" (applied once, then left alone).")
                .at_attribute("mode"),
        );
    }
    if let Attr::Known(data) = &config.data {
        diagnostics.extend(contents(data.documents()));
    }
}

/// Every document must be an object, and no object may come twice.
fn contents(documents: &[Value]) -> Vec<Diagnostic> {
    if documents.is_empty() {
        return vec![
            Diagnostic::error("No manifests")
                .detail("`data` has no YAML document with anything in it: there is nothing to apply.")
                .remedy("Write it with `yamlencode({ apiVersion = …, kind = …, metadata = … })`, or read it from a file that kubectl accepts.")
                .at_attribute("data"),
        ];
    }
    let mut seen = BTreeMap::new();
    let mut found = Vec::new();
    for (place, document) in (1..).zip(documents) {
        match ObjectRef::of(document) {
            Ok(object) => {
                if let Some(first) = seen.get(&object) {
                    found.push(twice(&object, *first, place));
                } else {
                    seen.insert(object, place);
                }
            }
            Err(flaw) => found.push(
                Diagnostic::error("The manifest is no Kubernetes object")
                    .detail(format!("Document {place} of `data` cannot be applied: {flaw}."))
                    .remedy("Each document has `apiVersion`, `kind` and `metadata.name`, and `metadata.namespace` where its kind lives in a namespace.")
                    .at_attribute("data"),
            ),
        }
    }
    found
}

fn twice(object: &ObjectRef, first: usize, second: usize) -> Diagnostic {
    Diagnostic::error("An object comes twice")
        .detail(format!("{object} is in document {first} and in document {second} of `data`: the second would undo the first."))
        .remedy("Keep one of the two.")
        .at_attribute("data")
}

/// The same objects are in another manifest of the cluster, too: each would undo the other.
pub fn shared_objects(ours: &[Value], others: &[(String, Vec<Value>)]) -> Option<Diagnostic> {
    let objects = |documents: &[Value]| -> Vec<ObjectRef> {
        documents
            .iter()
            .filter_map(|document| ObjectRef::of(document).ok())
            .collect()
    };
    let mine = objects(ours);
    let found = others.iter().find_map(|(id, documents)| {
        let theirs = objects(documents);
        let both = mine.iter().find(|object| theirs.contains(object))?;
        Some((id, both.clone()))
    });
    let (id, object) = found?;
    Some(
        Diagnostic::warning("An object belongs to two manifests")
            .detail(format!("{object} is in the manifest {id:?} of the same cluster, too: Omni applies both, and the last one wins."))
            .remedy("Keep it in one of the two.")
            .at_attribute("data"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::shared::testing::summaries;
    use crate::values::Yaml;
    use serde_json::json;
    use tfplugin::Text as _;

    const SPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: apps}\n";

    fn manifest(data: &str) -> KubernetesManifest {
        KubernetesManifest {
            name: "apps".into(),
            cluster: "prod".into(),
            mode: "full".into(),
            data: Attr::Known(Yaml::parse(data).expect("YAML")),
            ..Default::default()
        }
    }

    fn problems(config: &KubernetesManifest) -> Vec<String> {
        summaries(|found| configuration(config, found))
    }

    #[test]
    fn an_ordinary_manifest_is_fine_and_an_unknown_one_is_not_judged() {
        assert!(problems(&manifest(SPACE)).is_empty());
        assert!(
            problems(&KubernetesManifest {
                data: Attr::Unknown,
                mode: Attr::Unknown,
                ..manifest(SPACE)
            })
            .is_empty()
        );
    }

    #[test]
    fn a_mode_is_one_of_two_words() {
        for mode in ["FULL", "once", ""] {
            assert_eq!(
                problems(&KubernetesManifest {
                    mode: mode.into(),
                    ..manifest(SPACE)
                }),
                ["Unknown mode"],
                "{mode}"
            );
        }
    }

    #[test]
    fn what_is_no_object_is_refused_document_by_document() {
        assert_eq!(problems(&manifest("# nothing")), ["No manifests"]);
        let two = format!("{SPACE}---\nkind: Pod\n---\njust text\n");
        assert_eq!(
            problems(&manifest(&two)),
            ["The manifest is no Kubernetes object"; 2]
        );
    }

    #[test]
    fn an_object_that_comes_twice_is_refused_and_one_of_another_namespace_is_another() {
        assert_eq!(
            problems(&manifest(&format!("{SPACE}---\n{SPACE}"))),
            ["An object comes twice"]
        );
        let map = |space: &str| {
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x, namespace: {space}}}\n")
        };
        assert!(problems(&manifest(&format!("{}---\n{}", map("a"), map("b")))).is_empty());
    }

    #[test]
    fn an_object_of_another_manifest_is_a_warning_that_names_it() {
        let space =
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "apps" } });
        let others = vec![("100-prod-base".to_owned(), vec![space.clone()])];
        let warning = shared_objects(&[space], &others).expect("a warning");
        let text = format!("{warning:?}");
        assert!(
            text.contains("100-prod-base") && text.contains("Namespace/apps"),
            "{text}"
        );
        assert!(shared_objects(&[json!({})], &others).is_none());
    }
}
