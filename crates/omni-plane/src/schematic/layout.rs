//! The canonical form of a schematic.
//!
//! The order of the fields is a part of the form: another order would give another id.

use omni_api::yaml_spec::{self, Tree};
use serde_json::Value;

use super::natural;
use super::{Customization, MetaValue, Overlay, Schematic, SecureBoot};

/// The fields of a map that are not empty.
#[derive(Default)]
struct Fields(Vec<(String, Tree)>);

/// The canonical YAML.
pub(super) fn yaml(schematic: &Schematic) -> String {
    let fields = Fields::default()
        .text("owner", &schematic.owner)
        .map("overlay", overlay(&schematic.overlay));
    let Fields(mut entries) = fields;
    // The one field that is written even if there is nothing in it.
    let Fields(customization) = customization(&schematic.customization);
    entries.push(("customization".to_owned(), Tree::Map(customization)));
    yaml_spec::write(&Tree::Map(entries))
}

fn overlay(overlay: &Overlay) -> Fields {
    if *overlay == Overlay::default() {
        return Fields::default();
    }
    let text = |name: &str, value: &str| (name.to_owned(), Tree::Text(value.to_owned()));
    Fields(vec![
        text("image", &overlay.image),
        text("name", &overlay.name),
    ])
    .map("options", Fields(options(&overlay.options)))
}

fn customization(customization: &Customization) -> Fields {
    let extensions = &customization.system_extensions.official_extensions;
    let sector = match customization.disk_image.sector_size {
        0 => Fields::default(),
        bytes => Fields(vec![(
            "sectorSize".to_owned(),
            Tree::Plain(bytes.to_string()),
        )]),
    };
    let bootloader = match customization.bootloader {
        super::Bootloader::None => "",
        other => other.name(),
    };
    Fields::default()
        .text(
            "embeddedMachineConfiguration",
            &customization.embedded_machine_configuration,
        )
        .list(
            "extraKernelArgs",
            &customization.extra_kernel_args,
            |argument| Tree::Text(argument.clone()),
        )
        .list("meta", &customization.meta, meta)
        .map(
            "systemExtensions",
            Fields::default().list("officialExtensions", extensions, |name| {
                Tree::Text(name.clone())
            }),
        )
        .text("bootloader", bootloader)
        .map("secureboot", secure_boot(&customization.secure_boot))
        .map("diskImage", sector)
}

fn meta(meta: &MetaValue) -> Tree {
    Tree::Map(vec![
        ("key".to_owned(), Tree::Plain(meta.key.to_string())),
        ("value".to_owned(), Tree::Text(meta.value.clone())),
    ])
}

fn secure_boot(options: &SecureBoot) -> Fields {
    let mut fields = Fields::default().text("enrollKeys", &options.enroll_keys);
    if options.include_well_known_certificates {
        fields.0.push((
            "includeWellKnownCertificates".to_owned(),
            Tree::Plain("true".to_owned()),
        ));
    }
    fields
}

fn options(options: &serde_json::Map<String, Value>) -> Vec<(String, Tree)> {
    let mut entries: Vec<_> = options
        .iter()
        .map(|(key, value)| (key.clone(), any(value)))
        .collect();
    entries.sort_by(|(a, _), (b, _)| natural::order(a, b));
    entries
}

fn any(value: &Value) -> Tree {
    match value {
        Value::Null => Tree::Null,
        Value::Bool(value) => Tree::Plain(value.to_string()),
        Value::Number(number) => Tree::Plain(match number.as_f64() {
            Some(float) if number.is_f64() => go_float(float),
            _ => number.to_string(),
        }),
        Value::String(text) => Tree::Text(text.clone()),
        Value::Array(items) => Tree::List(items.iter().map(any).collect()),
        Value::Object(entries) => Tree::Map(options(entries)),
    }
}

/// A floating-point number as Go writes it: from 1e21 on, and below 1e-4, with an exponent of two digits.
fn go_float(float: f64) -> String {
    let size = float.abs();
    if float == 0.0 || (1e-4..1e21).contains(&size) {
        return float.to_string();
    }
    let text = format!("{float:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

// === impl Fields ===

impl Fields {
    fn with(mut self, name: &str, tree: Tree) -> Self {
        self.0.push((name.to_owned(), tree));
        self
    }

    fn text(self, name: &str, text: &str) -> Self {
        if text.is_empty() {
            return self;
        }
        self.with(name, Tree::Text(text.to_owned()))
    }

    fn list<T>(self, name: &str, items: &[T], tree: impl Fn(&T) -> Tree) -> Self {
        if items.is_empty() {
            return self;
        }
        self.with(name, Tree::List(items.iter().map(tree).collect()))
    }

    fn map(self, name: &str, Self(entries): Self) -> Self {
        if entries.is_empty() {
            return self;
        }
        self.with(name, Tree::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        Schematic::parse(text).expect("a schematic").to_yaml()
    }

    #[test]
    fn arguments_and_extensions_keep_their_order() {
        let text = r#"customization: {systemExtensions: {officialExtensions: [siderolabs/b, siderolabs/a]},
            extraKernelArgs: ["console=ttyS0", "-talos.halt_if_installed", "a: b", "x #y", "1", "yes"]}"#;
        assert_eq!(
            canonical(text),
            "customization:\n    extraKernelArgs:\n        - console=ttyS0\n        - -talos.halt_if_installed\n        - 'a: \
             b'\n        - 'x #y'\n        - \"1\"\n        - \"yes\"\n    systemExtensions:\n        \
             officialExtensions:\n            - siderolabs/b\n            - siderolabs/a\n"
        );
    }

    #[test]
    fn the_rest_of_a_customization_has_its_place() {
        let text = r#"customization: {diskImage: {sectorSize: 4096}, secureboot: {includeWellKnownCertificates: true, enrollKeys: force},
            bootloader: dual-boot, meta: [{key: 12, value: "machineLabels:\n    rack: r1\n"}, {key: 10, value: "{}"}],
            embeddedMachineConfiguration: "version: v1alpha1\nmachine: {}"}"#;
        assert_eq!(
            canonical(text),
            "customization:\n    embeddedMachineConfiguration: |-\n        version: v1alpha1\n        machine: {}\n    \
             meta:\n        - key: 12\n          value: |\n            machineLabels:\n                rack: r1\n        - key: \
             10\n          value: '{}'\n    bootloader: dual-boot\n    secureboot:\n        enrollKeys: force\n        \
             includeWellKnownCertificates: true\n    diskImage:\n        sectorSize: 4096\n"
        );
    }

    #[test]
    fn the_options_of_an_overlay_are_sorted_and_typed() {
        let text = r#"{owner: me, overlay: {image: i, name: rpi, options: {configTxt: "a=1\nb=2\n", x10: 1, x2: [1, two, [3, [4]], {k: v,
            l: [a]}], X: 1.5, "on": true, nul: null, e: {}, big: 1e30, neg: -3, list: []}}}"#;
        assert_eq!(
            canonical(text),
            "owner: me\noverlay:\n    image: i\n    name: rpi\n    options:\n        X: 1.5\n        big: 1e+30\n        configTxt: \
             |\n            a=1\n            b=2\n        e: {}\n        list: []\n        neg: -3\n        nul: null\n        \
             \"on\": true\n        x2:\n            - 1\n            - two\n            - - 3\n              - - 4\n            - \
             k: v\n              l:\n                - a\n        x10: 1\ncustomization: {}\n"
        );
    }
}
