//! Lists, sets and maps of any attribute type.
//!
//! A collection of single objects is a nested attribute; a collection of anything else is a plain type.

use std::collections::{BTreeMap, BTreeSet};

use crate::objects::Diagnostics;
use crate::schema::{AttrKind, AttrType, Mismatch, Nesting};
use crate::values::{Path, Step, Value};

impl<T: AttrType> AttrType for Vec<T> {
    const SECRET: bool = T::SECRET;

    fn kind() -> AttrKind {
        T::kind().collected(Nesting::List)
    }

    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let elements = value.as_list().ok_or_else(|| wrong::<Self>(value))?;
        let decode = |(index, element)| {
            T::decode(element).map_err(|m: Mismatch| m.inside(Step::Index(index)))
        };
        elements.iter().enumerate().map(decode).collect()
    }

    fn encode(&self) -> Value {
        Value::list(self.iter().map(T::encode))
    }

    fn canonical(&self) -> Value {
        Value::list(self.iter().map(T::canonical))
    }

    fn validate(&self, at: &Path, diagnostics: &mut Diagnostics) {
        for (index, element) in self.iter().enumerate() {
            element.validate(&at.clone().index(index), diagnostics);
        }
    }

    fn check(value: &Value, at: &Path, diagnostics: &mut Diagnostics) {
        for (index, element) in value.as_list().unwrap_or_default().iter().enumerate() {
            T::check(element, &at.clone().index(index), diagnostics);
        }
    }
}

impl<T: AttrType + Ord> AttrType for BTreeSet<T> {
    const SECRET: bool = T::SECRET;

    fn kind() -> AttrKind {
        T::kind().collected(Nesting::Set)
    }

    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let elements = value.as_set().ok_or_else(|| wrong::<Self>(value))?;
        let step = |element: &Value| Step::Element(Box::new(element.clone()));
        elements
            .iter()
            .map(|e| T::decode(e).map_err(|m| m.inside(step(e))))
            .collect()
    }

    fn encode(&self) -> Value {
        Value::set(self.iter().map(T::encode))
    }

    fn canonical(&self) -> Value {
        Value::set(self.iter().map(T::canonical))
    }

    fn validate(&self, at: &Path, diagnostics: &mut Diagnostics) {
        for element in self {
            element.validate(&at.clone().element(element.encode()), diagnostics);
        }
    }

    fn check(value: &Value, at: &Path, diagnostics: &mut Diagnostics) {
        for element in value
            .as_set()
            .into_iter()
            .flat_map(crate::values::Set::iter)
        {
            T::check(element, &at.clone().element(element.clone()), diagnostics);
        }
    }
}

impl<T: AttrType> AttrType for BTreeMap<String, T> {
    const SECRET: bool = T::SECRET;

    fn kind() -> AttrKind {
        T::kind().collected(Nesting::Map)
    }

    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let Value::Map(elements) = value else {
            return Err(wrong::<Self>(value));
        };
        let decode = |(key, element): (&String, &Value)| match T::decode(element) {
            Ok(decoded) => Ok((key.clone(), decoded)),
            Err(mismatch) => Err(mismatch.inside(Step::Key(key.clone()))),
        };
        elements.iter().map(decode).collect()
    }

    fn encode(&self) -> Value {
        Value::map(self.iter().map(|(key, element)| (key, element.encode())))
    }

    fn canonical(&self) -> Value {
        Value::map(self.iter().map(|(key, element)| (key, element.canonical())))
    }

    fn validate(&self, at: &Path, diagnostics: &mut Diagnostics) {
        for (key, element) in self {
            element.validate(&at.clone().key(key), diagnostics);
        }
    }

    fn check(value: &Value, at: &Path, diagnostics: &mut Diagnostics) {
        for (key, element) in value.as_map().into_iter().flatten() {
            T::check(element, &at.clone().key(key), diagnostics);
        }
    }
}

fn wrong<T: AttrType>(found: &Value) -> Mismatch {
    Mismatch::wrong(&T::kind().implied_type(), found)
}
