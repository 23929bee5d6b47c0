//! Keys of the machine configuration that Talos does not know.
//!
//! Only of the document without a kind, and only at its upper two levels: that document has been closed for years, what is new in Talos has
//! documents of its own. What is unknown further down passes.

use std::fmt::Write as _;

use super::tree::{Node, Value};

const ROOT: [&str; 4] = ["version", "debug", "persist", "apiVersion"];

const MACHINE: [&str; 27] = [
    "type",
    "token",
    "ca",
    "acceptedCAs",
    "certSANs",
    "controlPlane",
    "kubelet",
    "pods",
    "network",
    "disks",
    "install",
    "files",
    "env",
    "time",
    "sysctls",
    "sysfs",
    "registries",
    "systemDiskEncryption",
    "features",
    "udev",
    "logging",
    "kernel",
    "seccompProfiles",
    "baseRuntimeSpecOverrides",
    "nodeLabels",
    "nodeAnnotations",
    "nodeTaints",
];

const CLUSTER: [&str; 26] = [
    "id",
    "secret",
    "controlPlane",
    "clusterName",
    "network",
    "token",
    "aescbcEncryptionSecret",
    "secretboxEncryptionSecret",
    "ca",
    "acceptedCAs",
    "aggregatorCA",
    "serviceAccount",
    "apiServer",
    "controllerManager",
    "proxy",
    "scheduler",
    "discovery",
    "etcd",
    "coreDNS",
    "externalCloudProvider",
    "extraManifests",
    "extraManifestHeaders",
    "inlineManifests",
    "adminKubeconfig",
    "allowSchedulingOnMasters",
    "allowSchedulingOnControlPlanes",
];

/// Refuses unknown keys; the error is the loader's text.
pub(super) fn check(document: &Node) -> Result<(), String> {
    let Value::Map(entries) = &document.value else {
        return Ok(());
    };
    let mut unknown = String::new();
    for (key, node) in entries {
        match key.as_str() {
            "machine" => section(&mut unknown, key, node, &MACHINE),
            "cluster" => section(&mut unknown, key, node, &CLUSTER),
            other if ROOT.contains(&other) || is_syntax(other) => {}
            _ => write(&mut unknown, 0, key, node),
        }
    }
    if unknown.is_empty() {
        return Ok(());
    }
    Err(format!("unknown keys found during decoding:\n{unknown}\n"))
}

fn section(unknown: &mut String, name: &str, node: &Node, known: &[&str]) {
    let Value::Map(entries) = &node.value else {
        return;
    };
    let strange = entries
        .iter()
        .filter(|(key, _)| !known.contains(&key.as_str()) && !is_syntax(key));
    for (place, (key, node)) in strange.enumerate() {
        if place == 0 {
            let _ = writeln!(unknown, "{name}:");
        }
        write(unknown, 1, key, node);
    }
}

/// Keys that YAML itself or a patch gives a meaning.
fn is_syntax(key: &str) -> bool {
    key == "<<" || key == "$patch"
}

/// A key and its value as Go's library prints them, four blanks a level.
fn write(out: &mut String, level: usize, key: &str, node: &Node) {
    let indent = "    ".repeat(level);
    let _ = match &node.value {
        Value::Scalar { .. } => writeln!(out, "{indent}{key}: {}", scalar(node)),
        Value::Map(entries) if entries.is_empty() => writeln!(out, "{indent}{key}: {{}}"),
        Value::List(items) if items.is_empty() => writeln!(out, "{indent}{key}: []"),
        Value::Map(entries) => {
            let done = writeln!(out, "{indent}{key}:");
            let inner = entries.iter();
            inner.for_each(|(key, node)| write(out, level + 1, key, node));
            done
        }
        Value::List(items) => {
            let done = writeln!(out, "{indent}{key}:");
            let inner = items.iter();
            inner.for_each(|item| write_item(out, level + 1, item));
            done
        }
    };
}

fn write_item(out: &mut String, level: usize, item: &Node) {
    let indent = "    ".repeat(level);
    let mut text = String::new();
    match &item.value {
        Value::Scalar { .. } => text = scalar(item),
        Value::Map(entries) => entries
            .iter()
            .for_each(|(key, node)| write(&mut text, 0, key, node)),
        Value::List(items) => items.iter().for_each(|item| write_item(&mut text, 0, item)),
    }
    for (place, line) in text.lines().enumerate() {
        let start = if place == 0 { "- " } else { "  " };
        let _ = writeln!(out, "{indent}{start}{line}");
    }
}

fn scalar(node: &Node) -> String {
    let text = node.text().unwrap_or_default();
    match (&node.value, text) {
        (Value::Scalar { plain: true, .. }, "" | "~") => "null".to_owned(),
        (Value::Scalar { plain: false, .. }, text) if needs_quotes(text) => format!("{text:?}"),
        _ => text.to_owned(),
    }
}

/// Whether the text would be something else without quotes.
fn needs_quotes(text: &str) -> bool {
    let value = Value::Scalar {
        text: text.to_owned(),
        plain: true,
    };
    let plain = Node { line: 0, value };
    plain.tag() != "!!str" || text.contains(": ") || text.contains(" #")
}

#[cfg(test)]
mod tests {
    use super::super::tree::parse;
    use super::*;

    fn answer(data: &str) -> Result<(), String> {
        check(&parse(data).expect("YAML")[0])
    }

    #[test]
    fn an_unknown_key_is_shown_with_its_place_and_its_value() {
        assert_eq!(
            answer("machine:\n  sysctls: {}\n  nosuchfield: 1\n").unwrap_err(),
            "unknown keys found during decoding:\nmachine:\n    nosuchfield: 1\n\n"
        );
        assert_eq!(
            answer("cluster:\n  x:\n    y: [a, {b: \"1\", c: d}]\nz: ~\n").unwrap_err(),
            "unknown keys found during decoding:\ncluster:\n    x:\n        y:\n            - a\n            - b: \"1\"\n              c: d\nz: null\n\n"
        );
    }

    #[test]
    fn known_keys_and_what_is_further_down_pass() {
        let patch = "debug: true\nmachine:\n  kubelet:\n    newer: 1\ncluster:\n  $patch: delete\n";
        assert_eq!(answer(patch), Ok(()));
    }
}
