//! What an expression can name: a disk, units, and one function of Talos.

use std::collections::HashMap;
use std::sync::Arc;

use cel::{Context, ParseErrors, Program, Value};
use omni_api::specs::machine_status_spec::hardware_status::BlockDevice;

use crate::types::Type;

/// The fields of a disk, as Talos names them.
pub const FIELDS: [&str; 19] = [
    "size",
    "io_size",
    "sector_size",
    "readonly",
    "model",
    "serial",
    "modalias",
    "wwid",
    "bus_path",
    "sub_system",
    "transport",
    "rotational",
    "cdrom",
    "dev_path",
    "pretty_size",
    "secondary_disks",
    "uuid",
    "symlinks",
    "firmware_version",
];

/// Units of sizes.
const UNITS: [(&str, u64); 12] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("PiB", 1 << 50),
    ("EiB", 1 << 60),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
    ("EB", 1_000_000_000_000_000_000),
];

/// The path of a disk; a machine that has not been heard of for long may only have told the old name.
pub fn dev_path(disk: &BlockDevice) -> &str {
    if disk.dev_path.is_empty() {
        &disk.linux_name
    } else {
        &disk.dev_path
    }
}

pub(crate) fn compile(expression: &str) -> Result<Program, ParseErrors> {
    Program::compile(expression)
}

/// What the names mean for one disk.
pub(crate) fn context(disk: &BlockDevice) -> Context<'static, 'static> {
    let mut context = Context::default();
    context.add_variable_from_value("disk", value(disk));
    context.add_variable_from_value("system_disk", disk.system_disk);
    for (unit, bytes) in UNITS {
        context.add_variable_from_value(unit, bytes);
    }
    let glob = context.add_function("glob", |pattern: Arc<String>, text: Arc<String>| {
        glob(&pattern, &text)
    });
    debug_assert!(glob.is_ok(), "the standard has no such function");
    context
}

/// The type of a name; none where there is no such name.
pub(crate) fn variable(name: &str) -> Option<Type> {
    match name {
        "disk" => Some(Type::Disk),
        "system_disk" => Some(Type::Bool),
        "bool" => Some(Type::Meta(Box::new(Type::Bool))),
        "int" => Some(Type::Meta(Box::new(Type::Int))),
        "uint" => Some(Type::Meta(Box::new(Type::Uint))),
        "double" => Some(Type::Meta(Box::new(Type::Double))),
        "string" => Some(Type::Meta(Box::new(Type::String))),
        "bytes" => Some(Type::Meta(Box::new(Type::Bytes))),
        name => UNITS
            .iter()
            .any(|(unit, _)| *unit == name)
            .then_some(Type::Uint),
    }
}

/// The type of a disk's field; none where it has no such field.
pub(crate) fn field(name: &str) -> Option<Type> {
    match name {
        "size" | "io_size" | "sector_size" => Some(Type::Uint),
        "readonly" | "rotational" | "cdrom" => Some(Type::Bool),
        "secondary_disks" | "symlinks" => Some(Type::list(Type::String)),
        name => FIELDS.contains(&name).then_some(Type::String),
    }
}

fn value(disk: &BlockDevice) -> Value {
    let text = |text: &str| Value::String(Arc::new(text.to_owned()));
    let texts =
        |texts: &[String]| Value::List(Arc::new(texts.iter().map(|one| text(one)).collect()));
    let fields = HashMap::from([
        ("size", Value::UInt(disk.size)),
        ("io_size", Value::UInt(disk.io_size)),
        ("sector_size", Value::UInt(disk.sector_size)),
        ("readonly", Value::Bool(disk.readonly)),
        ("model", text(&disk.model)),
        ("serial", text(&disk.serial)),
        ("modalias", text(&disk.modalias)),
        ("wwid", text(&disk.wwid)),
        ("bus_path", text(&disk.bus_path)),
        ("sub_system", text(&disk.sub_system)),
        ("transport", text(&disk.transport)),
        ("rotational", Value::Bool(disk.rotational)),
        ("cdrom", Value::Bool(disk.cdrom)),
        ("dev_path", text(dev_path(disk))),
        ("pretty_size", text(&disk.pretty_size)),
        ("secondary_disks", texts(&disk.secondary_disks)),
        ("uuid", text(&disk.uuid)),
        ("symlinks", texts(&disk.symlinks)),
        ("firmware_version", text(&disk.firmware_version)),
    ]);
    fields.into()
}

/// Whether the text has the pattern's form; a star stands for any letters, and nothing else is special.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let middle: Vec<&str> = parts.collect();
    let Some((last, middle)) = middle.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, text, matches) in [
            ("/dev/sda", "/dev/sda", true),
            ("/dev/sda", "/dev/sdab", false),
            ("/dev/sd*", "/dev/sdab", true),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("*nvme*n1", "/dev/nvme0n1", true),
            ("*nvme*n1", "/dev/nvme0n2", false),
            ("a*b*a", "aba", true),
            ("ab*ba", "aba", false),
            ("sd[a-z]", "sda", false),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn every_field_has_a_type_and_a_value() {
        let disk = BlockDevice::default();
        for name in FIELDS {
            assert!(field(name).is_some(), "{name}");
            let program = compile(&format!("has(disk.{name})")).expect("an expression");
            assert_eq!(
                program.execute(&context(&disk)),
                Ok(Value::Bool(true)),
                "{name}"
            );
        }
        assert_eq!(field("device"), None);
    }
}
