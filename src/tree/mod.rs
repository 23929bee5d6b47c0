//! A readable tree of clusters: what omnictl's status tree shows, in its words and order, and what is waited for.
//!
//! [`build`] makes a [`Node`] of what was observed, pure; [`fold`] joins equal siblings; [`render`] writes text, with or without
//! colour, [`json`] a form for programs, [`html`] a page. Colour is never the only sign: every line starts with ✓, ! or ✗. What a node waits for is judged by the same
//! predicate as readiness itself ([`crate::readiness`]).

pub mod build;
pub mod fold;
pub mod html;
pub mod json;
pub mod node;
pub mod render;
mod words;

#[cfg(test)]
mod tests;

pub use build::cluster;
pub use fold::fold;
pub use json::Document;
pub use node::{Kind, Node, Share, State, Tone, Word};
pub use render::{Style, line, mark, render};
