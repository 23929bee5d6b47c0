//! The words of `#[attr(…)]`, parsed and checked against each other.
//!
//! A contradiction is reported at the word that does not fit, with the rule it breaks.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, LitStr, Result};

/// Every word that a field may carry, in the order of the documentation.
const WORDS: &str = "required, optional, computed, default, replace, sensitive, write_only, deprecated, name, variadic, timeouts";

/// The words of one field; a flag keeps where it was written.
#[derive(Default)]
pub(crate) struct Words {
    pub(crate) required: Option<Span>,
    pub(crate) optional: Option<Span>,
    pub(crate) computed: Option<Span>,
    pub(crate) replace: Option<Span>,
    pub(crate) sensitive: Option<Span>,
    pub(crate) write_only: Option<Span>,
    pub(crate) variadic: Option<Span>,
    pub(crate) default: Option<Expr>,
    pub(crate) deprecated: Option<LitStr>,
    pub(crate) name: Option<LitStr>,
    pub(crate) timeouts: Option<Timeouts>,
}

/// `timeouts(create = "10m", delete = "20m")`.
pub(crate) struct Timeouts {
    pub(crate) span: Span,
    pub(crate) verbs: Vec<(String, LitStr)>,
}

impl Words {
    /// Reads all `#[attr(…)]` of a field.
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut words = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("attr")) {
            attribute.parse_nested_meta(|meta| words.word(&meta))?;
        }
        words.check()?;
        Ok(words)
    }

    fn word(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let word = meta
            .path
            .get_ident()
            .map(ToString::to_string)
            .unwrap_or_default();
        match word.as_str() {
            "required" => flag(&mut self.required, meta),
            "optional" => flag(&mut self.optional, meta),
            "computed" => flag(&mut self.computed, meta),
            "replace" => flag(&mut self.replace, meta),
            "sensitive" => flag(&mut self.sensitive, meta),
            "write_only" => flag(&mut self.write_only, meta),
            "variadic" => flag(&mut self.variadic, meta),
            "default" => once(&mut self.default, meta, |meta| meta.value()?.parse()),
            "deprecated" => once(&mut self.deprecated, meta, |meta| meta.value()?.parse()),
            "name" => once(&mut self.name, meta, |meta| meta.value()?.parse()),
            "timeouts" => once(&mut self.timeouts, meta, Timeouts::parse),
            other => Err(meta.error(format!(
                "unknown attribute word `{other}`; the words are {WORDS}"
            ))),
        }
    }

    /// Whether the user may set the attribute but need not.
    pub(crate) fn is_optional(&self) -> bool {
        self.optional.is_some() || self.default.is_some() || self.timeouts.is_some()
    }

    /// Whether the provider may set the attribute.
    pub(crate) fn is_computed(&self) -> bool {
        self.computed.is_some() || self.default.is_some()
    }

    fn check(&self) -> Result<()> {
        if self.timeouts.is_some() {
            return self.check_timeouts();
        }
        let default = self.default.as_ref().map(Spanned::span);
        let rules = [
            (
                self.required,
                self.optional,
                "`required` and `optional` exclude each other",
            ),
            (
                self.required,
                self.computed,
                "`required` and `computed` exclude each other: the user sets it or the provider does",
            ),
            (
                self.required,
                default,
                "a `required` attribute has no `default`: make it `optional`",
            ),
            (
                self.write_only,
                self.computed,
                "`write_only` and `computed` exclude each other: a write-only value is never in the state",
            ),
            (
                self.write_only,
                default,
                "a `write_only` attribute has no `default`: it is null in plan and state",
            ),
            (
                self.write_only,
                self.replace,
                "a change of a `write_only` attribute cannot be seen: put `replace` on its `…_version` attribute",
            ),
        ];
        for (first, second, rule) in rules {
            if let (Some(_), Some(span)) = (first, second) {
                return Err(Error::new(span, rule));
            }
        }
        match (self.replace, self.required.is_some() || self.is_optional()) {
            (Some(span), false) => Err(Error::new(
                span,
                "`replace` needs an attribute that the user sets: only `computed` never changes in a plan",
            )),
            _ => Ok(()),
        }
    }

    /// A field with `timeouts(…)` carries no other word: the framework gives it its type and its rules.
    fn check_timeouts(&self) -> Result<()> {
        let flags = [
            self.required,
            self.optional,
            self.computed,
            self.replace,
            self.sensitive,
            self.write_only,
            self.variadic,
        ];
        let pairs = [
            self.deprecated.as_ref().map(Spanned::span),
            self.name.as_ref().map(Spanned::span),
            self.default.as_ref().map(Spanned::span),
        ];
        match flags.into_iter().chain(pairs).flatten().next() {
            Some(span) => Err(Error::new(
                span,
                "`timeouts(…)` stands alone: the framework makes it optional and never replaces for it",
            )),
            None => Ok(()),
        }
    }
}

impl Timeouts {
    fn parse(meta: &ParseNestedMeta<'_>) -> Result<Self> {
        let mut verbs: Vec<(String, LitStr)> = Vec::new();
        meta.parse_nested_meta(|verb| {
            let name = verb
                .path
                .get_ident()
                .map(ToString::to_string)
                .unwrap_or_default();
            if !["create", "read", "update", "delete"].contains(&name.as_str()) {
                return Err(verb.error("a timeout is one of create, read, update, delete"));
            }
            if verbs.iter().any(|(known, _)| *known == name) {
                return Err(verb.error(format!("the timeout `{name}` is given twice")));
            }
            verbs.push((name, length(&verb.value()?.parse()?)?));
            Ok(())
        })?;
        if verbs.is_empty() {
            return Err(
                meta.error("name at least one verb with its default: `timeouts(create = \"10m\")`")
            );
        }
        Ok(Self {
            span: meta.path.span(),
            verbs,
        })
    }
}

/// A default that is a length of time, as the user would have to write it.
fn length(literal: &LitStr) -> Result<LitStr> {
    let text = literal.value();
    let mut rest = text.as_str();
    while let Some(unit) = rest
        .find(|c: char| !c.is_ascii_digit())
        .filter(|at| *at > 0)
    {
        let Some(tail) = ["ms", "h", "m", "s"]
            .iter()
            .find_map(|name| rest[unit..].strip_prefix(name))
        else {
            break;
        };
        rest = tail;
        if rest.is_empty() {
            return Ok(literal.clone());
        }
    }
    Err(Error::new(
        literal.span(),
        "write whole numbers with the units h, m, s, ms: \"10m\", \"1h30m\"",
    ))
}

fn flag(slot: &mut Option<Span>, meta: &ParseNestedMeta<'_>) -> Result<()> {
    once(slot, meta, |meta| Ok(meta.path.span()))
}

fn once<T>(
    slot: &mut Option<T>,
    meta: &ParseNestedMeta<'_>,
    read: impl FnOnce(&ParseNestedMeta<'_>) -> Result<T>,
) -> Result<()> {
    if slot.is_some() {
        return Err(meta.error("this word is written twice"));
    }
    *slot = Some(read(meta)?);
    Ok(())
}
