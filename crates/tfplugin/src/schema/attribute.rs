//! One attribute of a schema, as a constant.
//!
//! Everything here is `const`: the schema of a provider costs nothing at start and lives in read-only memory. The
//! functions of the attribute's Rust type come along as pointers, so the rules that run over values need no generics.

use super::{AttrKind, AttrType, Nesting, ObjectSchema};
use crate::objects::Diagnostics;
use crate::values::{Path, Type, Value};

/// An attribute: what the user reads about it, who sets it, and what its values are.
#[derive(Clone, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "the flags are independent of each other, as in the protocol"
)]
pub struct Attribute {
    /// Name in the configuration.
    pub name: &'static str,
    /// What the user reads, Markdown.
    pub docs: &'static str,
    /// Who sets it.
    pub mode: Mode,
    /// Never shown.
    pub sensitive: bool,
    /// Read from the configuration, null in plan and state.
    pub write_only: bool,
    /// A change replaces the object.
    pub replace: bool,
    /// The last parameter of a function takes all further arguments.
    pub variadic: bool,
    /// What to use instead.
    pub deprecated: Option<&'static str>,
    /// The constant that stands in where the user sets nothing.
    pub default: Option<fn() -> Value>,
    shape: Shape,
    meaning: fn(&Value) -> Value,
    check: fn(&Value, &Path, &mut Diagnostics),
}

/// Who sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The user must.
    Required,
    /// The user may.
    Optional,
    /// The user may; where not, the provider does.
    OptionalComputed,
    /// The provider.
    Computed,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Of(fn() -> AttrKind),
    /// The schema is the attribute's own instead of its type's.
    Nested(Nesting, &'static ObjectSchema),
}

impl Attribute {
    /// An attribute of type `T`.
    pub const fn of<T: AttrType>(name: &'static str, docs: &'static str, mode: Mode) -> Self {
        Self {
            name,
            docs,
            mode,
            sensitive: false,
            write_only: false,
            replace: false,
            variadic: false,
            deprecated: None,
            default: None,
            shape: Shape::Of(T::kind),
            meaning: meaning::<T>,
            check: T::check,
        }
    }

    /// The attribute `timeouts` with the verbs of one object.
    pub const fn timeouts<T: AttrType>(docs: &'static str, verbs: &'static ObjectSchema) -> Self {
        Self {
            shape: Shape::Nested(Nesting::Single, verbs),
            ..Self::of::<T>("timeouts", docs, Mode::Optional)
        }
    }

    /// Makes the values objects with this schema instead of what their type says; for schemas made at run time.
    #[must_use]
    pub const fn objects(mut self, nesting: Nesting, object: &'static ObjectSchema) -> Self {
        self.shape = Shape::Nested(nesting, object);
        self
    }

    /// Marks the value as never to be shown.
    #[must_use]
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Marks the value as read from the configuration only.
    #[must_use]
    pub const fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// Makes a change replace the object.
    #[must_use]
    pub const fn replace(mut self) -> Self {
        self.replace = true;
        self
    }

    /// Lets the last parameter of a function take all further arguments.
    #[must_use]
    pub const fn variadic(mut self) -> Self {
        self.variadic = true;
        self
    }

    /// Says what to use instead.
    #[must_use]
    pub const fn deprecated(mut self, instead: &'static str) -> Self {
        self.deprecated = Some(instead);
        self
    }

    /// Gives a constant default.
    #[must_use]
    pub const fn default(mut self, value: fn() -> Value) -> Self {
        self.default = Some(value);
        self
    }

    /// Fails to compile where the flags do not suit the type.
    ///
    /// # Panics
    /// At compile time: a secret type that is neither sensitive nor write-only.
    #[must_use]
    pub const fn checked<T: AttrType>(self) -> Self {
        assert!(
            !T::SECRET || self.sensitive || self.write_only,
            "a secret type needs `sensitive` or `write_only`"
        );
        self
    }

    /// Plain or nested, and of which type.
    pub fn kind(&self) -> AttrKind {
        match self.shape {
            Shape::Of(kind) => kind(),
            Shape::Nested(nesting, object) => AttrKind::Nested(nesting, object),
        }
    }

    /// The type of the values.
    pub fn implied_type(&self) -> Type {
        self.kind().implied_type()
    }

    /// Whether the user may set it.
    pub const fn is_configurable(&self) -> bool {
        !matches!(self.mode, Mode::Computed)
    }

    /// Whether the provider may set it.
    pub const fn is_computed(&self) -> bool {
        matches!(self.mode, Mode::Computed | Mode::OptionalComputed)
    }

    /// Whether two values of this attribute mean the same, whatever their spelling.
    pub fn same_meaning(&self, left: &Value, right: &Value) -> bool {
        left == right || (self.meaning)(left) == (self.meaning)(right)
    }

    /// The value in the form that all its spellings share.
    pub fn meaning(&self, value: &Value) -> Value {
        (self.meaning)(value)
    }

    /// Reports what is wrong with a configured value; null and unknown are always right.
    pub(crate) fn check(&self, value: &Value, at: &Path, diagnostics: &mut Diagnostics) {
        if !value.is_null() && !value.is_unknown() {
            (self.check)(value, at, diagnostics);
        }
    }
}

/// A value that cannot be read means what it spells.
fn meaning<T: AttrType>(value: &Value) -> Value {
    if value.is_null() || value.is_unknown() {
        return value.clone();
    }
    T::decode(value).map_or_else(|_| value.clone(), |decoded| decoded.canonical())
}
