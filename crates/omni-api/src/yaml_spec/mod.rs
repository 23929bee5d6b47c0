//! Specs as YAML, the way a Go server renders them.
//!
//! Keys are the Go field names in lower case (`talosversion`), every field is there: empty lists as `[]`, missing messages as
//! `null`, enums as numbers, durations and time stamps by their parts. People see it (`omnictl get -o yaml`), and it carries in the
//! open what Go clients compress in the message itself, so that neither side needs their dictionary ([`plain`]).

mod scalar;
mod tree;
mod write;

use std::borrow::Cow;

use prost_reflect::{ReflectMessage as _, Value};

use crate::known::Knows;
use crate::reflect::{self, ReflectError};

pub use tree::Tree;

/// Why a spec has no YAML form.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// The bytes are not the message they should be.
    #[error("the spec cannot be read")]
    Reflect(#[from] ReflectError),
    /// The contents are compressed, and the sender's YAML does not carry them.
    #[error("{0} is compressed, and the YAML beside it does not carry it")]
    Compressed(&'static str),
}

/// Messages that may carry a text in two ways: in the open, or compressed. Message, field of the text, field of its compressed form.
const PAIRS: [(&str, &str, &str); 7] = [
    ("specs.ConfigPatchSpec", "data", "compressed_data"),
    (
        "specs.KubernetesManifestGroupSpec",
        "data",
        "compressed_data",
    ),
    ("specs.ClusterMachineConfigSpec", "data", "compressed_data"),
    (
        "specs.RedactedClusterMachineConfigSpec",
        "data",
        "compressed_data",
    ),
    ("specs.MachineConfigDiffSpec", "diff", "compressed_diff"),
    (
        "specs.MachinePendingUpdatesSpec",
        "config_diff",
        "compressed_config_diff",
    ),
    (
        "specs.ClusterMachineConfigStatusSpec",
        "redacted_current_machine_config",
        "compressed_redacted_machine_config",
    ),
];

/// The YAML of a spec given by its message's name and its bytes.
///
/// # Errors
/// [`YamlError::Reflect`] when the message is unknown or the bytes are not it.
pub fn render(message: &str, spec: &[u8]) -> Result<String, YamlError> {
    render_known(message, spec, &|_, _| true)
}

/// The same as a server renders it that knows these fields only.
///
/// # Errors
/// As [`render`].
pub fn render_known(message: &str, spec: &[u8], knows: Knows<'_>) -> Result<String, YamlError> {
    let tree = tree::of(&reflect::decode(message, spec)?, knows);
    Ok(write::document(&tree))
}

/// The YAML of any tree, in the same layout.
pub fn write(tree: &Tree) -> String {
    write::document(tree)
}

/// The tree of a spec, to be written as part of a larger one.
///
/// # Errors
/// As [`render`].
pub fn tree(message: &str, spec: &[u8]) -> Result<Tree, YamlError> {
    Ok(tree::of(&reflect::decode(message, spec)?, &|_, _| true))
}

/// The same spec with nothing compressed in it: what is compressed is taken from the sender's YAML.
///
/// # Errors
/// [`YamlError::Compressed`] when the YAML does not carry it, [`YamlError::Reflect`] when the bytes are not the message.
pub fn plain<'a>(message: &str, spec: &'a [u8], yaml: &str) -> Result<Cow<'a, [u8]>, YamlError> {
    let Some((_, open, packed)) = PAIRS.into_iter().find(|(of, ..)| *of == message) else {
        return Ok(Cow::Borrowed(spec));
    };
    let mut decoded = reflect::decode(message, spec)?;
    if !decoded.has_field_by_name(packed) {
        return Ok(Cow::Borrowed(spec));
    }
    // A text that looks like a truth value is a text here.
    let options = serde_saphyr::options! { strict_booleans: true };
    let fields: serde_json::Value =
        serde_saphyr::from_str_with_options(yaml, options).unwrap_or_default();
    let text = fields
        .get(go_name(open))
        .and_then(serde_json::Value::as_str);
    let text = text.ok_or(YamlError::Compressed(packed))?;
    decoded.clear_field_by_name(packed);
    let field = decoded.descriptor().get_field_by_name(open);
    if let Some(field) = field {
        let value = match field.kind() {
            prost_reflect::Kind::Bytes => Value::Bytes(text.to_owned().into()),
            _ => Value::String(text.to_owned()),
        };
        decoded.set_field(&field, value);
    }
    Ok(Cow::Owned(prost::Message::encode_to_vec(&decoded)))
}

/// The Go name of a field in lower case: `talos_version` is `talosversion`.
fn go_name(field: &str) -> String {
    let mut name = String::with_capacity(field.len());
    let mut letters = field.chars().peekable();
    while let Some(letter) = letters.next() {
        let joins = letter == '_' && letters.peek().is_some_and(char::is_ascii_lowercase);
        if !joins {
            name.push(letter.to_ascii_lowercase());
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::specs;
    use prost::Message as _;

    #[test]
    fn a_cluster_reads_as_the_server_writes_it() {
        let spec = specs::ClusterSpec {
            kubernetes_version: "1.35.6".into(),
            talos_version: "1.13.7".into(),
            features: Some(specs::cluster_spec::Features {
                disk_encryption: true,
                ..Default::default()
            }),
            ..Default::default()
        };
        let yaml = render("specs.ClusterSpec", &spec.encode_to_vec()).expect("a known message");
        assert_eq!(
            yaml,
            "kubernetesversion: 1.35.6\ntalosversion: 1.13.7\nfeatures:\n    enableworkloadproxy: false\n    \
             diskencryption: true\n    useembeddeddiscoveryservice: false\n    enablenodeauditskip: false\n    \
             disablepublicdiscoveryservice: false\nbackupconfiguration: null\n"
        );
    }

    #[test]
    fn lists_enums_and_texts_keep_their_form() {
        let spec = specs::MachineClassSpec {
            match_labels: vec!["a = b".into()],
            ..Default::default()
        };
        let yaml =
            render("specs.MachineClassSpec", &spec.encode_to_vec()).expect("a known message");
        assert!(yaml.contains("matchlabels:\n    - a = b\n"), "{yaml}");
        let patch = specs::ConfigPatchSpec {
            data: "machine:\n  network: {}\n".into(),
            ..Default::default()
        };
        let yaml =
            render("specs.ConfigPatchSpec", &patch.encode_to_vec()).expect("a known message");
        assert!(
            yaml.contains("data: |\n    machine:\n      network: {}\n"),
            "{yaml}"
        );
        assert!(yaml.contains("compresseddata: []"), "{yaml}");
        let set = specs::MachineSetSpec {
            update_strategy: specs::machine_set_spec::UpdateStrategy::Rolling.into(),
            ..Default::default()
        };
        let yaml = render("specs.MachineSetSpec", &set.encode_to_vec()).expect("a known message");
        assert!(yaml.contains("updatestrategy: 1\n"), "{yaml}");
    }

    #[test]
    fn what_a_go_client_compressed_is_taken_from_its_yaml() {
        let packed = specs::ConfigPatchSpec {
            compressed_data: vec![1, 2, 3],
            ..Default::default()
        }
        .encode_to_vec();
        let yaml = "data: |\n    machine: {}\ncompresseddata: []\n";
        let spec = plain("specs.ConfigPatchSpec", &packed, yaml).expect("it is beside it");
        let spec = specs::ConfigPatchSpec::decode(&*spec).expect("still the message");
        assert_eq!(spec.data, "machine: {}\n");
        assert!(spec.compressed_data.is_empty());
        let alone = plain("specs.ConfigPatchSpec", &packed, "{}");
        assert!(matches!(
            alone,
            Err(YamlError::Compressed("compressed_data"))
        ));
    }

    #[test]
    fn every_kind_has_a_rendering() {
        for facts in crate::kind::ALL {
            if facts.spec != "google.protobuf.Empty" {
                render(facts.spec, &[]).unwrap_or_else(|error| panic!("{}: {error}", facts.spec));
            }
        }
    }
}
