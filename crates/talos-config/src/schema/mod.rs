//! What a version of Talos knows: documents, their fields, and the type of each.
//!
//! Types are Go's, because Talos' answers are: what a text may be read into, what its messages call it, and how two values are merged follow from
//! them. The table (`table.txt`) is made from Talos' own sources by `xtask talos-schema` and read at the first use of an edition.

mod table;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::Edition;

/// The documents and types of an edition.
#[derive(Debug)]
pub struct Schema {
    documents: Vec<Document>,
    types: Vec<Type>,
    names: HashMap<&'static str, TypeId>,
}

/// A document that a configuration may have.
#[derive(Debug)]
pub struct Document {
    /// Its kind; empty for the document that has none (`machine:`, `cluster:`).
    pub kind: &'static str,
    /// The version of its format (`v1alpha1`).
    pub api_version: &'static str,
    /// What it is read into.
    pub ty: TypeId,
    /// Whether there may be several, told apart by `name`.
    pub named: bool,
    /// Kinds that may not have a document of the same name beside it.
    pub conflicts: Vec<&'static str>,
}

/// A type of a [`Schema`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeId(usize);

/// A type, as Talos' sources in Go have it.
#[derive(Debug)]
pub struct Type {
    /// How Go writes it: `*bool`, `[]string`, `v1alpha1.MachineConfig`.
    pub name: &'static str,
    /// What it consists of.
    pub shape: Shape,
    /// What it does itself instead of leaving it to the library.
    pub own: Own,
}

/// What a type consists of.
#[derive(Debug)]
pub enum Shape {
    /// `bool`
    Bool,
    /// A whole number with a sign, of so many bits.
    Int(u32),
    /// A whole number without a sign, of so many bits.
    Uint(u32),
    /// `float64`
    Float,
    /// `string`
    Text,
    /// Whatever YAML says.
    Any,
    /// Something that may be missing.
    Pointer(TypeId),
    /// Elements in an order.
    List(TypeId),
    /// Values by keys.
    Map {
        /// The type of the keys.
        key: TypeId,
        /// The type of the values.
        value: TypeId,
    },
    /// Fields, those of embedded types among them.
    Struct(Vec<Field>),
    /// A mapping of which Talos knows nothing more: any keys, with values of this type.
    Open(TypeId),
}

/// A field of a struct.
#[derive(Debug)]
pub struct Field {
    /// Its key in YAML.
    pub key: &'static str,
    /// Its type.
    pub ty: TypeId,
    /// When it is left out of what is written.
    pub omit: Omit,
    /// Whether a patch takes its place instead of being merged into it.
    pub replace: bool,
    /// The embedded type that it comes from, if it does.
    pub embedded_in: Option<TypeId>,
}

/// When a field is left out of what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Omit {
    /// Never: its zero value is written.
    Never,
    /// If it has its zero value, or nothing in it.
    Empty,
    /// If it was never set: an empty list is written.
    Unset,
}

/// What a type does itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a method that the Go type has or has not"
)]
pub struct Own {
    /// Reads itself from a node (`UnmarshalYAML` with a node).
    pub from_node: bool,
    /// Reads itself by reading into others (`UnmarshalYAML` with a function).
    pub from_yaml: bool,
    /// Reads itself from a text (`UnmarshalText`).
    pub from_text: bool,
    /// Merges another value of its type into itself (`Merge`).
    pub merge: bool,
    /// Says itself whether it is zero (`IsZero`).
    pub is_zero: bool,
    /// Says itself how it is shown (`String`): how an element of a list is found that a patch deletes.
    pub text: bool,
}

// === impl Schema ===

impl Schema {
    /// The schema of an edition; it is read at the first call.
    pub fn of(edition: Edition) -> &'static Self {
        static READ: [OnceLock<Schema>; Edition::ALL.len()] =
            [const { OnceLock::new() }; Edition::ALL.len()];
        READ[edition as usize].get_or_init(|| table::read(edition))
    }

    /// The document of a kind, empty for that without one, and version.
    pub fn document(&self, kind: &str, api_version: &str) -> Option<&Document> {
        let mut documents = self.documents.iter();
        documents.find(|document| document.kind == kind && document.api_version == api_version)
    }

    /// All documents, in the order of their kinds.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// What a type is.
    pub fn get(&self, id: TypeId) -> &Type {
        &self.types[id.0]
    }

    /// What a type is without the pointers to it.
    pub fn pointee(&self, mut id: TypeId) -> &Type {
        while let Shape::Pointer(to) = self.get(id).shape {
            id = to;
        }
        self.get(id)
    }

    /// The type that Go calls so (`v1alpha1.MachineConfig`, `[]string`), if it occurs.
    pub fn named(&self, name: &str) -> Option<TypeId> {
        self.names.get(name).copied()
    }
}

// === impl Type ===

impl Type {
    /// The field of a key, if it is a struct that has it.
    pub fn field(&self, key: &str) -> Option<&Field> {
        match &self.shape {
            Shape::Struct(fields) => fields.iter().find(|field| field.key == key),
            _ => None,
        }
    }
}
