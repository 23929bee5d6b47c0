//! The configuration of a machine: documents, built and patched as Talos does it.
//!
//! The first document is the classic one, without a `kind`; others follow. What the emulated machines have no use for (the keys of etcd and
//! of service accounts) is not in it. Keys stand in the order of the alphabet.

mod base;
mod diff;
mod merge;

use serde_json::Value;

pub(crate) use base::{Base, Images, component_patch};
pub(crate) use diff::unified;
use merge::{is_deletion, merge};

use crate::machines::desired::Components;

/// What stands in the place of a secret.
const REDACTED: &str = "******";

/// What stands between the documents of a stream.
const SEPARATOR: &str = "\n---\n";

/// Where secrets stand in the classic document.
const SECRETS: [&str; 5] = [
    "/machine/token",
    "/machine/ca/key",
    "/cluster/secret",
    "/cluster/token",
    "/cluster/ca/key",
];

/// A machine's configuration.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Configuration {
    documents: Vec<Value>,
}

/// Why a patch cannot be applied, or a configuration not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// It is not YAML.
    #[error("it is not YAML: {0}")]
    Yaml(#[from] serde_saphyr::Error),
    /// It is a list, as a JSON patch is, or a bare value.
    #[error("a document of it is not a mapping")]
    NotAMapping,
    /// It is no stream of JSON documents.
    #[error("it is no stream of JSON documents: {0}")]
    Json(#[from] serde_json::Error),
    /// It cannot be written as YAML.
    #[error("it cannot be written as YAML: {0}")]
    Write(#[from] serde_saphyr::ser::Error),
}

// === impl Configuration ===

impl Configuration {
    /// A configuration of one document.
    pub(crate) fn new(classic: Value) -> Self {
        Self {
            documents: vec![classic],
        }
    }

    /// Applies a strategic merge patch of any number of documents.
    ///
    /// # Errors
    /// [`ConfigError::Yaml`], [`ConfigError::NotAMapping`]; documents before the faulty one are applied then.
    pub(crate) fn patch(&mut self, yaml: &str) -> Result<(), ConfigError> {
        for document in crate::yaml::read_all(yaml)? {
            match document {
                Value::Null => {}
                Value::Object(_) => self.patch_document(document),
                _ => return Err(ConfigError::NotAMapping),
            }
        }
        Ok(())
    }

    fn patch_document(&mut self, patch: Value) {
        let name = identity(&patch);
        let found = self
            .documents
            .iter()
            .position(|document| identity(document) == name);
        match found {
            Some(index) if is_deletion(&patch) => {
                self.documents.remove(index);
            }
            Some(index) => merge(&mut self.documents[index], patch, ""),
            None if is_deletion(&patch) => {}
            None => self.documents.push(patch),
        }
    }

    /// Whether a machine under GRUB takes its kernel arguments from its image, too.
    pub(crate) fn takes_arguments_from_image(&self) -> bool {
        let classic = self.documents.first();
        classic
            .and_then(|classic| classic.pointer("/machine/install/grubUseUKICmdline"))
            .is_some_and(|value| *value == Value::Bool(true))
    }

    /// The disk that Talos is to be put on.
    pub(crate) fn install_disk(&self) -> Option<&str> {
        let disk = self.documents.first()?.pointer("/machine/install/disk");
        disk.and_then(Value::as_str).filter(|disk| !disk.is_empty())
    }

    /// The documents as YAML.
    ///
    /// # Errors
    /// [`ConfigError::Write`].
    pub(crate) fn to_yaml(&self) -> Result<String, ConfigError> {
        let options = serde_saphyr::ser_options! {
            indent_step: 4,
            compact_list_indent: false,
            folded_wrap_chars: 1 << 30,
        };
        let mut text = String::new();
        for document in &self.documents {
            if !text.is_empty() {
                text.push_str("---\n");
            }
            text.push_str(&serde_saphyr::to_string_with_options(
                document,
                options.clone(),
            )?);
        }
        Ok(text)
    }

    /// The documents as a stream of JSON documents, which is YAML, too, and quick to read.
    pub(crate) fn to_stream(&self) -> String {
        let documents: Vec<_> = self.documents.iter().map(Value::to_string).collect();
        documents.join(SEPARATOR)
    }

    /// The documents of such a stream.
    ///
    /// # Errors
    /// [`ConfigError::Json`].
    pub(crate) fn from_stream(text: &str) -> Result<Self, ConfigError> {
        // JSON has no line breaks inside of texts, so that the separator stands between documents only.
        let documents = text.split(SEPARATOR).map(serde_json::from_str);
        Ok(Self {
            documents: documents.collect::<Result<_, _>>()?,
        })
    }

    /// Whether a section of the classic document has this authority and accepts these certificates.
    pub(crate) fn trusts(&self, section: &str, authority: &str, accepted: &[String]) -> bool {
        let section = self.documents.first().map(|classic| &classic[section]);
        let Some(section) = section else {
            return false;
        };
        let listed = section["acceptedCAs"].as_array();
        let accepts = |wanted: &String| {
            let mut listed = listed.into_iter().flatten();
            listed.any(|one| one["crt"] == wanted.as_str())
        };
        section["ca"]["crt"] == authority && accepted.iter().all(accepts)
    }

    /// The same without its secrets.
    pub(crate) fn redacted(mut self) -> Self {
        if let Some(classic) = self.documents.first_mut() {
            for path in SECRETS {
                let secret = classic.pointer_mut(path);
                if let Some(secret) = secret.filter(|secret| secret.as_str() != Some("")) {
                    *secret = Value::from(REDACTED);
                }
            }
        }
        self
    }

    /// The versions of the Kubernetes components that its images name.
    pub(crate) fn components(&self) -> Components {
        let version = |path: &str| {
            let image = self
                .documents
                .first()
                .and_then(|classic| classic.pointer(path)?.as_str());
            let tag = image.and_then(|image| image.rsplit_once(":v"));
            tag.map_or_else(String::new, |(_, version)| version.to_owned())
        };
        Components {
            kubelet: version("/machine/kubelet/image"),
            apiserver: version("/cluster/apiServer/image"),
            controller_manager: version("/cluster/controllerManager/image"),
            scheduler: version("/cluster/scheduler/image"),
        }
    }
}

/// What tells documents apart: all classic ones are the same.
fn identity(document: &Value) -> Option<(&str, &str, &str)> {
    let text = |key| {
        document
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    document
        .get("kind")
        .map(|_| (text("apiVersion"), text("kind"), text("name")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(patches: &[&str]) -> Value {
        let mut config =
            Configuration::new(json!({ "machine": { "type": "worker", "token": "t" } }));
        for patch in patches {
            config.patch(patch).expect("a good patch");
        }
        Value::Array(config.documents)
    }

    #[test]
    fn a_later_patch_wins_and_neighbours_stay() {
        let result = patched(&[
            "machine: {sysctls: {a: '1', b: '1'}}",
            "machine: {sysctls: {a: '2'}}",
        ]);
        let expected = json!([{ "machine": { "type": "worker", "token": "t", "sysctls": { "a": "2", "b": "1" } } }]);
        assert_eq!(result, expected);
    }

    #[test]
    fn documents_of_a_kind_are_added_merged_and_deleted() {
        let kubespan = "apiVersion: v1alpha1\nkind: KubeSpanConfig\nenabled: true\n";
        let added = patched(&[kubespan]);
        assert_eq!(added[1]["enabled"], json!(true));
        let merged = patched(&[
            kubespan,
            "apiVersion: v1alpha1\nkind: KubeSpanConfig\nmtu: 1420\n",
        ]);
        assert_eq!(
            merged[1],
            json!({ "apiVersion": "v1alpha1", "kind": "KubeSpanConfig", "enabled": true, "mtu": 1420 })
        );
        let deleted = patched(&[
            kubespan,
            "apiVersion: v1alpha1\nkind: KubeSpanConfig\n$patch: delete\n",
        ]);
        assert_eq!(deleted.as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn several_documents_may_stand_in_one_patch() {
        let result = patched(&["machine: {a: 1}\n---\napiVersion: v1alpha1\nkind: X\nname: n\n"]);
        assert_eq!(result[0]["machine"]["a"], json!(1));
        assert_eq!(result[1]["name"], json!("n"));
    }

    #[test]
    fn what_is_no_mapping_or_no_yaml_is_refused() {
        let mut config = Configuration::new(json!({}));
        assert!(matches!(
            config.patch("- op: add\n"),
            Err(ConfigError::NotAMapping)
        ));
        assert!(matches!(config.patch("a: [\n"), Err(ConfigError::Yaml(_))));
        config.patch("").expect("nothing is fine");
    }

    #[test]
    fn secrets_are_hidden_and_yaml_survives_the_way_back() {
        let config =
            Configuration::new(json!({ "machine": { "token": "secret", "type": "worker" } }));
        let yaml = config.clone().redacted().to_yaml().expect("plain values");
        assert!(!yaml.contains("secret"), "{yaml}");
        let mut back = Configuration::new(json!({}));
        back.patch(&yaml).expect("our own YAML");
        assert_eq!(back, config.clone().redacted());
    }

    #[test]
    fn a_stream_of_documents_survives_the_way_there_and_back() {
        let mut config = Configuration::new(json!({ "machine": { "env": { "a": "x\n---\ny" } } }));
        config
            .patch("apiVersion: v1alpha1\nkind: X\n")
            .expect("a good patch");
        let back = Configuration::from_stream(&config.to_stream()).expect("our own stream");
        assert_eq!(back, config);
        assert!(matches!(
            Configuration::from_stream("a: b"),
            Err(ConfigError::Json(_))
        ));
    }
}
