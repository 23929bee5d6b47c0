//! A provider with every kind of object, asked by a core that judges each answer by core's own rules.

#![allow(missing_docs, reason = "a test needs no documentation")]

mod core;
mod garden;
mod told;

mod action;
mod apply;
mod data_source;
mod ephemeral;
mod failures;
mod function;
mod hostile;
mod import;
mod list;
mod plan;
mod provider_block;
mod read;
mod schemas;
mod upgrade;
mod validate;
