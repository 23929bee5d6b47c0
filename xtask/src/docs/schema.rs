//! The schema part of a page: attributes by what the reader must do with them, nested ones below with anchors.

use serde_json::Value as Json;

/// The schema of an object with attributes.
pub fn object(object: &Json) -> String {
    let mut text = "## Schema\n\n".to_owned();
    let attributes = list(&object["attributes"]);
    text += &groups("###", &attributes, "");
    text += &nested(&attributes, "");
    text
}

/// The signature, arguments and result of a function.
pub fn function(name: &str, function: &Json) -> String {
    let parameters = list(&function["parameters"]);
    let signature: Vec<String> = parameters
        .iter()
        .map(|p| format!("{} {}", text(p, "name"), type_words(p)))
        .collect();
    let arguments: String = parameters
        .iter()
        .enumerate()
        .map(|(index, p)| {
            format!(
                "{}. `{}` ({}) {}\n",
                index + 1,
                text(p, "name"),
                type_words(p),
                one_line(text(p, "description"))
            )
        })
        .collect();
    let result = type_name(&function["return_type"]);
    format!(
        "## Signature\n\n```text\n{name}({}) {result}\n```\n\n## Arguments\n\n{arguments}\n",
        signature.join(", ")
    )
}

fn groups(level: &str, attributes: &[&Json], prefix: &str) -> String {
    let modes: [(&str, &[&str]); 3] = [
        ("Required", &["required"]),
        ("Optional", &["optional", "optional_computed"]),
        ("Read-Only", &["computed"]),
    ];
    let group = |(title, modes): (&str, &[&str])| {
        let of_mode = attributes
            .iter()
            .filter(|attribute| modes.contains(&text(attribute, "mode")));
        let lines: String = of_mode.map(|attribute| line(attribute, prefix)).collect();
        if lines.is_empty() {
            String::new()
        } else {
            format!("{level} {title}\n\n{lines}\n")
        }
    };
    modes.into_iter().map(group).collect()
}

fn line(attribute: &Json, prefix: &str) -> String {
    let name = text(attribute, "name");
    let mut words = vec![type_words(attribute)];
    let flags = [
        ("sensitive", "Sensitive"),
        ("write_only", "Write-only"),
        ("deprecated", "Deprecated"),
        ("replace", "Forces replacement"),
    ];
    words.extend(
        flags
            .iter()
            .filter(|(flag, _)| !attribute[*flag].is_null())
            .map(|(_, word)| (*word).to_owned()),
    );
    let default = match &attribute["default"] {
        Json::Null => String::new(),
        default => format!(" Default: `{default}`."),
    };
    let more = if attribute["attributes"].is_array() {
        format!(" (see [below](#nestedatt--{}))", anchor(prefix, name))
    } else {
        String::new()
    };
    format!(
        "- `{name}` ({}) {}{default}{more}\n",
        words.join(", "),
        one_line(text(attribute, "description"))
    )
}

fn nested(attributes: &[&Json], prefix: &str) -> String {
    let objects = attributes
        .iter()
        .filter(|attribute| attribute["attributes"].is_array());
    objects
        .map(|attribute| {
            let name = text(attribute, "name");
            let children = list(&attribute["attributes"]);
            let path = anchor(prefix, name);
            let title = path.replace("--", ".");
            let own = groups("####", &children, &path);
            format!(
                "<a id=\"nestedatt--{path}\"></a>\n### Nested Schema for `{title}`\n\n{own}{}",
                nested(&children, &path)
            )
        })
        .collect()
}

fn anchor(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}--{name}")
    }
}

fn type_words(attribute: &Json) -> String {
    match attribute["nesting"].as_str() {
        Some("single") => "Attributes".to_owned(),
        Some("list") => "Attributes List".to_owned(),
        Some("set") => "Attributes Set".to_owned(),
        Some(_) => "Attributes Map".to_owned(),
        None => type_name(&attribute["type"]),
    }
}

/// Terraform's notation of a type in words: `["list","string"]` is "List of String".
fn type_name(ty: &Json) -> String {
    match ty {
        Json::String(name) if name == "bool" => "Boolean".to_owned(),
        Json::String(name) => {
            let mut letters = name.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters).collect()
            })
        }
        Json::Array(parts) => match (parts.first().and_then(Json::as_str), parts.get(1)) {
            (Some("object"), Some(_)) => "Object".to_owned(),
            (Some(outer), Some(inner)) => {
                format!("{} of {}", type_name(&Json::from(outer)), type_name(inner))
            }
            _ => String::new(),
        },
        _ => String::new(),
    }
}

fn list(attributes: &Json) -> Vec<&Json> {
    attributes
        .as_array()
        .map(|all| all.iter().collect())
        .unwrap_or_default()
}

fn text<'a>(json: &'a Json, key: &str) -> &'a str {
    json[key].as_str().unwrap_or_default()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_are_told_in_words() {
        assert_eq!(type_name(&json!("bool")), "Boolean");
        assert_eq!(type_name(&json!(["list", "string"])), "List of String");
        assert_eq!(
            type_name(&json!(["map", ["set", "number"]])),
            "Map of Set of Number"
        );
    }

    #[test]
    fn attributes_are_grouped_and_nested_ones_stand_below() {
        let text = object(&json!({ "attributes": [
            { "name": "a", "type": "string", "mode": "required", "description": "First.", "replace": true },
            { "name": "b", "nesting": "single", "mode": "optional", "description": "Second.", "attributes": [
                { "name": "c", "type": "number", "mode": "optional_computed", "description": "Third.", "default": 4 }
            ] }
        ] }));
        assert!(
            text.contains("### Required\n\n- `a` (String, Forces replacement) First.\n"),
            "{text}"
        );
        assert!(
            text.contains("- `b` (Attributes) Second. (see [below](#nestedatt--b))"),
            "{text}"
        );
        assert!(
            text.contains(
                "### Nested Schema for `b`\n\n#### Optional\n\n- `c` (Number) Third. Default: `4`."
            ),
            "{text}"
        );
    }
}
