//! The schemas of a provider, as core keeps them.

use std::collections::BTreeMap;

use super::error::CoreError;
use crate::objchange::CoreSchema;
use crate::proto;
use crate::values::Type;

/// Everything that the provider announces.
#[derive(Debug)]
pub(super) struct Schemas {
    pub(super) provider: ObjectSchema,
    pub(super) resources: BTreeMap<String, ObjectSchema>,
    pub(super) data_sources: BTreeMap<String, ObjectSchema>,
    pub(super) ephemeral: BTreeMap<String, ObjectSchema>,
    pub(super) lists: BTreeMap<String, ObjectSchema>,
    pub(super) actions: BTreeMap<String, ObjectSchema>,
    pub(super) functions: BTreeMap<String, FunctionSchema>,
}

/// The kinds of things that have a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The provider block.
    Provider,
    /// A resource.
    Resource,
    /// A data source.
    DataSource,
    /// An ephemeral resource.
    Ephemeral,
    /// A list of a resource.
    List,
    /// An action.
    Action,
}

/// The schema of one object.
#[derive(Debug, Clone)]
pub(super) struct ObjectSchema {
    pub(super) version: i64,
    pub(super) core: CoreSchema,
    pub(super) ty: Type,
    pub(super) identity: Option<Type>,
}

/// The signature of one function.
#[derive(Debug, Clone)]
pub(super) struct FunctionSchema {
    pub(super) parameters: Vec<Type>,
    pub(super) variadic: Option<Type>,
    pub(super) returns: Type,
}

impl Schemas {
    /// Reads both schema answers.
    pub(super) fn read(
        schemas: proto::get_provider_schema::Response,
        identities: &proto::get_resource_identity_schemas::Response,
    ) -> Result<Self, CoreError> {
        let mut resources = objects(&schemas.resource_schemas)?;
        for (name, identity) in &identities.identity_schemas {
            let resource = resources.get_mut(name);
            let resource = resource.ok_or_else(|| Kind::Resource.lacks(name))?;
            resource.identity = Some(identity_type(name, identity)?);
        }
        let actions = schemas.action_schemas.into_iter();
        let actions = actions.map(|(name, action)| (name, action.schema.unwrap_or_default()));
        Ok(Self {
            provider: object("the provider", &schemas.provider.unwrap_or_default())?,
            resources,
            data_sources: objects(&schemas.data_source_schemas)?,
            ephemeral: objects(&schemas.ephemeral_resource_schemas)?,
            lists: objects(&schemas.list_resource_schemas)?,
            actions: objects(&actions.collect())?,
            functions: functions(&schemas.functions)?,
        })
    }

    /// The schema of that name; the provider block has none.
    pub(super) fn find(&self, kind: Kind, name: &str) -> Result<&ObjectSchema, CoreError> {
        let all = match kind {
            Kind::Provider => return Ok(&self.provider),
            Kind::Resource => &self.resources,
            Kind::DataSource => &self.data_sources,
            Kind::Ephemeral => &self.ephemeral,
            Kind::List => &self.lists,
            Kind::Action => &self.actions,
        };
        all.get(name).ok_or_else(|| kind.lacks(name))
    }
}

impl Kind {
    fn lacks(self, name: &str) -> CoreError {
        CoreError::Missing {
            kind: match self {
                Self::Provider => "provider block",
                Self::Resource => "resource",
                Self::DataSource => "data source",
                Self::Ephemeral => "ephemeral resource",
                Self::List => "list resource",
                Self::Action => "action",
            },
            name: name.to_owned(),
        }
    }
}

fn objects(
    schemas: &std::collections::HashMap<String, proto::Schema>,
) -> Result<BTreeMap<String, ObjectSchema>, CoreError> {
    let read =
        |(name, schema): (&String, &proto::Schema)| Ok((name.clone(), object(name, schema)?));
    schemas.iter().map(read).collect()
}

fn object(name: &str, schema: &proto::Schema) -> Result<ObjectSchema, CoreError> {
    let core = CoreSchema::try_from(schema).map_err(|source| CoreError::Schema {
        name: name.to_owned(),
        source,
    })?;
    Ok(ObjectSchema {
        version: schema.version,
        ty: core.implied_type(),
        core,
        identity: None,
    })
}

fn identity_type(name: &str, schema: &proto::ResourceIdentitySchema) -> Result<Type, CoreError> {
    let attribute = |attribute: &proto::resource_identity_schema::IdentityAttribute| {
        Ok((attribute.name.clone(), read_type(name, &attribute.r#type)?))
    };
    let attributes = schema.identity_attributes.iter().map(attribute);
    Ok(Type::object(
        attributes.collect::<Result<Vec<_>, CoreError>>()?,
    ))
}

fn functions(
    functions: &std::collections::HashMap<String, proto::Function>,
) -> Result<BTreeMap<String, FunctionSchema>, CoreError> {
    let read = |(name, function): (&String, &proto::Function)| {
        let parameter = |parameter: &proto::function::Parameter| read_type(name, &parameter.r#type);
        let returns = function.r#return.clone().unwrap_or_default();
        let schema = FunctionSchema {
            parameters: function
                .parameters
                .iter()
                .map(parameter)
                .collect::<Result<_, _>>()?,
            variadic: function
                .variadic_parameter
                .as_ref()
                .map(parameter)
                .transpose()?,
            returns: read_type(name, &returns.r#type)?,
        };
        Ok((name.clone(), schema))
    };
    functions.iter().map(read).collect()
}

fn read_type(name: &str, json: &[u8]) -> Result<Type, CoreError> {
    Type::from_json(json).map_err(|source| CoreError::Type {
        name: name.to_owned(),
        source,
    })
}
