//! What is wrong with a schema that the compiler cannot see.
//!
//! The derive refuses what contradicts itself in one struct. Left for here is what depends on other types and on what
//! the struct is used for: a word that would be ignored is a problem, never a surprise.

use std::fmt;

use super::{AttrKind, Attribute, Mode, Nesting, ObjectSchema};
use crate::objects::Diagnostics;
use crate::values::{Path, Type};

/// What a struct is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The provider block.
    Provider,
    /// A resource.
    Resource,
    /// A data source.
    DataSource,
    /// An ephemeral resource.
    Ephemeral,
    /// The parameters of a function.
    Function,
    /// The configuration of a list.
    List,
    /// The configuration of an action.
    Action,
}

/// A mistake in a schema, for its author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaProblem {
    /// The object's name.
    pub object: &'static str,
    /// The attribute; the root for the object itself.
    pub path: Path,
    /// The rule that is broken.
    pub rule: &'static str,
}

impl fmt::Display for SchemaProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { object, path, rule } = self;
        if path.is_root() {
            write!(f, "{object}: {rule}")
        } else {
            write!(f, "{object}.{path}: {rule}")
        }
    }
}

impl ObjectSchema {
    /// The mistakes in this schema where it is used in this role; empty where it is sound.
    pub fn problems(&'static self, role: Role) -> Vec<SchemaProblem> {
        let mut search = Search {
            object: self.name,
            role,
            found: Vec::new(),
        };
        search.object(self);
        for (index, attribute) in self.attributes.iter().enumerate() {
            search.variadic(attribute, index + 1 == self.attributes.len());
        }
        search.attributes(self, &Path::root(), false);
        search.found
    }
}

struct Search {
    object: &'static str,
    role: Role,
    found: Vec<SchemaProblem>,
}

impl Search {
    fn report(&mut self, path: &Path, rule: &'static str) {
        self.found.push(SchemaProblem {
            object: self.object,
            path: path.clone(),
            rule,
        });
    }

    fn object(&mut self, schema: &ObjectSchema) {
        let root = Path::root();
        let resource = self.role == Role::Resource;
        if schema.name.is_empty() && self.role != Role::List {
            self.report(&root, "an object has a name: `#[object(name = \"…\")]`");
        }
        if !resource && !schema.identity.is_empty() {
            self.report(&root, "only a resource has an identity");
        }
        if !resource && schema.version != 1 {
            self.report(&root, "only a resource has versions");
        }
        if !resource && !schema.timeouts.is_empty() {
            self.report(&Path::of("timeouts"), "only a resource has timeouts");
        }
        for attribute in schema
            .identity
            .iter()
            .filter_map(|name| schema.attribute(name))
        {
            if !matches!(
                attribute.kind(),
                AttrKind::Plain(Type::String | Type::Number | Type::Bool)
            ) {
                self.report(
                    &Path::of(attribute.name),
                    "an identity is made of strings, numbers and bools",
                );
            }
        }
    }

    fn variadic(&mut self, attribute: &Attribute, last: bool) {
        let at = Path::of(attribute.name);
        if attribute.variadic && (self.role != Role::Function || !last) {
            self.report(&at, "`variadic` is for the last parameter of a function");
        }
        if attribute.variadic && !matches!(attribute.implied_type(), Type::List(_)) {
            self.report(&at, "a variadic parameter is an `Attr<Vec<T>>`");
        }
    }

    fn attributes(&mut self, schema: &ObjectSchema, at: &Path, in_set: bool) {
        for attribute in schema.attributes {
            let at = at.clone().attribute(attribute.name);
            self.flags(attribute, &at, in_set);
            self.default(attribute, &at);
            if let AttrKind::Nested(nesting, object) = attribute.kind() {
                self.attributes(object, &at, in_set || nesting == Nesting::Set);
            }
        }
    }

    fn flags(&mut self, attribute: &Attribute, at: &Path, in_set: bool) {
        let resource = self.role == Role::Resource;
        let answers = matches!(
            self.role,
            Role::Resource | Role::DataSource | Role::Ephemeral
        );
        if attribute.replace && !resource {
            self.report(at, "only a resource is replaced");
        }
        if attribute.write_only && !resource {
            self.report(
                at,
                "only a resource has write-only attributes: nothing else is stored",
            );
        }
        if attribute.write_only && in_set {
            self.report(at, "a set cannot hold write-only attributes");
        }
        if in_set && attribute.implied_type().has_dynamic() {
            self.report(at, "a set of objects cannot hold a dynamic value");
        }
        if attribute.mode == Mode::Computed && !answers && at.steps().len() == 1 {
            self.report(
                at,
                "nothing is computed here: there is no answer to put it into",
            );
        }
    }

    fn default(&mut self, attribute: &Attribute, at: &Path) {
        let Some(default) = attribute.default else {
            return;
        };
        let mut problems = Diagnostics::new();
        let value = default();
        attribute.check(&value, at, &mut problems);
        if problems.has_errors()
            || crate::values::conform(&value, &attribute.implied_type()).is_err()
        {
            self.report(at, "the default is not a value of the attribute's type");
        }
    }
}
