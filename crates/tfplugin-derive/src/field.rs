//! One field of the struct: one attribute.

use syn::spanned::Spanned;
use syn::{Error, Field as SynField, GenericArgument, Ident, PathArguments, Result, Type};

use crate::docs;
use crate::words::Words;

/// A field that has passed every check that one field can be given.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) name: String,
    /// The `T` of `Attr<T>`.
    pub(crate) inner: Type,
    pub(crate) docs: String,
    pub(crate) words: Words,
}

impl Field {
    pub(crate) fn parse(field: &SynField) -> Result<Self> {
        let Some(ident) = field.ident.clone() else {
            return Err(Error::new(field.span(), "an object has named fields"));
        };
        let words = Words::parse(&field.attrs)?;
        if words.required.is_none() && !words.is_optional() && !words.is_computed() {
            return Err(Error::new(
                ident.span(),
                "say who sets it: `#[attr(required)]`, `#[attr(optional)]` or `#[attr(computed)]`",
            ));
        }
        let Some(docs) = docs::text(&field.attrs) else {
            return Err(Error::new(
                ident.span(),
                "a doc comment is missing: it is what the user reads about this attribute",
            ));
        };
        let inner = attr_of(&field.ty)?;
        let name = attribute_name(&ident, &words)?;
        if words.timeouts.as_ref().is_some() && name != "timeouts" {
            return Err(Error::new(
                ident.span(),
                "the attribute with `timeouts(…)` is called `timeouts`, as everywhere",
            ));
        }
        Ok(Self {
            ident,
            name,
            inner,
            docs,
            words,
        })
    }
}

fn attribute_name(ident: &Ident, words: &Words) -> Result<String> {
    let (name, span) = match &words.name {
        Some(literal) => (literal.value(), literal.span()),
        None => (
            ident.to_string().trim_start_matches("r#").to_owned(),
            ident.span(),
        ),
    };
    check_name(&name, span)?;
    Ok(name)
}

/// Terraform's rule for names: lower-case letters, digits and underscores, starting with a letter.
pub(crate) fn check_name(name: &str, span: proc_macro2::Span) -> Result<()> {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    let rest = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if starts && rest {
        return Ok(());
    }
    Err(Error::new(
        span,
        format!(
            "`{name}` is not a name in Terraform: use lower-case letters, digits and underscores, starting with a letter"
        ),
    ))
}

fn attr_of(ty: &Type) -> Result<Type> {
    if let Type::Path(path) = ty
        && let Some(last) = path.path.segments.last()
        && last.ident == "Attr"
        && let PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(GenericArgument::Type(inner)) = arguments.args.first()
    {
        return Ok(inner.clone());
    }
    Err(Error::new(
        ty.span(),
        "an attribute is `Attr<T>`: it may be null or unknown, and the type must say so",
    ))
}
