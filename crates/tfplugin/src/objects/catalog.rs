//! The one list of everything that a provider offers.

use std::collections::BTreeSet;
use std::fmt;

use super::erased::{AnyAction, AnyDataSource, AnyEphemeral, AnyFunction, AnyList, AnyResource};
use super::{Action, DataSource, Ephemeral, Function, ListResource, Resource};
use crate::schema::{ObjectSchema, Role, SchemaProblem};
use crate::values::Path;

/// Everything that a provider offers, in the order in which it was added.
pub struct Catalog<S> {
    pub(crate) resources: Vec<Box<dyn AnyResource<S>>>,
    pub(crate) data_sources: Vec<Box<dyn AnyDataSource<S>>>,
    pub(crate) ephemerals: Vec<Box<dyn AnyEphemeral<S>>>,
    pub(crate) functions: Vec<Box<dyn AnyFunction>>,
    pub(crate) lists: Vec<Box<dyn AnyList<S>>>,
    pub(crate) actions: Vec<Box<dyn AnyAction<S>>>,
}

impl<S: Clone + Send + Sync + 'static> Catalog<S> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers a resource.
    #[must_use]
    pub fn resource(mut self, resource: impl Resource<Session = S>) -> Self {
        self.resources.push(Box::new(resource));
        self
    }

    /// Offers a data source.
    #[must_use]
    pub fn data_source(mut self, data_source: impl DataSource<Session = S>) -> Self {
        self.data_sources.push(Box::new(data_source));
        self
    }

    /// Offers an ephemeral resource.
    #[must_use]
    pub fn ephemeral(mut self, ephemeral: impl Ephemeral<Session = S>) -> Self {
        self.ephemerals.push(Box::new(ephemeral));
        self
    }

    /// Offers a function.
    #[must_use]
    pub fn function(mut self, function: impl Function) -> Self {
        self.functions.push(Box::new(function));
        self
    }

    /// Offers to list the objects of a resource.
    #[must_use]
    pub fn list(mut self, list: impl ListResource<Session = S>) -> Self {
        self.lists.push(Box::new(list));
        self
    }

    /// Offers an action.
    #[must_use]
    pub fn action(mut self, action: impl Action<Session = S>) -> Self {
        self.actions.push(Box::new(action));
        self
    }
}

impl<S> Catalog<S> {
    /// The mistakes in the schemas of all objects, and names that stand for two of them.
    ///
    /// A provider tests that there are none; where there are, Terraform is told instead of being given the schema.
    pub fn problems(&self) -> Vec<SchemaProblem> {
        let mut found = [
            checked(Role::Resource, self.resources.iter().map(|o| o.schema())),
            checked(
                Role::DataSource,
                self.data_sources.iter().map(|o| o.schema()),
            ),
            checked(Role::Ephemeral, self.ephemerals.iter().map(|o| o.schema())),
            checked(Role::Function, self.functions.iter().map(|o| o.schema())),
            checked(Role::Action, self.actions.iter().map(|o| o.schema())),
            checked(Role::List, self.lists.iter().map(|o| o.schema())),
            twins(self.lists.iter().map(|o| o.resource())),
        ]
        .concat();
        found.extend(
            self.lists
                .iter()
                .filter_map(|list| self.unlistable(list.resource())),
        );
        found
    }

    /// A list names objects by the identity of a resource that the provider offers.
    fn unlistable(&self, listed: &'static ObjectSchema) -> Option<SchemaProblem> {
        let offered = self
            .resources
            .iter()
            .any(|resource| resource.schema().name == listed.name);
        (!offered || listed.identity.is_empty()).then(|| {
            problem(
                listed,
                "a list needs a resource of its name, with an identity",
            )
        })
    }
}

fn checked(
    role: Role,
    schemas: impl Iterator<Item = &'static ObjectSchema> + Clone,
) -> Vec<SchemaProblem> {
    let own = schemas.clone().flat_map(|schema| schema.problems(role));
    own.chain(twins(schemas)).collect()
}

fn twins(schemas: impl Iterator<Item = &'static ObjectSchema>) -> Vec<SchemaProblem> {
    let mut names = BTreeSet::new();
    let again = schemas.filter(|schema| !schema.name.is_empty() && !names.insert(schema.name));
    again
        .map(|schema| problem(schema, "two objects of a kind have this name"))
        .collect()
}

fn problem(schema: &'static ObjectSchema, rule: &'static str) -> SchemaProblem {
    SchemaProblem {
        object: schema.name,
        path: Path::root(),
        rule,
    }
}

impl<S> Default for Catalog<S> {
    fn default() -> Self {
        Self {
            resources: Vec::new(),
            data_sources: Vec::new(),
            ephemerals: Vec::new(),
            functions: Vec::new(),
            lists: Vec::new(),
            actions: Vec::new(),
        }
    }
}

impl<S> fmt::Debug for Catalog<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |names: Vec<&'static str>| names;
        f.debug_struct("Catalog")
            .field(
                "resources",
                &names(self.resources.iter().map(|r| r.schema().name).collect()),
            )
            .field(
                "data_sources",
                &names(self.data_sources.iter().map(|d| d.schema().name).collect()),
            )
            .field(
                "ephemerals",
                &names(self.ephemerals.iter().map(|e| e.schema().name).collect()),
            )
            .field(
                "functions",
                &names(self.functions.iter().map(|f| f.schema().name).collect()),
            )
            .field(
                "lists",
                &names(self.lists.iter().map(|l| l.resource().name).collect()),
            )
            .field(
                "actions",
                &names(self.actions.iter().map(|a| a.schema().name).collect()),
            )
            .finish()
    }
}
