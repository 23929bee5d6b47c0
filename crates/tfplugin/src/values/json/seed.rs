//! One value inside a JSON text, read by its type.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::conform::tuple_length;
use super::super::{CodecError, MAX_DEPTH, ObjectType, Reason, Set, Step, Type, Value};
use super::decode::Context;
use super::primitive;

/// Reads one value of type `ty`.
#[derive(Clone, Copy)]
pub(super) struct Seed<'a> {
    pub(super) ty: &'a Type,
    pub(super) context: &'a Context,
    pub(super) depth: usize,
}

impl<'a> Seed<'a> {
    fn below(self, ty: &'a Type) -> Self {
        Self {
            ty,
            depth: self.depth + 1,
            ..self
        }
    }

    fn mismatch<E: Error>(self, found: &'static str) -> E {
        self.context.fail(CodecError::mismatch(self.ty, found))
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > MAX_DEPTH {
            return Err(self.context.fail(Reason::TooDeep));
        }
        match self.ty {
            Type::Bool | Type::String | Type::Number => {
                let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?;
                primitive::read(raw.get(), self.ty).map_err(|error| self.context.fail(error))
            }
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.ty, f)
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Value, E> {
        Err(self.mismatch("bool"))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Value, E> {
        Err(self.mismatch("number"))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Value, E> {
        Err(self.mismatch("number"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        Err(self.mismatch("number"))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Value, E> {
        Err(self.mismatch("string"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<Value, A::Error> {
        match self.ty {
            Type::List(element) => self.elements(array, |_| Some(element)).map(Value::List),
            Type::Set(element) => {
                let elements = self.elements(array, |_| Some(element))?;
                Ok(Value::Set(elements.into_iter().collect::<Set>()))
            }
            Type::Tuple(types) => {
                let elements = self.elements(array, |index| types.get(index))?;
                tuple_length(types, elements.len()).map_err(|error| self.context.fail(error))?;
                Ok(Value::Tuple(elements))
            }
            _ => Err(self.mismatch("list")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        match self.ty {
            Type::Map(element) => self.keyed(map, element),
            Type::Object(object) => self.fields(map, object),
            Type::Dynamic => self.dynamic(map),
            _ => Err(self.mismatch("object")),
        }
    }
}

impl<'a> Seed<'a> {
    fn elements<'de, A: SeqAccess<'de>>(
        self,
        mut array: A,
        ty: impl Fn(usize) -> Option<&'a Type>,
    ) -> Result<Vec<Value>, A::Error> {
        let mut elements = Vec::new();
        loop {
            let index = elements.len();
            let Some(ty) = ty(index) else {
                // A tuple that is too long: counted, so that the length can be told.
                while array.next_element::<IgnoredAny>()?.is_some() {
                    elements.push(Value::Null);
                }
                return Ok(elements);
            };
            match self.placed(
                || Step::Index(index),
                || array.next_element_seed(self.below(ty)),
            )? {
                Some(element) => elements.push(element),
                None => return Ok(elements),
            }
        }
    }

    fn keyed<'de, A: MapAccess<'de>>(
        self,
        mut map: A,
        element: &'a Type,
    ) -> Result<Value, A::Error> {
        let mut elements = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = self.placed(
                || Step::Key(key.clone()),
                || map.next_value_seed(self.below(element)),
            )?;
            self.put(&mut elements, key, value)?;
        }
        Ok(Value::Map(elements))
    }

    fn fields<'de, A: MapAccess<'de>>(
        self,
        mut map: A,
        object: &'a ObjectType,
    ) -> Result<Value, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = match object.attributes.get(&name) {
                Some(ty) if self.context.adapt => self.adapted(&mut map, &name, ty)?,
                Some(ty) => self.placed(
                    || Step::Attribute(name.clone()),
                    || map.next_value_seed(self.below(ty)),
                )?,
                None if self.context.adapt => {
                    map.next_value::<IgnoredAny>()?;
                    self.context
                        .dropped
                        .borrow_mut()
                        .push(vec![Step::Attribute(name)]);
                    continue;
                }
                None => return Err(self.context.fail(Reason::UnexpectedAttribute(name))),
            };
            self.put(&mut fields, name, value)?;
        }
        for name in object
            .attributes
            .keys()
            .filter(|name| !fields.contains_key(*name))
            .collect::<Vec<_>>()
        {
            if !self.context.adapt {
                return Err(self.context.fail(Reason::MissingAttribute(name.clone())));
            }
            fields.insert(name.clone(), Value::Null);
        }
        Ok(Value::Object(fields))
    }

    /// An attribute of a foreign object: null where it does not fit.
    fn adapted<'de, A: MapAccess<'de>>(
        self,
        map: &mut A,
        name: &str,
        ty: &'a Type,
    ) -> Result<Value, A::Error> {
        let raw = map.next_value::<&RawValue>()?;
        let step = || Step::Attribute(name.to_owned());
        let before = self.context.dropped.borrow().len();
        let mut deserializer = serde_json::Deserializer::from_str(raw.get());
        match self.placed(step, || self.below(ty).deserialize(&mut deserializer)) {
            Ok(value) => Ok(value),
            Err(error) => {
                if let Some(failure) = self.context.failure.take() {
                    let mut dropped = self.context.dropped.borrow_mut();
                    dropped.truncate(before);
                    dropped.push(vec![step()]);
                    drop(failure);
                    Ok(Value::Null)
                } else {
                    Err(self.context.fail(Reason::Json(error)))
                }
            }
        }
    }

    /// A dynamic value: `{"value":…,"type":…}`, in either order.
    fn dynamic<'de, A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let (mut value, mut ty) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            let part = match key.as_str() {
                "value" => &mut value,
                "type" => &mut ty,
                _ => return Err(self.context.fail(Reason::DynamicPair)),
            };
            if part.replace(map.next_value::<&RawValue>()?).is_some() {
                return Err(self.context.fail(Reason::DuplicateKey(key)));
            }
        }
        let (Some(value), Some(ty)) = (value, ty) else {
            return Err(self.context.fail(Reason::DynamicPair));
        };
        let ty = Type::from_json(ty.get().as_bytes())
            .map_err(|error| self.context.fail(Reason::Notation(error)))?;
        let mut deserializer = serde_json::Deserializer::from_str(value.get());
        let seed = Seed {
            ty: &ty,
            depth: self.depth + 1,
            context: self.context,
        };
        let value = seed.deserialize(&mut deserializer).map_err(|error| {
            let failure = self.context.failed(error);
            self.context.fail(failure)
        })?;
        Ok(if ty == Type::Dynamic {
            value
        } else {
            Value::dynamic(ty, value)
        })
    }

    fn put<E: Error>(
        self,
        fields: &mut BTreeMap<String, Value>,
        key: String,
        value: Value,
    ) -> Result<(), E> {
        if fields.contains_key(&key) {
            return Err(self.context.fail(Reason::DuplicateKey(key)));
        }
        fields.insert(key, value);
        Ok(())
    }

    /// Runs `read` for the part at `step`, and gives what it reports the path of that part.
    fn placed<T, E>(
        self,
        step: impl Fn() -> Step,
        read: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let before = self.context.dropped.borrow().len();
        let result = read();
        for dropped in &mut self.context.dropped.borrow_mut()[before..] {
            dropped.push(step());
        }
        result.map_err(|error| self.context.outwards(error, step))
    }
}
