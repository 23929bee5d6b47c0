//! From the checked struct to tokens: one table, one decode, one encode.

use proc_macro2::TokenStream;
use quote::quote;

use crate::field::Field;
use crate::object::Object;
use crate::words::Timeouts;

/// The impls of `Object` and `AttrType`.
pub(crate) fn object(object: &Object) -> TokenStream {
    let (fields, codec) = (fields(object), codec(object));
    quote!(#fields #codec)
}

/// The table of the attributes, and a struct read from it and written to it.
fn fields(object: &Object) -> TokenStream {
    let ident = &object.ident;
    let schema = schema(object);
    let idents: Vec<_> = object.fields.iter().map(|field| &field.ident).collect();
    let names: Vec<_> = object.fields.iter().map(|field| &field.name).collect();
    quote! {
        #[automatically_derived]
        impl ::tfplugin::Object for #ident {
            const SCHEMA: &'static ::tfplugin::schema::ObjectSchema = &#schema;

            fn from_fields(fields: &::tfplugin::schema::Fields<'_>) -> ::core::result::Result<Self, ::tfplugin::Mismatch> {
                ::core::result::Result::Ok(Self { #( #idents: fields.get(#names)?, )* })
            }

            fn to_fields(&self, fields: &mut ::tfplugin::schema::FieldsMut) {
                #( fields.set(#names, &self.#idents); )*
            }
        }
    }
}

/// The struct as the type of a nested attribute.
fn codec(object: &Object) -> TokenStream {
    let ident = &object.ident;
    quote! {
        #[automatically_derived]
        impl ::tfplugin::AttrType for #ident {
            fn kind() -> ::tfplugin::schema::AttrKind {
                ::tfplugin::schema::AttrKind::object::<Self>()
            }

            fn decode(value: &::tfplugin::Value) -> ::core::result::Result<Self, ::tfplugin::Mismatch> {
                ::tfplugin::schema::decode_object(value)
            }

            fn encode(&self) -> ::tfplugin::Value {
                ::tfplugin::schema::encode_object(self)
            }

            fn canonical(&self) -> ::tfplugin::Value {
                ::tfplugin::schema::canonical_object(self)
            }

            fn validate(&self, at: &::tfplugin::Path, diagnostics: &mut ::tfplugin::Diagnostics) {
                ::tfplugin::schema::validate_object(self, at, diagnostics);
            }
        }
    }
}

fn schema(object: &Object) -> TokenStream {
    let docs = &object.docs;
    let name = object
        .head
        .name
        .as_ref()
        .map_or_else(String::new, syn::LitStr::value);
    let version = object
        .head
        .version
        .as_ref()
        .map_or_else(|| quote!(1), |version| quote!(#version));
    let identity = object.head.identity.iter().map(ToString::to_string);
    let deprecated = optional(object.head.deprecated.as_ref());
    let attributes = object.fields.iter().map(attribute);
    let timeouts = object
        .fields
        .iter()
        .filter_map(|field| field.words.timeouts.as_ref())
        .flat_map(timeout_defaults);
    quote! {
        ::tfplugin::schema::ObjectSchema {
            name: #name,
            version: #version,
            docs: #docs,
            deprecated: #deprecated,
            identity: &[ #( #identity ),* ],
            timeouts: &[ #( #timeouts ),* ],
            attributes: &[ #( #attributes ),* ],
        }
    }
}

fn attribute(field: &Field) -> TokenStream {
    let (name, docs, inner, words) = (&field.name, &field.docs, &field.inner, &field.words);
    if let Some(timeouts) = &words.timeouts {
        return timeouts_attribute(field, timeouts);
    }
    let mode = match (
        words.required.is_some(),
        words.is_optional(),
        words.is_computed(),
    ) {
        (true, ..) => quote!(Required),
        (_, true, false) => quote!(Optional),
        (_, true, true) => quote!(OptionalComputed),
        (_, false, _) => quote!(Computed),
    };
    let mut chain = quote!(::tfplugin::schema::Attribute::of::<#inner>(#name, #docs, ::tfplugin::schema::Mode::#mode));
    let flags = [
        (words.sensitive, quote!(.sensitive())),
        (words.write_only, quote!(.write_only())),
        (words.replace, quote!(.replace())),
        (words.variadic, quote!(.variadic())),
    ];
    chain.extend(
        flags
            .into_iter()
            .filter(|(flag, _)| flag.is_some())
            .map(|(_, call)| call),
    );
    if let Some(text) = &words.deprecated {
        chain.extend(quote!(.deprecated(#text)));
    }
    if let Some(default) = &words.default {
        chain.extend(quote!(.default(|| ::tfplugin::schema::constant(#default))));
    }
    quote!(#chain.checked::<#inner>())
}

/// The verbs are the object's own, so the nested schema is written out here instead of taken from the type.
fn timeouts_attribute(field: &Field, timeouts: &Timeouts) -> TokenStream {
    let (docs, inner) = (&field.docs, &field.inner);
    let parts = timeouts.verbs.iter().map(|(verb, default)| {
        let article = if verb.starts_with('u') { "an" } else { "a" };
        let docs = format!("How long {article} {verb} may take, such as `90s`, `10m` or `1h30m`. Default `{}`.", default.value());
        quote!(::tfplugin::schema::Attribute::of::<::tfplugin::types::Duration>(#verb, #docs, ::tfplugin::schema::Mode::Optional))
    });
    quote! {
        ::tfplugin::schema::Attribute::timeouts::<#inner>(#docs, &::tfplugin::schema::ObjectSchema {
            name: "",
            version: 1,
            docs: #docs,
            deprecated: ::core::option::Option::None,
            identity: &[],
            timeouts: &[],
            attributes: &[ #( #parts ),* ],
        })
    }
}

fn timeout_defaults(timeouts: &Timeouts) -> impl Iterator<Item = TokenStream> {
    timeouts
        .verbs
        .iter()
        .map(|(verb, default)| quote!((#verb, #default)))
}

fn optional(text: Option<&syn::LitStr>) -> TokenStream {
    text.map_or_else(
        || quote!(::core::option::Option::None),
        |text| quote!(::core::option::Option::Some(#text)),
    )
}
