//! The struct: one object, with the checks that concern more than one field.

use std::collections::BTreeSet;

use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, Ident, LitInt, LitStr, Result};

use crate::docs;
use crate::field::{Field, check_name};

/// Names that Terraform keeps for itself at the top of a block.
const RESERVED: [&str; 7] = [
    "connection",
    "count",
    "depends_on",
    "for_each",
    "lifecycle",
    "provider",
    "provisioner",
];

/// A struct that may be expanded.
pub(crate) struct Object {
    pub(crate) ident: Ident,
    pub(crate) head: Head,
    pub(crate) docs: String,
    pub(crate) fields: Vec<Field>,
}

/// What `#[object(…)]` says.
#[derive(Default)]
pub(crate) struct Head {
    pub(crate) name: Option<LitStr>,
    pub(crate) version: Option<LitInt>,
    pub(crate) identity: Vec<Ident>,
    pub(crate) deprecated: Option<LitStr>,
}

impl Object {
    pub(crate) fn parse(input: &DeriveInput) -> Result<Self> {
        let Data::Struct(data) = &input.data else {
            return Err(Error::new(
                input.ident.span(),
                "an object is a struct with named fields",
            ));
        };
        let Fields::Named(named) = &data.fields else {
            return Err(Error::new(
                input.ident.span(),
                "an object is a struct with named fields",
            ));
        };
        if !input.generics.params.is_empty() {
            return Err(Error::new(
                input.generics.span(),
                "an object has no parameters: its schema is one",
            ));
        }
        let Some(docs) = docs::text(&input.attrs) else {
            return Err(Error::new(
                input.ident.span(),
                "a doc comment is missing: it is what the user reads about this object",
            ));
        };
        let head = Head::parse(input)?;
        let fields = named
            .named
            .iter()
            .map(Field::parse)
            .collect::<Result<Vec<_>>>()?;
        let object = Self {
            ident: input.ident.clone(),
            head,
            docs,
            fields,
        };
        object.check()?;
        Ok(object)
    }

    fn check(&self) -> Result<()> {
        let mut names = BTreeSet::new();
        for field in &self.fields {
            if !names.insert(field.name.as_str()) {
                return Err(Error::new(
                    field.ident.span(),
                    format!("two attributes are called `{}`", field.name),
                ));
            }
            self.check_place(field)?;
        }
        self.head
            .identity
            .iter()
            .try_for_each(|name| self.check_identity(name))
    }

    /// What a field may be depends on whether its struct is an object of its own or a nested one.
    fn check_place(&self, field: &Field) -> Result<()> {
        let root = self.head.name.is_some();
        if root && RESERVED.contains(&field.name.as_str()) {
            return Err(Error::new(
                field.ident.span(),
                format!("Terraform keeps the name `{}` for itself", field.name),
            ));
        }
        match &field.words.timeouts {
            Some(timeouts) if !root => Err(Error::new(
                timeouts.span,
                "only an object with a name has `timeouts`",
            )),
            _ => Ok(()),
        }
    }

    fn check_identity(&self, name: &Ident) -> Result<()> {
        match self.fields.iter().find(|field| *name == field.name) {
            None => Err(Error::new(
                name.span(),
                format!("no attribute is called `{name}`"),
            )),
            Some(field) if field.words.write_only.is_some() => Err(Error::new(
                name.span(),
                "a write-only value cannot identify anything: it is not in the state",
            )),
            Some(_) => Ok(()),
        }
    }
}

impl Head {
    fn parse(input: &DeriveInput) -> Result<Self> {
        let mut head = Self::default();
        for attribute in input.attrs.iter().filter(|a| a.path().is_ident("object")) {
            attribute.parse_nested_meta(|meta| head.word(&meta))?;
        }
        head.check()?;
        Ok(head)
    }

    fn word(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        match meta.path.get_ident().map(ToString::to_string).as_deref() {
            Some("name") => self.name = Some(meta.value()?.parse()?),
            Some("version") => self.version = Some(meta.value()?.parse()?),
            Some("deprecated") => self.deprecated = Some(meta.value()?.parse()?),
            Some("identity") => meta.parse_nested_meta(|part| {
                self.identity.push(part.path.require_ident()?.clone());
                Ok(())
            })?,
            _ => {
                return Err(
                    meta.error("unknown word; an object takes name, version, identity, deprecated")
                );
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<()> {
        if let Some(name) = &self.name {
            check_name(&name.value(), name.span())?;
        } else if let Some(part) = self.identity.first() {
            return Err(Error::new(
                part.span(),
                "a nested object has no identity: give the struct a `name`",
            ));
        } else if let Some(version) = &self.version {
            return Err(Error::new(
                version.span(),
                "a nested object has no version: it changes with the object that holds it",
            ));
        }
        match &self.version {
            Some(version) if version.base10_parse::<i64>()? < 1 => Err(Error::new(
                version.span(),
                "versions start at 1: 0 means a state of another provider",
            )),
            _ => Ok(()),
        }
    }
}
