//! Reading MessagePack.

use std::collections::BTreeMap;

use rmp::Marker;

use super::super::conform::tuple_length;
use super::super::{CodecError, MAX_DEPTH, Number, ObjectType, Reason, Set, Step, Type, Value};
use super::input::{Input, kind};

/// Reads a value of type `ty`.
///
/// # Errors
/// The bytes are no MessagePack, or hold a value of another type, or more than one value.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    let mut input = Input::new(bytes);
    let value = input.value(ty, 0)?;
    if input.is_empty() {
        Ok(value)
    } else {
        Err(Reason::Trailing.into())
    }
}

impl<'a> Input<'a> {
    fn value(&mut self, ty: &Type, depth: usize) -> Result<Value, CodecError> {
        if depth > MAX_DEPTH {
            return Err(Reason::TooDeep.into());
        }
        let marker = self.marker()?;
        if let Some(len) = self.extension(marker)? {
            self.take(len)?;
            return Ok(Value::Unknown);
        }
        match (ty, marker) {
            (_, Marker::Null) => Ok(Value::Null),
            (Type::Bool, Marker::True) => Ok(Value::Bool(true)),
            (Type::Bool, Marker::False) => Ok(Value::Bool(false)),
            (Type::Number, marker) => self.number(marker),
            (Type::String, marker) => match self.string(marker)? {
                Some(text) => Ok(Value::String(text.to_owned())),
                None => Err(CodecError::mismatch(ty, kind(marker))),
            },
            (Type::Map(_) | Type::Object(_), marker) => match self.map_len(marker)? {
                Some(len) => self.fields(ty, len, depth),
                None => Err(CodecError::mismatch(ty, kind(marker))),
            },
            (Type::Bool, marker) => Err(CodecError::mismatch(ty, kind(marker))),
            (_, marker) => match self.array_len(marker)? {
                Some(len) => self.elements(ty, len, depth),
                None => Err(CodecError::mismatch(ty, kind(marker))),
            },
        }
    }

    fn number(&mut self, marker: Marker) -> Result<Value, CodecError> {
        let exact =
            |number: Result<Number, _>| number.map_err(|e| CodecError::from(Reason::Number(e)));
        let number = match marker {
            Marker::FixPos(int) => i64::from(int).into(),
            Marker::FixNeg(int) => i64::from(int).into(),
            Marker::I8 => i64::from(i8::from_be_bytes(self.array()?)).into(),
            Marker::I16 => i64::from(i16::from_be_bytes(self.array()?)).into(),
            Marker::I32 => i64::from(i32::from_be_bytes(self.array()?)).into(),
            Marker::I64 => i64::from_be_bytes(self.array()?).into(),
            Marker::U8 => u64::from(u8::from_be_bytes(self.array()?)).into(),
            Marker::U16 => u64::from(u16::from_be_bytes(self.array()?)).into(),
            Marker::U32 => u64::from(u32::from_be_bytes(self.array()?)).into(),
            Marker::U64 => u64::from_be_bytes(self.array()?).into(),
            Marker::F32 => exact(Number::from_f64(f32::from_be_bytes(self.array()?).into()))?,
            Marker::F64 => exact(Number::from_f64(f64::from_be_bytes(self.array()?)))?,
            marker => match self.string(marker)? {
                Some(text) => exact(text.parse())?,
                None => return Err(CodecError::mismatch(&Type::Number, kind(marker))),
            },
        };
        Ok(Value::Number(number))
    }

    /// The elements of a list, set or tuple, or the pair of a dynamic value.
    fn elements(&mut self, ty: &Type, len: usize, depth: usize) -> Result<Value, CodecError> {
        // Each element has at least one byte: a longer claim is false before it costs memory.
        if len > self.len() {
            return Err(Reason::Truncated.into());
        }
        match ty {
            Type::List(element) => Ok(Value::List(self.in_order(len, depth, |_| element)?)),
            Type::Set(element) => {
                let elements = (0..len).map(|index| self.element(index, element, depth));
                Ok(Value::Set(elements.collect::<Result<Set, _>>()?))
            }
            Type::Tuple(types) => {
                tuple_length(types, len)?;
                Ok(Value::Tuple(
                    self.in_order(len, depth, |index| &types[index])?,
                ))
            }
            Type::Dynamic => self.dynamic(len, depth),
            other => Err(CodecError::mismatch(other, "list")),
        }
    }

    fn in_order<'t>(
        &mut self,
        len: usize,
        depth: usize,
        ty: impl Fn(usize) -> &'t Type,
    ) -> Result<Vec<Value>, CodecError> {
        (0..len)
            .map(|index| self.element(index, ty(index), depth))
            .collect()
    }

    fn element(&mut self, index: usize, ty: &Type, depth: usize) -> Result<Value, CodecError> {
        self.value(ty, depth + 1)
            .map_err(|e| e.inside(Step::Index(index)))
    }

    fn dynamic(&mut self, len: usize, depth: usize) -> Result<Value, CodecError> {
        if len != 2 {
            return Err(Reason::DynamicPair.into());
        }
        let marker = self.marker()?;
        let notation = match (self.binary(marker)?, self.text_len(marker)?) {
            (Some(len), _) | (None, Some(len)) => self.take(len)?,
            (None, None) => return Err(Reason::DynamicPair.into()),
        };
        let ty = Type::from_json(notation).map_err(Reason::Notation)?;
        let value = self.value(&ty, depth + 1)?;
        // A pair whose type is itself dynamic says nothing: what it holds stands for it.
        Ok(if ty == Type::Dynamic {
            value
        } else {
            Value::dynamic(ty, value)
        })
    }

    /// The elements of a map or the attributes of an object.
    fn fields(&mut self, ty: &Type, len: usize, depth: usize) -> Result<Value, CodecError> {
        let mut fields = BTreeMap::new();
        for _ in 0..len {
            let key = self.key()?;
            let (ty, step): (_, fn(String) -> Step) = match ty {
                Type::Map(element) => (&**element, Step::Key),
                Type::Object(object) => (attribute(object, key)?, Step::Attribute),
                other => return Err(CodecError::mismatch(other, "map")),
            };
            let value = self
                .value(ty, depth + 1)
                .map_err(|e| e.inside(step(key.to_owned())))?;
            if fields.insert(key.to_owned(), value).is_some() {
                return Err(Reason::DuplicateKey(key.to_owned()).into());
            }
        }
        let Type::Object(object) = ty else {
            return Ok(Value::Map(fields));
        };
        match object
            .attributes
            .keys()
            .find(|name| !fields.contains_key(*name))
        {
            None => Ok(Value::Object(fields)),
            Some(missing) => Err(Reason::MissingAttribute(missing.clone()).into()),
        }
    }

    fn key(&mut self) -> Result<&'a str, CodecError> {
        let marker = self.marker()?;
        self.string(marker)?
            .ok_or_else(|| CodecError::mismatch(&Type::String, kind(marker)))
    }
}

fn attribute<'t>(object: &'t ObjectType, name: &str) -> Result<&'t Type, CodecError> {
    object
        .attributes
        .get(name)
        .ok_or_else(|| Reason::UnexpectedAttribute(name.to_owned()).into())
}

#[cfg(test)]
mod tests {
    use super::super::encode;
    use super::*;

    #[test]
    fn a_claimed_length_costs_no_memory() {
        let hostile: [&[u8]; 5] = [
            &[0xdd, 0xff, 0xff, 0xff, 0xff],
            &[0xdf, 0xff, 0xff, 0xff, 0xff],
            &[0xdb, 0xff, 0xff, 0xff, 0xff],
            &[0xc6, 0xff, 0xff, 0xff, 0xff],
            &[0xc9, 0xff, 0xff, 0xff, 0xff, 0x0c],
        ];
        for bytes in hostile {
            for ty in [
                Type::list(Type::Bool),
                Type::map(Type::Bool),
                Type::String,
                Type::Dynamic,
            ] {
                assert!(decode(bytes, &ty).is_err());
            }
        }
    }

    #[test]
    fn a_hostile_depth_is_an_error_and_the_same_depth_cannot_be_written() {
        let nested = |levels: usize| {
            (0..levels).fold((Type::Bool, Value::Null), |(ty, value), _| {
                (Type::list(ty), Value::list([value]))
            })
        };
        let (ty, value) = nested(MAX_DEPTH);
        assert_eq!(decode(&encode(&value, &ty).unwrap(), &ty).unwrap(), value);
        let (ty, value) = nested(MAX_DEPTH + 1);
        assert!(matches!(
            encode(&value, &ty).unwrap_err().reason(),
            Reason::TooDeep
        ));
        assert!(matches!(
            decode(&[0x91; 1000], &ty).unwrap_err().reason(),
            Reason::TooDeep
        ));
        // A dynamic value inside a dynamic value needs no schema to be deep.
        let pairs = [&[0x92, 0xc4, 9][..], br#""dynamic""#]
            .concat()
            .repeat(100_000);
        assert!(matches!(
            decode(&pairs, &Type::Dynamic).unwrap_err().reason(),
            Reason::TooDeep
        ));
    }

    #[test]
    fn a_mismatch_names_the_path_and_both_types() {
        let value = Value::object([("labels", Value::map([("a", Value::from("x"))]))]);
        let given = Type::object([("labels", Type::map(Type::String))]);
        let wanted = Type::object([("labels", Type::map(Type::list(Type::String)))]);
        let error = decode(&encode(&value, &given).unwrap(), &wanted).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"labels["a"]: list of string is required, but string was given"#
        );
        let error = encode(&value, &wanted).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"labels["a"]: list of string is required, but string was given"#
        );
    }

    #[test]
    fn every_extension_is_an_unknown() {
        let extensions: [&[u8]; 4] = [
            &[0xd4, 0, 0],
            &[0xd5, 12, 0x80, 0],
            &[0xc7, 3, 12, 0x81, 1, 0xc2],
            &[0xc7, 0, 99],
        ];
        for bytes in extensions {
            assert_eq!(
                decode(bytes, &Type::map(Type::Bool)).unwrap(),
                Value::Unknown
            );
            assert_eq!(decode(bytes, &Type::Dynamic).unwrap(), Value::Unknown);
        }
    }

    #[test]
    fn a_second_value_or_key_is_an_error() {
        assert!(matches!(
            decode(&[0xc0, 0xc0], &Type::Bool).unwrap_err().reason(),
            Reason::Trailing
        ));
        let twice = [0x82, 0xa1, b'a', 0xc0, 0xa1, b'a', 0xc0];
        let error = decode(&twice, &Type::map(Type::Bool)).unwrap_err();
        assert!(matches!(error.reason(), Reason::DuplicateKey(key) if key == "a"));
    }
}
