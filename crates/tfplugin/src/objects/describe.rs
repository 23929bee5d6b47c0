//! A catalog as JSON: the golden file of a provider's interface, and the input of its documentation.

use serde_json::{Map, Value as Json};

use super::{Catalog, Provider};
use crate::schema::{Object as _, ObjectSchema};

impl<S: Clone + Send + Sync + 'static> Catalog<S> {
    /// Everything that the provider offers, by kind and name. Names stand without the provider's prefix.
    pub fn to_json(&self) -> Json {
        let functions = self.functions.iter().map(|function| {
            let schema = function.schema();
            (
                schema.name.to_owned(),
                schema.function_to_json(&function.output()),
            )
        });
        let lists = self.lists.iter().map(|list| {
            let listed = list.resource().name;
            (listed.to_owned(), list.schema().to_json())
        });
        let kinds = [
            (
                "resources",
                objects(self.resources.iter().map(|object| object.schema())),
            ),
            (
                "data_sources",
                objects(self.data_sources.iter().map(|object| object.schema())),
            ),
            (
                "ephemeral_resources",
                objects(self.ephemerals.iter().map(|object| object.schema())),
            ),
            ("functions", functions.collect()),
            ("list_resources", lists.collect()),
            (
                "actions",
                objects(self.actions.iter().map(|object| object.schema())),
            ),
        ];
        let present = kinds
            .into_iter()
            .filter(|(_, objects): &(_, Map<_, _>)| !objects.is_empty());
        Json::Object(
            present
                .map(|(kind, objects)| (kind.to_owned(), Json::Object(objects)))
                .collect(),
        )
    }
}

/// A provider and its catalog as JSON.
pub fn describe<P: Provider>(provider: &P) -> Json {
    let mut json = provider.catalog().to_json();
    if let Json::Object(kinds) = &mut json {
        kinds.insert("provider".to_owned(), P::Config::SCHEMA.to_json());
    }
    json
}

fn objects(schemas: impl Iterator<Item = &'static ObjectSchema>) -> Map<String, Json> {
    schemas
        .map(|schema| (schema.name.to_owned(), schema.to_json()))
        .collect()
}
