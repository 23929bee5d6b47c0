//! Plain attributes, each with a small pool of values, so that equal values meet often.

use std::collections::{BTreeMap, BTreeSet};

use tfplugin::schema::{Attribute, Mode, types::Dynamic};
use tfplugin::{Invalid, Number, Text, Type, Value};

/// A text that means the same in upper and lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AnyCase(String);

/// A kind of plain attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    Text,
    AnyCase,
    Bool,
    Number,
    List,
    Set,
    Map,
    Dynamic,
    AnyCaseList,
    AnyCaseSet,
}

impl Text for AnyCase {
    fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self(text.to_owned()))
    }

    fn spelling(&self) -> &str {
        &self.0
    }

    fn meaning(&self) -> String {
        self.0.to_lowercase()
    }
}

impl Leaf {
    pub(crate) const ALL: [Self; 10] = [
        Self::Text,
        Self::AnyCase,
        Self::Bool,
        Self::Number,
        Self::List,
        Self::Set,
        Self::Map,
        Self::Dynamic,
        Self::AnyCaseList,
        Self::AnyCaseSet,
    ];

    pub(crate) fn attribute(self, name: &'static str, mode: Mode) -> Attribute {
        match self {
            Self::Text => Attribute::of::<String>(name, "", mode),
            Self::AnyCase => Attribute::of::<AnyCase>(name, "", mode),
            Self::Bool => Attribute::of::<bool>(name, "", mode),
            Self::Number => Attribute::of::<Number>(name, "", mode),
            Self::List => Attribute::of::<Vec<String>>(name, "", mode),
            Self::Set => Attribute::of::<BTreeSet<String>>(name, "", mode),
            Self::Map => Attribute::of::<BTreeMap<String, String>>(name, "", mode),
            Self::Dynamic => Attribute::of::<Dynamic>(name, "", mode),
            Self::AnyCaseList => Attribute::of::<Vec<AnyCase>>(name, "", mode),
            Self::AnyCaseSet => Attribute::of::<BTreeSet<AnyCase>>(name, "", mode),
        }
    }

    /// The constant default.
    pub(crate) fn default(self) -> fn() -> Value {
        match self {
            Self::Text | Self::AnyCase => || Value::from("a"),
            Self::Bool => || Value::from(true),
            Self::Number => || Value::from(1_i64),
            Self::List | Self::AnyCaseList => || Value::list([Value::from("a")]),
            Self::Set | Self::AnyCaseSet => || Value::set([Value::from("a")]),
            Self::Map => || Value::map([("k", Value::from("a"))]),
            Self::Dynamic => || Value::dynamic(Type::String, Value::from("a")),
        }
    }

    /// A wholly known value.
    pub(crate) fn value(self, draw: u8) -> Value {
        let text = |draw: u8| Value::from(["a", "A", "b", ""][usize::from(draw % 4)]);
        let texts = || (0..draw % 3).map(|index| text(draw / 3 + index));
        match self {
            Self::Text | Self::AnyCase => text(draw),
            Self::Bool => Value::from(draw.is_multiple_of(2)),
            Self::Number => Value::from(i64::from(draw % 3)),
            Self::List | Self::AnyCaseList => Value::list(texts()),
            Self::Set | Self::AnyCaseSet => Value::set(texts()),
            Self::Map => Value::map(["k", "l"].into_iter().zip(texts())),
            Self::Dynamic if draw.is_multiple_of(2) => Value::dynamic(Type::String, text(draw / 2)),
            Self::Dynamic => Value::dynamic(Type::list(Type::String), Value::list([text(draw)])),
        }
    }

    /// A value with an unknown part, and what it turns out to be.
    ///
    /// Collections of texts with several spellings are unknown as a whole. With a prior state in another spelling, the
    /// first plan must be as configured, since a part is unknown, and the second would be the prior state, since all
    /// of it means the same: no plan of the protocol satisfies core and keeps the spelling too.
    pub(crate) fn partial(self, draw: u8) -> (Value, Value) {
        let with = |hole: Value| match self {
            Self::AnyCaseList | Self::AnyCaseSet if hole.is_unknown() => hole,
            Self::List | Self::AnyCaseList => Value::list([Value::from("a"), hole]),
            Self::Set | Self::AnyCaseSet => Value::set([Value::from("a"), hole]),
            Self::Map => Value::map([("k", hole)]),
            Self::Dynamic => Value::dynamic(Type::String, hole),
            Self::Text | Self::AnyCase | Self::Bool | Self::Number => hole,
        };
        let filler = match self {
            Self::Bool | Self::Number => self.value(draw),
            _ => Self::Text.value(draw),
        };
        (with(Value::Unknown), with(filler))
    }

    /// The same meaning in the spelling of a server, or in that of a user who shouts.
    pub(crate) fn respell(self, value: Value, shout: bool) -> Value {
        if !matches!(self, Self::AnyCase | Self::AnyCaseList | Self::AnyCaseSet) {
            return value;
        }
        value.transform(|_, part| match part {
            Value::String(text) if shout => Value::from(text.to_uppercase()),
            Value::String(text) => Value::from(text.to_lowercase()),
            other => other,
        })
    }
}
