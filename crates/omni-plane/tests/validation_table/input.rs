//! Recorded input as a message: its keys are Go field names in lower case.

use omni_api::{cosi, kind, reflect};
use serde_json::{Map, Value, json};

/// The resource of a row.
pub(crate) fn resource(row: &Value) -> cosi::Resource {
    let input = match &row["input"] {
        // One row only says how big its document was.
        Value::String(_) => json!({
            "metadata": {
                "namespace": "default", "type": "ConfigPatches.omni.sidero.dev", "id": "bad-cp1",
                "labels": { "omni.sidero.dev/cluster": "lab-c1" },
            },
            "spec": { "data": format!("machine:\n  env:\n    A: {}\n", "x".repeat(1_048_776)) },
        }),
        input => input.clone(),
    };
    let metadata = &input["metadata"];
    let text = |key: &str| metadata[key].as_str().unwrap_or_default().to_owned();
    let labels = metadata["labels"].as_object().into_iter().flatten();
    let message = kind::find(&text("type")).expect("a known type").spec;
    let spec = message_of(message, &input["spec"]);
    cosi::Resource {
        metadata: Some(cosi::Metadata {
            namespace: text("namespace"),
            r#type: text("type"),
            id: text("id"),
            version: "undefined".into(),
            phase: "running".into(),
            labels: labels
                .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().into()))
                .collect(),
            ..cosi::Metadata::default()
        }),
        spec: Some(cosi::Spec {
            proto_spec: reflect::from_json(message, &spec).expect("it fits"),
            yaml_spec: String::new(),
        }),
    }
}

/// The same fields under their names in the message; unknown ones are dropped, as the recorded client did.
fn message_of(message: &str, input: &Value) -> Value {
    match message {
        "google.protobuf.Duration" => return json!(format!("{}s", input["seconds"])),
        "google.protobuf.Timestamp" => {
            return json!(format!("1970-01-01T00:00:0{}Z", input["seconds"]));
        }
        _ => {}
    }
    let descriptor = reflect::descriptor(message).expect("a known message");
    let mut output = Map::new();
    for (key, value) in input.as_object().into_iter().flatten() {
        let Some(field) = descriptor
            .fields()
            .find(|field| field.name().replace('_', "") == *key)
        else {
            continue;
        };
        let nested = field
            .kind()
            .as_message()
            .map(|nested| nested.full_name().to_owned());
        let value = match nested {
            Some(nested) if value.is_object() => message_of(&nested, value),
            _ => value.clone(),
        };
        output.insert(field.name().to_owned(), value);
    }
    Value::Object(output)
}
