//! Limits of ids, labels and annotations, of every kind.
//!
//! On update only changed entries count, so that what is stored already never blocks another change.

use omni_api::Metadata;
use omni_api::resource::Map;

use super::{Findings, Outcome, refuse};
use crate::infra::faults::{ANNOTATION, check_annotation};
use crate::release::{Release, Rule};

const ID_BYTES: usize = 1024;
const ENTRIES: usize = 256;
const KEY_BYTES: usize = 1024;
const VALUE_BYTES: usize = 16 * 1024;

pub(super) fn create(found: &mut Findings, release: Release, new: &Metadata) {
    if release.keeps(Rule::Metadata) {
        found.add(id(&new.id));
    }
    update(found, release, None, new);
}

pub(super) fn update(
    found: &mut Findings,
    release: Release,
    old: Option<&Metadata>,
    new: &Metadata,
) {
    if release.keeps(Rule::Metadata) {
        maps(found, old, new);
    }
    let before = old.and_then(|old| old.annotation(ANNOTATION));
    if new.annotation(ANNOTATION) != before {
        found.add(check_annotation(new).or_else(refuse));
    }
}

fn maps(found: &mut Findings, old: Option<&Metadata>, new: &Metadata) {
    found.add(map("label", old.map(|old| &old.labels), &new.labels));
    found.add(map(
        "annotation",
        old.map(|old| &old.annotations),
        &new.annotations,
    ));
}

fn id(id: &str) -> Outcome {
    if id.is_empty() {
        return refuse("resource ID must not be empty");
    }
    if id.len() > ID_BYTES {
        return refuse(format!(
            "resource ID is too long: {} bytes (max {ID_BYTES})",
            id.len()
        ));
    }
    if id.contains(char::is_control) {
        return refuse("resource ID must not contain control characters");
    }
    Ok(())
}

fn map(kind: &str, old: Option<&Map>, new: &Map) -> Outcome {
    let before = old.map_or(0, Map::len);
    if new.len() > ENTRIES && new.len() > before {
        return refuse(format!("too many {kind}s: {} (max {ENTRIES})", new.len()));
    }
    let changed =
        |(key, value): &(&String, &String)| old.and_then(|old| old.get(*key)) != Some(*value);
    new.iter()
        .filter(changed)
        .try_for_each(|(key, value)| entry(kind, key, value))
}

fn entry(kind: &str, key: &str, value: &str) -> Outcome {
    if key.is_empty() {
        return refuse(format!("{kind} key must not be empty"));
    }
    if key.len() > KEY_BYTES {
        return refuse(format!(
            "{kind} key is too long: {} bytes (max {KEY_BYTES})",
            key.len()
        ));
    }
    if key.contains(char::is_control) {
        return refuse(format!(
            "{kind} key {key:?} must not contain control characters"
        ));
    }
    if value.len() > VALUE_BYTES {
        let length = value.len();
        return refuse(format!(
            "{kind} value for key {key:?} is too long: {length} bytes (max {VALUE_BYTES})"
        ));
    }
    if value.contains(char::is_control) {
        return refuse(format!(
            "{kind} value for key {key:?} must not contain control characters"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(old: Option<&Metadata>, new: &Metadata) -> Vec<String> {
        let mut found = Findings::default();
        match old {
            None => create(&mut found, Release::Next, new),
            Some(_) => update(&mut found, Release::Next, old, new),
        }
        found.0
    }

    fn named(id: &str) -> Metadata {
        Metadata::new("default", "Clusters.omni.sidero.dev", id)
    }

    #[test]
    fn ids_have_limits() {
        assert_eq!(texts(None, &named("")), ["resource ID must not be empty"]);
        assert_eq!(
            texts(None, &named(&"x".repeat(1025))),
            ["resource ID is too long: 1025 bytes (max 1024)"]
        );
        assert_eq!(
            texts(None, &named("a\nb")),
            ["resource ID must not contain control characters"]
        );
        assert!(texts(None, &named(&"x".repeat(1024))).is_empty());
    }

    #[test]
    fn labels_and_annotations_have_limits() {
        let mut crowd = named("x");
        crowd.labels = (0..257).map(|n| (n.to_string(), String::new())).collect();
        crowd.annotations.insert("k".into(), "v".repeat(16_385));
        assert_eq!(
            texts(None, &crowd),
            [
                "too many labels: 257 (max 256)",
                "annotation value for key \"k\" is too long: 16385 bytes (max 16384)"
            ]
        );
    }

    #[test]
    fn what_is_stored_already_does_not_block_an_update() {
        let mut old = named("x");
        old.labels.insert("bad\u{7}".into(), String::new());
        let mut new = old.clone();
        new.labels.insert("good".into(), "1".into());
        assert!(texts(Some(&old), &new).is_empty());
        new.labels.insert("bad\u{7}".into(), "changed".into());
        assert_eq!(texts(Some(&old), &new).len(), 1);
    }
}
