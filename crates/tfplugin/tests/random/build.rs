//! From draws to a schema with configurations and states.

use tfplugin::Value;
use tfplugin::schema::{Attribute, Mode, Nesting, ObjectSchema, types::Dynamic};

use super::leaf::Leaf;
use super::schemas::{Column, Draw, Kind, Setting, VERSIONS};

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// A schema and the versions of its objects.
pub(crate) struct Built {
    pub(crate) schema: &'static ObjectSchema,
    pub(crate) versions: Vec<Version>,
}

/// One version of a value.
#[derive(Clone)]
pub(crate) struct Version {
    /// What the user wrote, with unknowns.
    pub(crate) config: Value,
    /// What that turns out to be.
    pub(crate) known: Value,
    /// What a state holds after it.
    pub(crate) state: Value,
}

/// Builds the schema of these attributes. It is leaked: schemas are constants, and a test process is short.
pub(crate) fn build(columns: &[Column], in_set: bool) -> Built {
    let (attributes, cells): (Vec<_>, Vec<_>) = NAMES
        .into_iter()
        .zip(columns)
        .map(|(name, column)| attribute(name, column, in_set))
        .unzip();
    let attributes: &'static [Attribute] = attributes.leak();
    let versions = (0..VERSIONS).map(|version| {
        let object = |part: fn(&Version) -> &Value| {
            let cells: &Vec<Vec<Version>> = &cells;
            Value::object(
                attributes
                    .iter()
                    .zip(cells)
                    .map(|(a, cell)| (a.name, part(&cell[version]).clone())),
            )
        };
        Version {
            config: object(|v| &v.config),
            known: object(|v| &v.known),
            state: object(|v| &v.state),
        }
    });
    let versions = versions.collect();
    let schema = ObjectSchema {
        name: "random",
        version: 1,
        docs: "",
        deprecated: None,
        identity: &[],
        timeouts: &[],
        attributes,
    };
    Built {
        schema: Box::leak(Box::new(schema)),
        versions,
    }
}

/// Inside sets the user has one spelling: of two elements that mean the same, nobody can say which is which.
fn attribute(name: &'static str, column: &Column, in_set: bool) -> (Attribute, Vec<Version>) {
    let mode = column.mode;
    let (mut attribute, versions) = match &column.kind {
        Kind::Leaf(leaf) => {
            let mut attribute = leaf.attribute(name, mode);
            attribute.write_only = column.flags.write_only && !attribute.is_computed();
            attribute.default =
                (column.flags.default && mode == Mode::OptionalComputed).then(|| leaf.default());
            let version = |draw| leaf_version(*leaf, &attribute, draw, in_set);
            let versions = column.draws.iter().map(version).collect();
            (attribute, versions)
        }
        Kind::Nested(nesting, inner) => {
            let inner = build(inner, in_set || *nesting == Nesting::Set);
            let attribute =
                Attribute::of::<Dynamic>(name, "", mode).objects(*nesting, inner.schema);
            let version = |draw| nested_version(*nesting, &inner, mode, draw);
            (attribute, column.draws.iter().map(version).collect())
        }
    };
    attribute.sensitive = column.flags.sensitive;
    attribute.replace = column.flags.replace;
    (attribute, versions)
}

fn leaf_version(leaf: Leaf, attribute: &Attribute, draw: &Draw, in_set: bool) -> Version {
    let value = leaf.value(draw.value);
    let value = if in_set {
        leaf.respell(value, false)
    } else {
        value
    };
    let (config, known) = match setting(attribute.mode, draw) {
        Setting::Null => (Value::Null, Value::Null),
        Setting::Known => (value.clone(), value),
        Setting::Unknown => (Value::Unknown, value),
        Setting::Partial => {
            let (partial, known) = leaf.partial(draw.value);
            (
                partial,
                if in_set {
                    leaf.respell(known, false)
                } else {
                    known
                },
            )
        }
    };
    let state = if attribute.write_only || known.is_null() && !attribute.is_computed() {
        Value::Null
    } else if known.is_null() {
        leaf.value(draw.fill)
    } else {
        leaf.respell(known.clone(), draw.fill.is_multiple_of(2))
    };
    Version {
        config,
        known,
        state,
    }
}

fn nested_version(nesting: Nesting, inner: &Built, mode: Mode, draw: &Draw) -> Version {
    let all = |picks: &[u8], part: fn(&Version) -> &Value| collect(nesting, inner, picks, part);
    let (written, filled) = (&draw.elements, &draw.filled);
    let (config, known) = match setting(mode, draw) {
        Setting::Null => (Value::Null, Value::Null),
        Setting::Unknown => (Value::Unknown, all(written, |v| &v.known)),
        Setting::Known | Setting::Partial => {
            (all(written, |v| &v.config), all(written, |v| &v.known))
        }
    };
    let state = match (
        known.is_null(),
        matches!(mode, Mode::Computed | Mode::OptionalComputed),
    ) {
        (false, _) => all(written, |v| &v.state),
        (true, true) => all(filled, |v| &v.state),
        (true, false) => Value::Null,
    };
    Version {
        config,
        known,
        state,
    }
}

/// The objects that these picks of inner versions make.
fn collect(nesting: Nesting, inner: &Built, picks: &[u8], part: fn(&Version) -> &Value) -> Value {
    let element = |pick: &u8| part(&inner.versions[usize::from(*pick) % VERSIONS]).clone();
    match nesting {
        Nesting::Single => element(picks.first().unwrap_or(&0)),
        Nesting::List => Value::list(picks.iter().map(element)),
        Nesting::Set => Value::set(picks.iter().map(element)),
        Nesting::Map => Value::map(picks.iter().map(|pick| (format!("k{pick}"), element(pick)))),
    }
}

/// What the user can have written where the mode allows it.
fn setting(mode: Mode, draw: &Draw) -> Setting {
    match (mode, draw.setting) {
        (Mode::Computed, _) => Setting::Null,
        (Mode::Required, Setting::Null) => Setting::Known,
        (_, setting) => setting,
    }
}
