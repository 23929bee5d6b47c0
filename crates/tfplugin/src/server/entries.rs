//! The objects of a provider by their full names, with everything that is computed from a schema once.

use std::collections::BTreeMap;

use crate::objects::Catalog;
use crate::objects::erased::{
    AnyAction, AnyDataSource, AnyEphemeral, AnyFunction, AnyList, AnyResource,
};
use crate::schema::ObjectSchema;
use crate::values::Type;

/// An object and the types of its values.
pub(super) struct Entry<T: ?Sized> {
    /// Full name, such as `omni_cluster`.
    pub(super) name: String,
    pub(super) schema: &'static ObjectSchema,
    pub(super) ty: Type,
    /// For a resource with an identity.
    pub(super) identity: Option<Type>,
    pub(super) object: Box<T>,
}

/// All objects by full name.
pub(super) struct Entries<S> {
    pub(super) resources: BTreeMap<String, Entry<dyn AnyResource<S>>>,
    pub(super) data_sources: BTreeMap<String, Entry<dyn AnyDataSource<S>>>,
    pub(super) ephemerals: BTreeMap<String, Entry<dyn AnyEphemeral<S>>>,
    pub(super) functions: BTreeMap<String, Entry<dyn AnyFunction>>,
    pub(super) lists: BTreeMap<String, Entry<dyn AnyList<S>>>,
    pub(super) actions: BTreeMap<String, Entry<dyn AnyAction<S>>>,
}

impl<S> Entries<S> {
    /// Names all objects after the provider, functions excepted: those live in the provider's own namespace.
    pub(super) fn new(provider: &str, catalog: Catalog<S>) -> Self {
        let full = |name: &str| format!("{provider}_{name}");
        Self {
            resources: entries(catalog.resources, |o| (full(o.schema().name), o.schema())),
            data_sources: entries(catalog.data_sources, |o| {
                (full(o.schema().name), o.schema())
            }),
            ephemerals: entries(catalog.ephemerals, |o| (full(o.schema().name), o.schema())),
            functions: entries(catalog.functions, |o| {
                (o.schema().name.to_owned(), o.schema())
            }),
            lists: entries(catalog.lists, |o| (full(o.resource().name), o.schema())),
            actions: entries(catalog.actions, |o| (full(o.schema().name), o.schema())),
        }
    }
}

fn entries<T: ?Sized>(
    objects: Vec<Box<T>>,
    describe: impl Fn(&T) -> (String, &'static ObjectSchema),
) -> BTreeMap<String, Entry<T>> {
    let entry = |object: Box<T>| {
        let (name, schema) = describe(&object);
        let entry = Entry {
            name: name.clone(),
            schema,
            ty: schema.implied_type(),
            identity: schema.identity_type(),
            object,
        };
        (name, entry)
    };
    objects.into_iter().map(entry).collect()
}
