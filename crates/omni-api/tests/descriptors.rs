//! The `.proto` files say what a running Omni says: each field of `messages.tsv`, by name, number, label and type.

use std::collections::BTreeSet;

use omni_api::reflect::pool;
use prost_reflect::{Cardinality, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

const TABLE: &str = include_str!("../../../tests/fixtures/omni-api/messages.tsv");

/// What Omni 1.11 has in addition, by its published interface; clients of both speak with the plane.
const NEWER: &str = include_str!("../../../tests/fixtures/omni-api/messages-1.11.tsv");

/// Packages of the table that the client and the plane speak.
const PACKAGES: [&str; 8] = [
    "auth",
    "common",
    "cosi.resource",
    "cosi.resource.meta",
    "management",
    "oidc",
    "omni.resources",
    "specs",
];

struct Row<'a> {
    package: &'a str,
    message: &'a str,
    number: &'a str,
    name: &'a str,
    label: &'a str,
    kind: &'a str,
    oneof: &'a str,
}

fn rows() -> impl Iterator<Item = Row<'static>> {
    let lines = TABLE.lines().skip(1).chain(NEWER.lines().skip(1));
    lines.filter_map(|line| {
        let mut cells = line.split('\t').chain(std::iter::repeat(""));
        let mut next = || cells.next().unwrap_or_default();
        let row = Row {
            package: next(),
            message: next(),
            number: next(),
            name: next(),
            label: next(),
            kind: next(),
            oneof: next(),
        };
        PACKAGES.contains(&row.package).then_some(row)
    })
}

fn type_text(field: &FieldDescriptor) -> String {
    if field.is_map() {
        let Kind::Message(entry) = field.kind() else {
            unreachable!("a map is a message")
        };
        let key = type_text(&entry.map_entry_key_field());
        return format!("map<{key},{}>", type_text(&entry.map_entry_value_field()));
    }
    match field.kind() {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(values) => values.full_name().to_owned(),
        other => format!("{other:?}"),
    }
}

fn label_fits(field: &FieldDescriptor, label: &str) -> bool {
    let optional = field.supports_presence()
        && field
            .containing_oneof()
            .is_some_and(|oneof| oneof.is_synthetic());
    match label.split(' ').next().unwrap_or_default() {
        "map" => field.is_map(),
        "repeated" => field.is_list(),
        "optional" => optional,
        "singular" => field.cardinality() == Cardinality::Optional && !field.is_list() && !optional,
        _ => false,
    }
}

fn check_field(message: &MessageDescriptor, row: &Row<'_>) -> Option<String> {
    let place = format!("{}.{}", message.full_name(), row.name);
    let Some(field) = message.get_field_by_name(row.name) else {
        return Some(format!("{place}: missing"));
    };
    let oneof = field
        .containing_oneof()
        .filter(|oneof| !oneof.is_synthetic())
        .map(|oneof| oneof.name().to_owned())
        .unwrap_or_default();
    let fits = field.number().to_string() == row.number
        && type_text(&field).eq_ignore_ascii_case(row.kind)
        && label_fits(&field, row.label)
        && oneof == row.oneof;
    (!fits).then(|| {
        format!(
            "{place}: {} {} {:?}",
            field.number(),
            type_text(&field),
            field.cardinality()
        )
    })
}

fn check_value(values: &EnumDescriptor, row: &Row<'_>) -> Option<String> {
    let place = format!("{}.{}", values.full_name(), row.name);
    match values.get_value_by_name(row.name) {
        Some(value) if value.number().to_string() == row.number => None,
        Some(value) => Some(format!("{place}: {}", value.number())),
        None => Some(format!("{place}: missing")),
    }
}

fn check(row: &Row<'_>) -> Option<String> {
    let full = format!("{}.{}", row.package, row.message);
    if row.label.starts_with("enum") {
        return match pool().get_enum_by_name(&full) {
            Some(values) => check_value(&values, row),
            None => Some(format!("{full}: missing")),
        };
    }
    let Some(message) = pool().get_message_by_name(&full) else {
        let reserved_enum = row.label == "reserved" && pool().get_enum_by_name(&full).is_some();
        return (!reserved_enum).then(|| format!("{full}: missing"));
    };
    match row.label {
        "EMPTY" => (message.fields().len() != 0).then(|| format!("{full}: not empty")),
        "reserved" => row
            .number
            .split(',')
            .filter_map(|number| number.trim().parse().ok())
            .find_map(|number| message.get_field(number))
            .map(|field| format!("{full}: reserved {} is used", field.number())),
        _ => check_field(&message, row),
    }
}

#[test]
fn every_message_has_the_fields_that_a_running_omni_has() {
    let problems: Vec<_> = rows().filter_map(|row| check(&row)).collect();
    println!("{} rows of messages.tsv compared", rows().count());
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(rows().count() > 1_300);
}

#[test]
fn no_message_has_a_field_that_omni_has_not() {
    let known: BTreeSet<_> = rows()
        .map(|row| format!("{}.{}.{}", row.package, row.message, row.name))
        .collect();
    let invented: Vec<_> = pool()
        .all_messages()
        .filter(|message| PACKAGES.contains(&message.package_name()) && !message.is_map_entry())
        .flat_map(|message| {
            message
                .fields()
                .map(|field| field.full_name().to_owned())
                .collect::<Vec<_>>()
        })
        .filter(|field| !known.contains(field))
        .collect();
    assert!(invented.is_empty(), "{invented:#?}");
}
