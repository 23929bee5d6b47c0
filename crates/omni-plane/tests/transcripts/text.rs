//! How an exchange is written down: readable, and the same every time.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omni_api::{kind, reflect};
use regex::{Captures, Regex};
use serde_json::{Value as Json, json};
use tonic::Status;

/// Bytes that are texts.
const TEXTS: [&str; 6] = [
    "kubeconfig",
    "talosconfig",
    "omniconfig",
    "audit_log",
    "bytes",
    "object",
];

/// What is drawn at random, and the name that stands for it.
const RANDOM: [(&str, &str); 10] = [
    (
        "armored key",
        r"-----BEGIN PGP PUBLIC KEY BLOCK-----.*?-----END PGP PUBLIC KEY BLOCK-----(\\n)?",
    ),
    (
        "JWT",
        r"eyJ[0-9A-Za-z_-]+\.eyJ[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+",
    ),
    (
        "uuid",
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    ),
    ("fingerprint", r"\b[0-9a-f]{40}\b"),
    ("node token", r"\b[0-9a-f]{32}\b"),
    // Thirty-two bytes, whose first digits may be zeros, which are not written.
    ("token", r"\b[0-9A-Za-z]{41,43}\b"),
    ("bundle", r"\bUEsDB[0-9A-Za-z+/=]+"),
    ("digest", r"\b[0-9a-f]{64}\b"),
    ("digest", r"\b[0-9a-f]{12} is in effect"),
    ("bookmark", r"\b{start-half}[0-9A-Za-z+/]{22}=="),
];

/// Machines have ids that are made up and the same every time.
const MACHINE: &str = "00000000-0000-4000-a000-";

pub(crate) fn said(method: &str, headers: &[(&'static str, &str)], message: &Json) -> String {
    let headers = headers
        .iter()
        .map(|(name, value)| format!("  {name}: {value}"));
    let headers = headers.collect::<String>();
    format!("\n> {method}{headers}\n{}\n", pretty(message))
}

pub(crate) fn heard(message: &Json) -> String {
    format!("< {}\n", pretty(message))
}

pub(crate) fn refused(status: &Status) -> String {
    format!("< {:?}: {}\n", status.code(), status.message().trim_end())
}

fn pretty(message: &Json) -> String {
    serde_json::to_string_pretty(message).expect("JSON")
}

/// The message as people read it: specs in the open, bytes that are texts as their lines.
pub(crate) fn shown(message: &Json) -> Json {
    match message {
        Json::Array(values) => values.iter().map(shown).collect(),
        Json::Object(members) => {
            if let Some(resource) = resource(message) {
                return resource;
            }
            let shown = members.iter().map(|(name, value)| {
                let text = TEXTS
                    .contains(&name.as_str())
                    .then(|| lines(value))
                    .flatten();
                let json = ["body", "items", "resource", "old"].contains(&name.as_str());
                let value =
                    text.unwrap_or_else(|| if json { embedded(value) } else { shown(value) });
                (name.clone(), value)
            });
            Json::Object(shown.collect())
        }
        other => other.clone(),
    }
}

/// A resource, its spec as JSON in the place of bytes and YAML.
fn resource(message: &Json) -> Option<Json> {
    let proto = message.get("spec")?.get("proto_spec");
    let type_name = message.get("metadata")?.get("type")?.as_str()?;
    let spec = match (proto.and_then(Json::as_str), kind::find(type_name)) {
        (Some(proto), Some(facts)) => {
            let bytes = STANDARD.decode(proto).ok()?;
            reflect::to_json(facts.spec, &bytes).unwrap_or_else(|_| json!({}))
        }
        _ => json!({}),
    };
    Some(json!({ "metadata": metadata(&message["metadata"]), "spec": spec }))
}

/// Who holds a resource is the controllers' affair, and so is how often they have written it.
fn metadata(value: &Json) -> Json {
    let mut metadata = shown(value);
    if let Json::Object(members) = &mut metadata
        && members.remove("finalizers").is_some()
    {
        members.remove("version");
    }
    metadata
}

/// JSON within JSON, as pages get it.
fn embedded(value: &Json) -> Json {
    match value {
        Json::Array(values) => values.iter().map(embedded).collect(),
        Json::String(text) => match serde_json::from_str::<Json>(text) {
            Ok(mut body) => {
                body["metadata"] = metadata(&body["metadata"]);
                body
            }
            Err(_) => value.clone(),
        },
        other => shown(other),
    }
}

fn lines(value: &Json) -> Option<Json> {
    let bytes = STANDARD.decode(value.as_str()?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    if let Ok(json @ Json::Object(_)) = serde_json::from_str(&text) {
        return Some(json);
    }
    Some(text.lines().collect())
}

/// The same text with names for what is drawn at random, numbered as they appear.
pub(crate) fn stable(text: &str) -> String {
    let tonic = Regex::new(r"tonic/[0-9.]+").expect("a pattern");
    let mut text = tonic.replace_all(text, "tonic/<version>").into_owned();
    for (name, pattern) in RANDOM {
        let pattern = Regex::new(pattern).expect("a pattern");
        let mut seen: HashMap<String, usize> = HashMap::new();
        let replaced = pattern.replace_all(&text, |found: &Captures<'_>| {
            let found = &found[0];
            if found.starts_with(MACHINE) {
                return found.to_owned();
            }
            let next = seen.len() + 1;
            let number = *seen.entry(found.to_owned()).or_insert(next);
            format!("<{name} {number}>")
        });
        text = replaced.into_owned();
    }
    text
}
