//! The JSON notation of types: `"string"`, `["list","string"]`, `["object",{"a":"bool"},["a"]]`.
//!
//! It is what a schema announces and what stands in front of a dynamic value. `serde_json` bounds the depth.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeTuple as _, Serializer};

use super::{ObjectType, Type};

impl Type {
    /// The type in Terraform's JSON notation, compact.
    #[allow(
        clippy::missing_panics_doc,
        reason = "it cannot: every key is a string, and memory takes every byte"
    )]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self)
            .expect("types have string keys only, and a String cannot fail to be written")
    }

    /// Reads Terraform's JSON notation.
    ///
    /// # Errors
    /// The text is no JSON, or no type.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

impl Serialize for Type {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool => serializer.serialize_str("bool"),
            Self::String => serializer.serialize_str("string"),
            Self::Number => serializer.serialize_str("number"),
            Self::Dynamic => serializer.serialize_str("dynamic"),
            Self::List(element) => ("list", element).serialize(serializer),
            Self::Set(element) => ("set", element).serialize(serializer),
            Self::Map(element) => ("map", element).serialize(serializer),
            Self::Tuple(elements) => ("tuple", elements).serialize(serializer),
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

impl Serialize for ObjectType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts = if self.optional.is_empty() { 2 } else { 3 };
        let mut array = serializer.serialize_tuple(parts)?;
        array.serialize_element("object")?;
        array.serialize_element(&self.attributes)?;
        if parts == 3 {
            array.serialize_element(&self.optional)?;
        }
        array.end()
    }
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Notation)
    }
}

struct Notation;

impl<'de> Visitor<'de> for Notation {
    type Value = Type;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a type: a name, or an array of a kind and its argument")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Type, E> {
        Ok(match name {
            "bool" => Type::Bool,
            "string" => Type::String,
            "number" => Type::Number,
            "dynamic" => Type::Dynamic,
            other => {
                return Err(E::unknown_variant(
                    other,
                    &["bool", "string", "number", "dynamic"],
                ));
            }
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Type, A::Error> {
        let kind: String = next(&mut array)?;
        let ty = match kind.as_str() {
            "list" => Type::List(next(&mut array)?),
            "set" => Type::Set(next(&mut array)?),
            "map" => Type::Map(next(&mut array)?),
            "tuple" => Type::Tuple(next(&mut array)?),
            "object" => Type::Object(object(&mut array)?),
            other => {
                return Err(A::Error::unknown_variant(
                    other,
                    &["list", "set", "map", "tuple", "object"],
                ));
            }
        };
        match array.next_element::<serde::de::IgnoredAny>()? {
            None => Ok(ty),
            Some(_) => Err(A::Error::custom(
                "the array has more parts than its kind of type",
            )),
        }
    }
}

fn next<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(array: &mut A) -> Result<T, A::Error> {
    array
        .next_element()?
        .ok_or_else(|| A::Error::custom("the array ends before the type does"))
}

fn object<'de, A: SeqAccess<'de>>(array: &mut A) -> Result<ObjectType, A::Error> {
    let attributes: BTreeMap<String, Type> = next(array)?;
    let optional: BTreeSet<String> = array.next_element()?.unwrap_or_default();
    match optional.iter().find(|name| !attributes.contains_key(*name)) {
        None => Ok(ObjectType {
            attributes,
            optional,
        }),
        Some(name) => Err(A::Error::custom(format_args!(
            "{name:?} is optional, but is no attribute"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation_reads_back_as_it_was_written() {
        let notations = [
            r#""dynamic""#,
            r#"["list","string"]"#,
            r#"["map",["set","number"]]"#,
            r#"["tuple",["bool",["list","dynamic"]]]"#,
            r#"["object",{"a":"bool","b":["object",{}]}]"#,
            r#"["object",{"a":"bool","b":"string"},["b"]]"#,
        ];
        for notation in notations {
            assert_eq!(
                Type::from_json(notation.as_bytes()).unwrap().to_json(),
                notation
            );
        }
    }

    #[test]
    fn what_is_no_type_is_refused() {
        let notations = [
            "",
            "1",
            "[]",
            r#""str""#,
            r#"["list"]"#,
            r#"["bag","string"]"#,
            r#"["list","string","string"]"#,
            r#"["object",{"a":"bool"},["b"]]"#,
            r#"["tuple","bool"]"#,
        ];
        for notation in notations {
            assert!(Type::from_json(notation.as_bytes()).is_err(), "{notation}");
        }
    }

    #[test]
    fn a_hostile_depth_is_an_error() {
        let notation = r#"["list","#.repeat(100_000);
        assert!(Type::from_json(notation.as_bytes()).is_err());
    }
}
