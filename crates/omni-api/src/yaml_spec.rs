//! Specs as YAML, the way a Go server renders them.
//!
//! Keys are the Go field names in lower case (`talosversion`), every field is there: empty lists as `[]`, missing messages as
//! `null`, enums as numbers, durations and time stamps by their parts. People see it (`omnictl get -o yaml`), and it carries in the
//! open what Go clients compress in the message itself, so that neither side needs their dictionary ([`plain`]).

use std::borrow::Cow;

use prost_reflect::{DynamicMessage, FieldDescriptor, MapKey, ReflectMessage as _, Value};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use crate::reflect::{self, ReflectError};

/// Why a spec has no YAML form.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// The bytes are not the message they should be.
    #[error("the spec cannot be read")]
    Reflect(#[from] ReflectError),
    /// The text cannot be written.
    #[error("the spec cannot be written as YAML")]
    Write(#[from] serde_saphyr::ser::Error),
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
    let options = serde_saphyr::ser_options! {
        indent_step: 4,
        compact_list_indent: false,
        folded_wrap_chars: 1 << 30,
    };
    let spec = reflect::decode(message, spec)?;
    Ok(serde_saphyr::to_string_with_options(
        &Rendered(&spec),
        options,
    )?)
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
    let fields: serde_json::Value = serde_saphyr::from_str(yaml).unwrap_or_default();
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

/// A message whose serialization is that of the Go struct.
struct Rendered<'a>(&'a DynamicMessage);

/// The value of a field, of a list or of a map.
struct Item<'a>(&'a Value);

/// The one field of a union that is set.
struct Union<'a>(&'a FieldDescriptor, &'a Value);

// === impl Rendered ===

impl Serialize for Rendered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.0;
        let descriptor = message.descriptor();
        let mut map = serializer.serialize_map(None)?;
        match descriptor.full_name() {
            // Two messages with a rendering of their own in Omni's source.
            "specs.ClusterMachineSpec" => {
                return self.only(map, "kubernetes_version", "kubernetes_version");
            }
            "specs.ClusterMachineConfigPatchesSpec" => return self.only(map, "patches", "patches"),
            _ => {}
        }
        for field in descriptor.fields() {
            match field
                .containing_oneof()
                .filter(|union| !union.is_synthetic())
            {
                None => {
                    let value = message.get_field(&field);
                    let set = !field.supports_presence() || message.has_field(&field);
                    map.serialize_entry(&key(&field), &set.then_some(Item(&value)))?;
                }
                Some(union) if union.fields().next().as_ref() == Some(&field) => {
                    let set = union.fields().find(|one| message.has_field(one));
                    let name = go_name(union.name());
                    match set {
                        Some(one) => {
                            map.serialize_entry(&name, &Union(&one, &message.get_field(&one)))?
                        }
                        None => map.serialize_entry(&name, &())?,
                    }
                }
                Some(_) => {}
            }
        }
        map.end()
    }
}

impl Rendered<'_> {
    fn only<M: serde::ser::SerializeMap>(
        &self,
        mut map: M,
        field: &str,
        key: &str,
    ) -> Result<M::Ok, M::Error> {
        if let Some(field) = self.0.descriptor().get_field_by_name(field) {
            map.serialize_entry(key, &Item(&self.0.get_field(&field)))?;
        }
        map.end()
    }
}

/// COSI's own two types name their keys in the source; Omni's take the Go names.
fn key(field: &FieldDescriptor) -> String {
    if field.parent_message().package_name() == "cosi.resource.meta" {
        field.json_name().to_owned()
    } else {
        go_name(field.name())
    }
}

// === impl Item ===

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::I32(value) | Value::EnumNumber(value) => serializer.serialize_i32(*value),
            Value::I64(value) => serializer.serialize_i64(*value),
            Value::U32(value) => serializer.serialize_u32(*value),
            Value::U64(value) => serializer.serialize_u64(*value),
            Value::F32(value) => serializer.serialize_f32(*value),
            Value::F64(value) => serializer.serialize_f64(*value),
            Value::String(value) => serializer.serialize_str(value),
            Value::Bytes(value) => serializer.collect_seq(value.iter()),
            Value::Message(value) => Rendered(value).serialize(serializer),
            Value::List(values) => {
                let mut seq = serializer.serialize_seq(Some(values.len()))?;
                for value in values {
                    seq.serialize_element(&Item(value))?;
                }
                seq.end()
            }
            Value::Map(values) => {
                let mut entries: Vec<_> = values.iter().collect();
                entries.sort_by_key(|(key, _)| *key);
                let entries = entries
                    .into_iter()
                    .map(|(key, value)| (map_key(key), Item(value)));
                serializer.collect_map(entries)
            }
        }
    }
}

fn map_key(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

// === impl Union ===

impl Serialize for Union<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(go_name(self.0.name()), Item(self.1))])
    }
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
        let read: serde_json::Value = serde_saphyr::from_str(&yaml).expect("well-formed YAML");
        assert_eq!(read["kubernetesversion"], "1.35.6");
        assert_eq!(read["features"]["diskencryption"], true);
        assert_eq!(read["features"]["enableworkloadproxy"], false);
        assert!(yaml.contains("\nbackupconfiguration: null\n"), "{yaml}");
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
