//! What the provider offers: schemas, metadata, functions, identities.

use std::collections::HashMap;

use super::entries::Entry;
use super::shared::Shared;
use super::wire;
use crate::objects::erased::AnyFunction;
use crate::objects::{Diagnostic, Provider};
use crate::proto::tfplugin6 as pb;
use crate::schema::{Object as _, SchemaProblem};

const CAPABILITIES: pb::ServerCapabilities = pb::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

impl<P: Provider> Shared<P> {
    pub(super) fn metadata(&self) -> pb::get_metadata::Response {
        use pb::get_metadata as meta;
        let entries = &self.entries;
        let names = |name: &String| name.clone();
        pb::get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            diagnostics: Vec::new(),
            data_sources: entries
                .data_sources
                .keys()
                .map(names)
                .map(|type_name| meta::DataSourceMetadata { type_name })
                .collect(),
            resources: entries
                .resources
                .keys()
                .map(names)
                .map(|type_name| meta::ResourceMetadata { type_name })
                .collect(),
            functions: entries
                .functions
                .keys()
                .map(names)
                .map(|name| meta::FunctionMetadata { name })
                .collect(),
            ephemeral_resources: entries
                .ephemerals
                .keys()
                .map(names)
                .map(|type_name| meta::EphemeralMetadata { type_name })
                .collect(),
            list_resources: entries
                .lists
                .keys()
                .map(names)
                .map(|type_name| meta::ListResourceMetadata { type_name })
                .collect(),
            state_stores: Vec::new(),
            actions: entries
                .actions
                .keys()
                .map(names)
                .map(|type_name| meta::ActionMetadata { type_name })
                .collect(),
        }
    }

    /// Made once, at the first call, and copied for each answer. Measured for 3 KiB of schema: 44 µs to make, 4 µs to copy,
    /// 7 µs to encode; a buffer of encoded bytes would save the last two of a call that core makes once a process.
    pub(super) fn provider_schema(&self) -> pb::get_provider_schema::Response {
        self.schema.get_or_init(|| self.make_schema()).clone()
    }

    fn make_schema(&self) -> pb::get_provider_schema::Response {
        let entries = &self.entries;
        let action = |entry: &Entry<_>| pb::ActionSchema {
            schema: Some(entry.schema.config_to_proto()),
        };
        pb::get_provider_schema::Response {
            provider: Some(P::Config::SCHEMA.config_to_proto()),
            resource_schemas: each(entries.resources.values(), |entry| entry.schema.to_proto()),
            data_source_schemas: each(entries.data_sources.values(), |entry| {
                entry.schema.to_proto()
            }),
            ephemeral_resource_schemas: each(entries.ephemerals.values(), |entry| {
                entry.schema.to_proto()
            }),
            list_resource_schemas: each(entries.lists.values(), |entry| {
                entry.schema.config_to_proto()
            }),
            action_schemas: each(entries.actions.values(), action),
            functions: each(entries.functions.values(), function),
            server_capabilities: Some(CAPABILITIES),
            diagnostics: wire::diagnostics(self.problems.iter().map(mistake).collect()),
            ..pb::get_provider_schema::Response::default()
        }
    }

    pub(super) fn function_list(&self) -> pb::get_functions::Response {
        pb::get_functions::Response {
            functions: each(self.entries.functions.values(), function),
            diagnostics: Vec::new(),
        }
    }

    pub(super) fn identity_schemas(&self) -> pb::get_resource_identity_schemas::Response {
        let schema =
            |entry: &Entry<_>| Some((entry.name.clone(), entry.schema.identity_to_proto()?));
        pb::get_resource_identity_schemas::Response {
            identity_schemas: self.entries.resources.values().filter_map(schema).collect(),
            diagnostics: Vec::new(),
        }
    }
}

fn mistake(problem: &SchemaProblem) -> Diagnostic {
    Diagnostic::error("The provider has a wrong schema")
        .detail(format!("{problem}. This is a bug in the provider."))
}

fn function(entry: &Entry<dyn AnyFunction>) -> pb::Function {
    entry.schema.function_to_proto(&entry.object.output())
}

fn each<'e, T: ?Sized + 'e, M>(
    entries: impl Iterator<Item = &'e Entry<T>>,
    make: impl Fn(&Entry<T>) -> M,
) -> HashMap<String, M> {
    entries
        .map(|entry| (entry.name.clone(), make(entry)))
        .collect()
}
