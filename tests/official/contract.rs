//! The golden schema holds every attribute of the official provider, with the same meaning.
//!
//! `tests/fixtures/official/schema.tsv` has a row for each: where it stands, its type, and its flags. A row is kept where ours has the
//! same name, type and flags, with one liberty: what is `optional` there may be `optional` and `computed` here. Such an attribute takes
//! every configuration that the official one takes, and plans the same for it. Where it is left out, the official state holds null
//! and ours what the server has: a value more to read, and none to plan, because a computed attribute that is not set keeps its prior
//! value.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

/// Objects of the table that are still to come. One that exists must leave the list.
const PENDING: [(&str, &str); 0] = [];

/// One attribute of the official provider.
struct Row {
    kind: String,
    object: String,
    attribute: String,
    ty: String,
    flags: BTreeSet<String>,
}

fn repository(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rows() -> Vec<Row> {
    let table = repository("tests/fixtures/official/schema.tsv");
    let row = |line: &str| match line.split('\t').collect::<Vec<_>>().as_slice() {
        [kind, object, attribute, ty, flags] => Row {
            kind: (*kind).to_owned(),
            object: (*object).to_owned(),
            attribute: (*attribute).to_owned(),
            ty: (*ty).to_owned(),
            flags: flags.split('+').map(str::to_owned).collect(),
        },
        _ => panic!("not five columns: {line}"),
    };
    table.lines().skip(1).map(row).collect()
}

fn golden() -> Json {
    serde_json::from_str(&repository("schema.json")).expect("JSON")
}

/// The description of an object in the golden schema.
fn described<'a>(golden: &'a Json, kind: &str, object: &str) -> Option<&'a Json> {
    let name = object.strip_prefix("omni_").unwrap_or(object);
    match kind {
        "provider" => Some(&golden["provider"]),
        "data" => golden["data_sources"].get(name),
        _ => golden["resources"].get(name),
    }
}

/// The attribute at a path such as `features.disk_encryption`.
fn attribute<'a>(object: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').try_fold(object, |object, name| {
        let attributes = object["attributes"].as_array()?;
        attributes
            .iter()
            .find(|attribute| attribute["name"] == name)
    })
}

/// The type in the table's words: `list(string)`, `object`, `list(object)`.
fn type_words(attribute: &Json) -> String {
    match (attribute["nesting"].as_str(), &attribute["type"]) {
        (Some("single"), _) => "object".to_owned(),
        (Some(nesting), _) => format!("{nesting}(object)"),
        (None, Json::Array(parts)) => {
            let word = |index| parts.get(index).and_then(Json::as_str).unwrap_or_default();
            format!("{}({})", word(0), word(1))
        }
        (None, plain) => plain.as_str().unwrap_or_default().to_owned(),
    }
}

fn flags(attribute: &Json) -> BTreeSet<String> {
    let mode = attribute["mode"].as_str().unwrap_or_default().split('_');
    let marks = ["sensitive", "write_only"].into_iter();
    let marks = marks.filter(|mark| attribute[*mark] == true);
    let replaces = forces_replacement(attribute).then_some("replace");
    mode.chain(marks)
        .chain(replaces)
        .map(str::to_owned)
        .collect()
}

/// An object is replaced where a change of any of its parts replaces it.
fn forces_replacement(attribute: &Json) -> bool {
    let parts = attribute["attributes"].as_array();
    attribute["replace"] == true
        || parts.is_some_and(|parts| !parts.is_empty() && parts.iter().all(forces_replacement))
}

/// What keeps a row from being fulfilled.
fn problem(row: &Row, object: &Json) -> Option<String> {
    let Some(ours) = attribute(object, &row.attribute) else {
        return Some("is missing".to_owned());
    };
    let (ty, ours) = (type_words(ours), flags(ours));
    if ty != row.ty {
        return Some(format!("is a {ty}, not a {}", row.ty));
    }
    let mut allowed = row.flags.clone();
    if row.flags.contains("optional") && ours.contains("computed") {
        allowed.insert("computed".to_owned());
    }
    (ours != allowed).then(|| format!("is {ours:?}, not {:?}", row.flags))
}

fn is_pending(kind: &str, object: &str) -> bool {
    PENDING.contains(&(kind, object))
}

#[test]
fn every_attribute_of_the_official_provider_is_here_with_its_type_and_flags() {
    let golden = golden();
    let problems: Vec<String> = rows()
        .iter()
        .filter(|row| !is_pending(&row.kind, &row.object))
        .filter_map(|row| {
            let problem = match described(&golden, &row.kind, &row.object) {
                Some(object) => problem(row, object)?,
                None => "belongs to no object that exists".to_owned(),
            };
            Some(format!(
                "{} {}.{} {problem}",
                row.kind, row.object, row.attribute
            ))
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn an_object_that_exists_is_pending_no_more() {
    let golden = golden();
    let here: Vec<_> = PENDING
        .into_iter()
        .filter(|(kind, object)| described(&golden, kind, object).is_some())
        .collect();
    assert!(here.is_empty(), "remove from the list: {here:?}");
    let known: BTreeSet<_> = rows()
        .into_iter()
        .map(|row| (row.kind, row.object))
        .collect();
    for (kind, object) in PENDING {
        assert!(
            known.contains(&(kind.to_owned(), object.to_owned())),
            "{kind} {object} is not in the table"
        );
    }
}

#[test]
fn nothing_is_required_here_that_the_official_provider_does_not_require() {
    let (golden, rows) = (golden(), rows());
    let objects: BTreeSet<_> = rows.iter().map(|row| (&row.kind, &row.object)).collect();
    for (kind, object) in objects {
        let Some(described) = described(&golden, kind, object) else {
            continue;
        };
        let theirs = |path: &str| {
            rows.iter()
                .any(|row| (&row.kind, &row.object) == (kind, object) && row.attribute == path)
        };
        for path in required(described, "") {
            assert!(
                theirs(&path),
                "{kind} {object}.{path} is required: no configuration for the official provider sets it"
            );
        }
    }
}

/// The paths of required attributes in an object and in those of its parts that the official provider has as well.
fn required(object: &Json, prefix: &str) -> Vec<String> {
    let attributes = object["attributes"].as_array();
    let mut found = Vec::new();
    for attribute in attributes.into_iter().flatten() {
        let path = format!("{prefix}{}", attribute["name"].as_str().unwrap_or_default());
        // A part of our own is left out as a whole by a configuration that does not know it.
        let own =
            attribute["mode"] != "required" && !rows().iter().any(|row| row.attribute == path);
        if attribute["mode"] == "required" {
            found.push(path.clone());
        }
        if !own {
            found.extend(required(attribute, &format!("{path}.")));
        }
    }
    found
}

#[test]
fn a_row_that_is_not_kept_is_found_out() {
    let described = serde_json::json!({ "attributes": [
        { "name": "a", "type": "string", "mode": "optional_computed" },
        { "name": "b", "type": ["list", "string"], "mode": "required", "replace": true },
        { "name": "c", "nesting": "single", "mode": "optional", "attributes": [
            { "name": "d", "type": "number", "mode": "optional", "replace": true, "sensitive": true }
        ] }
    ] });
    let judged = |attribute: &str, ty: &str, flags: &str| {
        let row = Row {
            kind: "resource".to_owned(),
            object: "omni_x".to_owned(),
            attribute: attribute.to_owned(),
            ty: ty.to_owned(),
            flags: flags.split('+').map(str::to_owned).collect(),
        };
        problem(&row, &described).is_none()
    };
    assert!(
        judged("a", "string", "optional"),
        "computed beside optional"
    );
    assert!(
        judged("c", "object", "optional+replace")
            && judged("c.d", "number", "optional+sensitive+replace")
    );
    for (attribute, ty, flags) in [
        ("missing", "string", "optional"),
        ("a", "number", "optional"),
        ("a", "string", "computed"),
        ("a", "string", "required"),
        ("a", "string", "optional+sensitive"),
        ("b", "set(string)", "required+replace"),
        ("b", "list(string)", "required"),
        ("c.d", "number", "optional+replace"),
    ] {
        assert!(!judged(attribute, ty, flags), "{attribute} {ty} {flags}");
    }
}
