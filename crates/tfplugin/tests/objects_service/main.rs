//! A provider with every kind of object, asked by a core that judges each answer by core's own rules.

#![allow(missing_docs, reason = "a test needs no documentation")]

mod core;
mod garden;

mod apply;
mod failures;
mod hostile;
mod import;
mod kinds;
mod plan;
mod read;
mod schemas;
mod upgrade;
mod validate;
