//! Schemas as JSON: the golden file that shows every change of the interface, and the input of the documentation.
//!
//! Attributes keep the order of their struct, which is the order for the reader.

use serde_json::{Map, Value as Json, json};

use super::{AttrKind, Attribute, Mode, Nesting, ObjectSchema};
use crate::values::{Type, Value, json as codec};

impl ObjectSchema {
    /// Everything that a reader or a tool needs to know about the object.
    pub fn to_json(&self) -> Json {
        let mut object = Map::new();
        object.insert("version".into(), json!(self.version));
        object.insert("description".into(), json!(self.docs));
        put(&mut object, "deprecated", self.deprecated.map(Json::from));
        put(
            &mut object,
            "identity",
            some(self.identity).map(|names| json!(names)),
        );
        let timeouts = || {
            self.timeouts
                .iter()
                .map(|(verb, default)| ((*verb).to_owned(), json!(default)))
                .collect()
        };
        put(
            &mut object,
            "timeouts",
            some(self.timeouts).map(|_| Json::Object(timeouts())),
        );
        object.insert(
            "attributes".into(),
            self.attributes.iter().map(Attribute::to_json).collect(),
        );
        Json::Object(object)
    }

    /// The object as a function: its attributes are the parameters.
    pub fn function_to_json(&self, output: &Type) -> Json {
        let mut function = Map::new();
        function.insert("description".into(), json!(self.docs));
        put(&mut function, "deprecated", self.deprecated.map(Json::from));
        function.insert(
            "parameters".into(),
            self.attributes.iter().map(Attribute::to_json).collect(),
        );
        function.insert("return_type".into(), type_json(output));
        Json::Object(function)
    }
}

impl Attribute {
    /// The attribute: name, type or nested attributes, mode, and the flags that are set.
    pub fn to_json(&self) -> Json {
        let mut attribute = Map::new();
        attribute.insert("name".into(), json!(self.name));
        match self.kind() {
            AttrKind::Plain(ty) => put(&mut attribute, "type", Some(type_json(&ty))),
            AttrKind::Nested(nesting, object) => {
                put(
                    &mut attribute,
                    "nesting",
                    Some(json!(nesting_name(nesting))),
                );
                let nested = object.attributes.iter().map(Self::to_json).collect();
                put(&mut attribute, "attributes", Some(nested));
            }
        }
        attribute.insert("mode".into(), json!(mode_name(self.mode)));
        attribute.insert("description".into(), json!(self.docs));
        put(
            &mut attribute,
            "default",
            self.default.and_then(|value| self.value_json(&value())),
        );
        put(
            &mut attribute,
            "deprecated",
            self.deprecated.map(Json::from),
        );
        let flags = [
            ("sensitive", self.sensitive),
            ("write_only", self.write_only),
            ("replace", self.replace),
            ("variadic", self.variadic),
        ];
        for (name, set) in flags {
            put(&mut attribute, name, set.then_some(Json::Bool(true)));
        }
        Json::Object(attribute)
    }

    fn value_json(&self, value: &Value) -> Option<Json> {
        let text = codec::encode(value, &self.implied_type()).ok()?;
        serde_json::from_str(&text).ok()
    }
}

fn put(object: &mut Map<String, Json>, name: &str, value: Option<Json>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value);
    }
}

fn some<T>(all: &'static [T]) -> Option<&'static [T]> {
    (!all.is_empty()).then_some(all)
}

fn type_json(ty: &Type) -> Json {
    // The notation of a type is JSON by definition.
    serde_json::from_str(&ty.to_json()).unwrap_or(Json::Null)
}

const fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Required => "required",
        Mode::Optional => "optional",
        Mode::OptionalComputed => "optional_computed",
        Mode::Computed => "computed",
    }
}

const fn nesting_name(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "single",
        Nesting::List => "list",
        Nesting::Set => "set",
        Nesting::Map => "map",
    }
}
