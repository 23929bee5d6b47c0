//! Derive macros of `tfplugin`: the struct is the schema.
//!
//! The expansion is tables and calls into `tfplugin`, never logic: what an attribute means lives in one place,
//! and a provider with a hundred attributes still compiles quickly. Misuse is a compile error at the field that is
//! wrong, in words that say what to write instead.

mod docs;
mod expand;
mod field;
mod object;
mod words;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a Terraform object: its fields are the attributes, its doc comments the user's documentation.
///
/// # On the struct
/// `#[object(name = "cluster", version = 1, identity(name))]`
///
/// | word | meaning |
/// |---|---|
/// | `name = "…"` | the object's type name without the provider's prefix; a struct without it is a nested attribute object |
/// | `version = N` | schema version of a resource, from 1 (0 always means a state of another provider) |
/// | `identity(a, b)` | the attributes that identify a remote object; the default import id is their values joined with `/` |
/// | `deprecated = "…"` | the object is deprecated; the text says what to use instead |
///
/// # On a field
/// Each field is `Attr<T>` and carries one `#[attr(…)]`:
///
/// | word | meaning |
/// |---|---|
/// | `required` | the user must set it |
/// | `optional` | the user may set it |
/// | `computed` | the provider sets it; with `optional`: where the user does not |
/// | `default = …` | a constant; implies `optional, computed` |
/// | `replace` | a change replaces the object |
/// | `sensitive` | never shown |
/// | `write_only` | never in plan or state; read from the configuration only |
/// | `deprecated = "…"` | a warning where the user sets it |
/// | `name = "…"` | the attribute's name where the field cannot have it |
/// | `timeouts(create = "10m", …)` | on the field `timeouts: Attr<Timeouts>` only: the verbs that have a timeout, and the defaults |
#[proc_macro_derive(Object, attributes(object, attr))]
pub fn derive_object(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    object::Object::parse(&input)
        .map_or_else(
            |error| error.to_compile_error(),
            |object| expand::object(&object),
        )
        .into()
}
