//! Random objects: a schema, and for each attribute a few versions of what was configured, decided and stored.
//!
//! Everything is drawn at once and independently, nothing depends on an earlier draw, so a failing case shrinks in
//! every direction. [`Column::build`] then makes sense of the draws.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tfplugin::Value;
use tfplugin::schema::{Attribute, Mode, Nesting};

use super::build::{Built, build};
use super::leaf::Leaf;

/// Versions of each attribute.
pub(crate) const VERSIONS: usize = 3;

/// One attribute and everything that was drawn for it.
#[derive(Clone)]
pub(crate) struct Column {
    pub(crate) kind: Kind,
    pub(crate) mode: Mode,
    pub(crate) flags: Flags,
    pub(crate) draws: Vec<Draw>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Leaf(Leaf),
    Nested(Nesting, Vec<Column>),
}

#[derive(Clone, Copy, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the flags of a schema are independent"
)]
pub(crate) struct Flags {
    pub(crate) sensitive: bool,
    pub(crate) write_only: bool,
    pub(crate) replace: bool,
    pub(crate) default: bool,
}

/// What an attribute stands in, which limits what it may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Object,
    Collection,
    Set,
}

/// One version of what stands in an attribute.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    pub(crate) setting: Setting,
    /// Which value the user has written.
    pub(crate) value: u8,
    /// Which value the provider has filled in.
    pub(crate) fill: u8,
    /// Which versions of the inner attributes make the elements that the user has written.
    pub(crate) elements: Vec<u8>,
    /// Which make those that the provider has filled in.
    pub(crate) filled: Vec<u8>,
}

/// What the user has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    Null,
    Known,
    Unknown,
    /// Known with an unknown part.
    Partial,
}

/// A schema, a configuration and a prior state.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) columns: Vec<Column>,
    /// Which version of each attribute the prior state holds; nothing for a new object.
    prior: Option<Vec<u8>>,
}

impl Case {
    pub(crate) fn build(&self) -> Built {
        build(&self.columns, false)
    }

    /// The prior state.
    pub(crate) fn prior(&self, built: &Built) -> Option<Value> {
        let picks = self.prior.as_ref()?;
        let attributes = built.schema.attributes.iter().zip(picks.iter().cycle());
        Some(Value::object(attributes.map(
            |(attribute, pick): (&Attribute, &u8)| {
                let state = &built.versions[usize::from(*pick) % VERSIONS].state;
                (
                    attribute.name,
                    state.get(attribute.name).cloned().unwrap_or_default(),
                )
            },
        )))
    }
}

impl Column {
    /// The attribute as core allows it in this place, and as a set can hold it.
    fn fitting(mut self, place: Place) -> Self {
        if place == Place::Set {
            self.flags.write_only = false;
            // Of two elements, one with such an attribute set and one without, nobody can say which of them a prior
            // element was.
            if self.mode == Mode::OptionalComputed {
                self.mode = Mode::Optional;
            }
        }
        self.kind = match self.kind {
            // All elements of a collection have the same type.
            Kind::Leaf(Leaf::Dynamic) if place != Place::Object => Kind::Leaf(Leaf::Text),
            Kind::Leaf(leaf) => Kind::Leaf(leaf),
            Kind::Nested(nesting, inner) => {
                let place = match nesting {
                    Nesting::Single => place,
                    Nesting::Set => Place::Set,
                    Nesting::List | Nesting::Map if place == Place::Set => Place::Set,
                    Nesting::List | Nesting::Map => Place::Collection,
                };
                Kind::Nested(
                    nesting,
                    inner
                        .into_iter()
                        .map(|column| column.fitting(place))
                        .collect(),
                )
            }
        };
        self
    }
}

/// The schema only: the values that the draws make are printed with the case.
impl std::fmt::Debug for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Flags {
            sensitive,
            write_only,
            replace,
            default,
        } = self.flags;
        let flags = [
            ("sensitive", sensitive),
            ("write-only", write_only),
            ("replace", replace),
            ("default", default),
        ];
        let flags: Vec<_> = flags
            .iter()
            .filter(|(_, set)| *set)
            .map(|(name, _)| *name)
            .collect();
        write!(
            f,
            "{:?}{}{} ",
            self.mode,
            if flags.is_empty() { "" } else { " " },
            flags.join(" ")
        )?;
        match &self.kind {
            Kind::Leaf(leaf) => leaf.fmt(f),
            Kind::Nested(nesting, inner) => write!(f, "{nesting:?} of {inner:?}"),
        }
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let built = self.build();
        let prior = self.prior(&built);
        f.debug_struct("Case")
            .field("columns", &self.columns)
            .field("config", &built.versions[0].config.reveal())
            .field("known", &built.versions[0].known.reveal())
            .field("prior", &prior.as_ref().map(Value::reveal))
            .finish()
    }
}

/// A schema with nested attributes, configurations with unknowns in them, and a prior state that often agrees.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    let prior = proptest::option::weighted(0.8, vec(0..2_u8, 1..5));
    (vec(column(), 1..5), prior).prop_map(|(columns, prior)| Case {
        columns: columns
            .into_iter()
            .map(|column| column.fitting(Place::Object))
            .collect(),
        prior,
    })
}

fn column() -> impl Strategy<Value = Column> {
    let leaf = select(&Leaf::ALL[..]).prop_map(Kind::Leaf);
    let kind = with_draws(leaf.boxed()).prop_recursive(2, 8, 3, |inner| {
        let nesting = select(&[Nesting::Single, Nesting::List, Nesting::Map, Nesting::Set][..]);
        let nested =
            (nesting, vec(inner, 1..4)).prop_map(|(nesting, inner)| Kind::Nested(nesting, inner));
        with_draws(nested.boxed())
    });
    kind.boxed()
}

fn with_draws(kind: BoxedStrategy<Kind>) -> BoxedStrategy<Column> {
    const MODES: &[Mode] = &[
        Mode::Optional,
        Mode::Required,
        Mode::OptionalComputed,
        Mode::Computed,
    ];
    let draws = vec(draw(), VERSIONS);
    let column = |(kind, mode, flags, draws)| Column {
        kind,
        mode,
        flags,
        draws,
    };
    (kind, select(MODES), flags(), draws)
        .prop_map(column)
        .boxed()
}

fn flags() -> impl Strategy<Value = Flags> {
    let rare = || proptest::bool::weighted(0.15);
    let flags = |(sensitive, write_only, replace, default)| Flags {
        sensitive,
        write_only,
        replace,
        default,
    };
    (rare(), rare(), rare(), proptest::bool::weighted(0.3)).prop_map(flags)
}

fn draw() -> impl Strategy<Value = Draw> {
    let setting = prop_oneof![
        2 => Just(Setting::Null),
        4 => Just(Setting::Known),
        1 => Just(Setting::Unknown),
        1 => Just(Setting::Partial),
    ];
    let elements = || vec(0..3_u8, 0..4);
    (setting, 0..12_u8, 0..12_u8, elements(), elements()).prop_map(
        |(setting, value, fill, elements, filled)| Draw {
            setting,
            value,
            fill,
            elements,
            filled,
        },
    )
}
