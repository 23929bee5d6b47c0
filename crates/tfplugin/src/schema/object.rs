//! The schema of one object, and the trait that `#[derive(Object)]` implements.

use std::collections::BTreeMap;

use super::walk;
use super::{Attr, AttrType, Attribute, Mismatch};
use crate::objects::Diagnostics;
use crate::values::{Path, Step, Type, Value};

/// A struct whose fields are attributes. Derived, never written by hand.
pub trait Object: AttrType {
    /// Everything that Terraform and the documentation know about it.
    const SCHEMA: &'static ObjectSchema;

    /// Reads the struct from the attributes.
    ///
    /// # Errors
    /// The first attribute that cannot be read.
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Mismatch>;

    /// Writes the struct's attributes.
    fn to_fields(&self, fields: &mut FieldsMut);

    /// The object with every attribute null.
    ///
    /// # Errors
    /// None for derived structs: each attribute can be null.
    fn empty() -> Result<Self, Mismatch> {
        Self::from_fields(&Fields(&BTreeMap::new()))
    }
}

/// The schema of an object or of a nested object.
#[derive(Clone, Debug)]
pub struct ObjectSchema {
    /// Type name without the provider's prefix; empty for a nested object.
    pub name: &'static str,
    /// Version of the state's shape, from 1.
    pub version: i64,
    /// What the user reads, Markdown.
    pub docs: &'static str,
    /// What to use instead.
    pub deprecated: Option<&'static str>,
    /// Attributes that identify the remote object.
    pub identity: &'static [&'static str],
    /// Verbs with a timeout, and its default as a duration.
    pub timeouts: &'static [(&'static str, &'static str)],
    /// In the order of the struct.
    pub attributes: &'static [Attribute],
}

/// The attributes of a value, by name.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(&'a BTreeMap<String, Value>);

/// The attributes that a struct writes.
#[derive(Debug, Default)]
pub struct FieldsMut(BTreeMap<String, Value>);

impl ObjectSchema {
    /// The attribute with this name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }

    /// The type of the object's values.
    pub fn implied_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|a| (a.name, a.implied_type())))
    }

    /// The object with every attribute null.
    pub fn null_object(&self) -> Value {
        Value::object(self.attributes.iter().map(|a| (a.name, Value::Null)))
    }
}

/// A schema is one constant: the same place is the same schema.
impl PartialEq for ObjectSchema {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || (self.name == other.name && self.implied_type() == other.implied_type())
    }
}

impl Fields<'_> {
    /// Reads one attribute; one that is absent is null.
    ///
    /// # Errors
    /// The value does not fit the type.
    pub fn get<T: AttrType>(&self, name: &str) -> Result<Attr<T>, Mismatch> {
        self.0.get(name).map_or(Ok(Attr::Null), |value| {
            Attr::decode(value)
                .map_err(|mismatch| mismatch.inside(Step::Attribute(name.to_owned())))
        })
    }
}

impl FieldsMut {
    /// Writes one attribute.
    pub fn set<T: AttrType>(&mut self, name: &str, value: &Attr<T>) {
        self.0.insert(name.to_owned(), value.encode());
    }
}

/// Reads a derived struct.
///
/// # Errors
/// The value is no object, or one of its attributes cannot be read.
pub fn decode_object<T: Object>(value: &Value) -> Result<T, Mismatch> {
    match value {
        Value::Object(fields) => T::from_fields(&Fields(fields)),
        other => Err(Mismatch::wrong(&T::SCHEMA.implied_type(), other)),
    }
}

/// Writes a derived struct.
pub fn encode_object<T: Object>(object: &T) -> Value {
    let mut fields = FieldsMut::default();
    object.to_fields(&mut fields);
    Value::Object(fields.0)
}

/// The canonical form of a derived struct: that of each attribute.
pub fn canonical_object<T: Object>(object: &T) -> Value {
    walk::meaning(T::SCHEMA, &encode_object(object))
}

/// Checks each attribute of a derived struct.
pub fn validate_object<T: Object>(object: &T, at: &Path, diagnostics: &mut Diagnostics) {
    walk::check(T::SCHEMA, &encode_object(object), at, diagnostics);
}

/// The value of a constant default.
pub fn constant(value: impl Constant) -> Value {
    value.value()
}

/// What may stand after `default =`.
pub trait Constant {
    /// The default as Terraform holds it.
    fn value(self) -> Value;
}

impl Constant for &str {
    fn value(self) -> Value {
        Value::from(self)
    }
}

impl Constant for bool {
    fn value(self) -> Value {
        Value::from(self)
    }
}

macro_rules! integer_constants {
    ($($int:ty),*) => {$(
        impl Constant for $int {
            fn value(self) -> Value {
                Value::from(i64::from(self))
            }
        }
    )*};
}

integer_constants!(i64, i32, u32, u16, u8);
