//! Types that may stand in an attribute.
//!
//! `String`, `bool`, the integers, [`Number`](crate::values::Number), `Vec` (list), `BTreeSet` (set), `BTreeMap<String, _>` (map) and nested
//! structs are attributes as they are. An element that may itself be unknown or null is an `Attr<T>`: a
//! `Vec<String>` with an unknown element is unknown as a whole, a `Vec<Attr<String>>` keeps the others.

mod collections;
mod duration;
mod dynamic;
mod scalars;
mod secret;
mod timeouts;

pub use duration::Duration;
pub use dynamic::Dynamic;
pub use secret::Secret;
pub use timeouts::{Timeouts, Verb};
