//! Reads the table: one line a document, a type or a field, for all editions.
//!
//! ```text
//! editions 1.12 1.13 …                          the names of the letters a, b, …
//! document KIND VERSION TYPE [named] [not:KIND,…] [@LETTERS]
//! type NAME struct|UNDERLYING [METHODS] [@LETTERS]
//!  KEY TYPE [FLAGS] [@LETTERS]                  a field; the key `.` embeds a type
//! ```
//!
//! A line without letters is for all editions (a field: for all that have its type). Methods: `y` and `o` `UnmarshalYAML` with a node and with a
//! function, `t` `UnmarshalText`, `m` `Merge`, `z` `IsZero`, `s` `String`. Flags: `?` omitempty, `!` omitted only if nil, `~` replaced by a patch.
//! A test reads all editions, so that a line which nothing can be made of fails there.

use std::collections::HashMap;

use super::{Document, Field, Omit, Own, Schema, Shape, Type, TypeId};
use crate::Edition;

const TABLE: &str = include_str!("table.txt");

/// The document without a kind, as Talos registers it.
const LEGACY: &str = "v1alpha1";

/// Reads what the table has of an edition.
pub(super) fn read(edition: Edition) -> Schema {
    let mut reader = Reader::new(edition);
    let lines = TABLE.lines().filter_map(|line| reader.line(line));
    let documents: Vec<_> = lines
        .filter_map(|words| words.strip_prefix("document "))
        .collect();
    let documents = documents
        .into_iter()
        .filter_map(|words| reader.document(words))
        .collect();
    Schema {
        documents,
        types: reader.types,
        names: reader.names,
    }
}

/// A type as the table has it.
#[derive(Debug, Default)]
struct Entry {
    underlying: &'static str,
    own: Own,
    /// Key, type, flags.
    fields: Vec<[&'static str; 3]>,
}

#[derive(Debug)]
struct Reader {
    letter: char,
    entries: HashMap<&'static str, Entry>,
    types: Vec<Type>,
    names: HashMap<&'static str, TypeId>,
}

// === impl Reader ===

impl Reader {
    fn new(edition: Edition) -> Self {
        let letter = ('a'..).nth(edition as usize).unwrap_or('a');
        let mut reader = Self {
            letter,
            entries: HashMap::new(),
            types: Vec::new(),
            names: HashMap::new(),
        };
        let mut current = "";
        for line in TABLE.lines() {
            reader.entry(line, &mut current);
        }
        reader
    }

    /// A line without its letters, if it is for this edition.
    fn line(&self, line: &'static str) -> Option<&'static str> {
        match line.split_once(" @") {
            None => Some(line),
            Some((line, letters)) => letters.contains(self.letter).then_some(line),
        }
    }

    fn entry(&mut self, line: &'static str, current: &mut &'static str) {
        if let Some(name) = line.strip_prefix("type ") {
            *current = name.split(' ').next().unwrap_or_default();
        }
        let Some(line) = self.line(line) else {
            return;
        };
        let mut words = line.split(' ').skip(1);
        let mut word = || words.next().unwrap_or_default();
        if line.starts_with("type ") {
            let entry = self.entries.entry(word()).or_default();
            entry.underlying = word();
            entry.own = own(word());
        } else if line.starts_with(' ')
            && let Some(entry) = self.entries.get_mut(*current)
        {
            // A field of a type that this edition has not is none of any other type.
            entry.fields.push([word(), word(), word()]);
        }
    }

    fn document(&mut self, words: &'static str) -> Option<Document> {
        let mut words = words.split(' ');
        let kind = words.next().filter(|kind| *kind != LEGACY);
        let (api_version, ty) = (words.next()?, words.next()?);
        let rest: Vec<_> = words.collect();
        let conflicts = rest.iter().find_map(|word| word.strip_prefix("not:"));
        Some(Document {
            kind: kind.unwrap_or_default(),
            api_version,
            ty: self.ty(ty),
            named: rest.contains(&"named"),
            conflicts: conflicts
                .map(|kinds| kinds.split(',').collect())
                .unwrap_or_default(),
        })
    }

    /// The type that Go writes so. It has its place before its parts are looked at, as types contain themselves.
    fn ty(&mut self, name: &'static str) -> TypeId {
        if let Some(id) = self.names.get(name) {
            return *id;
        }
        let id = TypeId(self.types.len());
        self.names.insert(name, id);
        let own = self
            .entries
            .get(name)
            .map(|entry| entry.own)
            .unwrap_or_default();
        self.types.push(Type {
            name,
            shape: Shape::Any,
            own,
        });
        let shape = match self.entries.get(name) {
            Some(entry) if entry.underlying == "struct" => self.fields(name),
            Some(entry) => self.shape(entry.underlying),
            None => self.shape(name),
        };
        self.types[id.0].shape = shape;
        id
    }

    fn shape(&mut self, name: &'static str) -> Shape {
        if let Some(to) = name.strip_prefix('*') {
            Shape::Pointer(self.ty(to))
        } else if let Some(item) = name.strip_prefix("[]") {
            Shape::List(self.ty(item))
        } else if let Some((key, value)) = name
            .strip_prefix("map[")
            .and_then(|rest| rest.split_once(']'))
        {
            let (key, value) = (self.ty(key), self.ty(value));
            Shape::Map { key, value }
        } else {
            basic(name)
        }
    }

    fn fields(&mut self, name: &'static str) -> Shape {
        let mut fields = Vec::new();
        let lines = self
            .entries
            .get(name)
            .map(|entry| entry.fields.clone())
            .unwrap_or_default();
        for [key, ty, flags] in lines {
            let ty = self.ty(ty);
            if key != "." {
                fields.push(field(key, ty, flags));
                continue;
            }
            match &self.types[ty.0].shape {
                Shape::Map { value, .. } => return Shape::Open(*value),
                Shape::Struct(inner) => fields.extend(inner.iter().map(|field| Field {
                    embedded_in: Some(ty),
                    ..*field
                })),
                _ => {}
            }
        }
        Shape::Struct(fields)
    }
}

fn field(key: &'static str, ty: TypeId, flags: &str) -> Field {
    let omit = match flags {
        flags if flags.contains('!') => Omit::Unset,
        flags if flags.contains('?') => Omit::Empty,
        _ => Omit::Never,
    };
    Field {
        key,
        ty,
        omit,
        replace: flags.contains('~'),
        embedded_in: None,
    }
}

fn own(methods: &str) -> Own {
    Own {
        from_node: methods.contains('y'),
        from_yaml: methods.contains('o'),
        from_text: methods.contains('t'),
        merge: methods.contains('m'),
        is_zero: methods.contains('z'),
        text: methods.contains('s'),
    }
}

/// A type of Go itself; what is not known is whatever YAML says.
fn basic(name: &str) -> Shape {
    match name {
        "bool" => Shape::Bool,
        "string" => Shape::Text,
        "float64" | "float32" => Shape::Float,
        "int" | "int64" => Shape::Int(64),
        "int32" => Shape::Int(32),
        "int16" => Shape::Int(16),
        "int8" => Shape::Int(8),
        "uint" | "uint64" => Shape::Uint(64),
        "uint32" => Shape::Uint(32),
        "uint16" => Shape::Uint(16),
        "uint8" => Shape::Uint(8),
        _ => Shape::Any,
    }
}
