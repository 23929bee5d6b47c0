//! Random types, values and schemas that shrink well, for the property tests.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod answer;
pub(crate) mod build;
pub(crate) mod leaf;
pub(crate) mod schemas;
pub(crate) mod types;
pub(crate) mod values;
