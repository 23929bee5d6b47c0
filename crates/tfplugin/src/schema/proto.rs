//! Schemas as the protocol announces them.

use super::{AttrKind, Attribute, Mode, Nesting, ObjectSchema};
use crate::proto::tfplugin6 as pb;
use crate::values::Type;

/// Version of the identity's shape, which never changed: what identifies an object is as stable as the object. 0 is also what core
/// takes for the version in a state without identity (of another provider, or of Terraform before 1.12): with any other version it
/// would ask for an upgrade of nothing before the first read.
const IDENTITY_VERSION: i64 = 0;

impl ObjectSchema {
    /// The schema of a block with this object's attributes.
    pub(crate) fn to_proto(&self) -> pb::Schema {
        self.block(self.attributes.iter().map(attribute).collect())
    }

    /// The schema of a block that is only configured: what has a default there is optional and nothing else.
    pub(crate) fn config_to_proto(&self) -> pb::Schema {
        let optional = |a: &Attribute| pb::schema::Attribute {
            computed: false,
            ..attribute(a)
        };
        self.block(self.attributes.iter().map(optional).collect())
    }

    fn block(&self, attributes: Vec<pb::schema::Attribute>) -> pb::Schema {
        pb::Schema {
            version: self.version,
            block: Some(pb::schema::Block {
                version: self.version,
                attributes,
                description: self.docs.to_owned(),
                description_kind: pb::StringKind::Markdown.into(),
                deprecated: self.deprecated.is_some(),
                deprecation_message: self.deprecated.unwrap_or_default().to_owned(),
                ..pb::schema::Block::default()
            }),
        }
    }

    /// The schema of the identity; `None` for an object without one.
    pub(crate) fn identity_to_proto(&self) -> Option<pb::ResourceIdentitySchema> {
        let attributes: Vec<_> = self.identity_attributes().map(identity_attribute).collect();
        (!attributes.is_empty()).then_some(pb::ResourceIdentitySchema {
            version: IDENTITY_VERSION,
            identity_attributes: attributes,
        })
    }

    /// The type of the identity; `None` for an object without one.
    pub(crate) fn identity_type(&self) -> Option<Type> {
        let attributes = self
            .identity_attributes()
            .map(|a| (a.name, a.implied_type()));
        (!self.identity.is_empty()).then(|| Type::object(attributes))
    }

    fn identity_attributes(&self) -> impl Iterator<Item = &'static Attribute> {
        self.identity.iter().filter_map(|name| self.attribute(name))
    }

    /// The attributes as the parameters of a function that answers `output`.
    pub(crate) fn function_to_proto(&self, output: &Type) -> pb::Function {
        let (variadic, fixed): (Vec<_>, Vec<_>) = self.attributes.iter().partition(|a| a.variadic);
        pb::Function {
            parameters: fixed
                .into_iter()
                .map(|a| parameter(a, &a.implied_type()))
                .collect(),
            variadic_parameter: variadic.first().map(|a| parameter(a, &a.element_type())),
            r#return: Some(pb::function::Return {
                r#type: output.to_json().into(),
            }),
            summary: self.docs.lines().next().unwrap_or_default().to_owned(),
            description: self.docs.to_owned(),
            description_kind: pb::StringKind::Markdown.into(),
            deprecation_message: self.deprecated.unwrap_or_default().to_owned(),
        }
    }
}

impl Attribute {
    /// The type of one element of a list.
    pub(crate) fn element_type(&self) -> Type {
        match self.implied_type() {
            Type::List(element) => *element,
            other => other,
        }
    }
}

fn attribute(attribute: &Attribute) -> pb::schema::Attribute {
    let (r#type, nested_type) = match attribute.kind() {
        AttrKind::Plain(ty) => (ty.to_json().into(), None),
        AttrKind::Nested(nesting, object) => (Vec::new().into(), Some(nested(nesting, object))),
    };
    pb::schema::Attribute {
        name: attribute.name.to_owned(),
        r#type,
        nested_type,
        description: attribute.docs.to_owned(),
        description_kind: pb::StringKind::Markdown.into(),
        required: attribute.mode == Mode::Required,
        optional: matches!(attribute.mode, Mode::Optional | Mode::OptionalComputed),
        computed: attribute.is_computed(),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        deprecated: attribute.deprecated.is_some(),
        deprecation_message: attribute.deprecated.unwrap_or_default().to_owned(),
    }
}

fn nested(nesting: Nesting, object: &ObjectSchema) -> pb::schema::Object {
    use pb::schema::object::NestingMode;
    let mode = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    pb::schema::Object {
        attributes: object.attributes.iter().map(attribute).collect(),
        nesting: mode.into(),
        ..pb::schema::Object::default()
    }
}

fn identity_attribute(attribute: &Attribute) -> pb::resource_identity_schema::IdentityAttribute {
    pb::resource_identity_schema::IdentityAttribute {
        name: attribute.name.to_owned(),
        r#type: attribute.implied_type().to_json().into(),
        required_for_import: true,
        optional_for_import: false,
        description: attribute.docs.to_owned(),
    }
}

fn parameter(attribute: &Attribute, ty: &Type) -> pb::function::Parameter {
    pb::function::Parameter {
        name: attribute.name.to_owned(),
        r#type: ty.to_json().into(),
        allow_null_value: attribute.mode != Mode::Required,
        // Core answers an unknown argument with an unknown result by itself.
        allow_unknown_values: false,
        description: attribute.docs.to_owned(),
        description_kind: pb::StringKind::Markdown.into(),
    }
}
