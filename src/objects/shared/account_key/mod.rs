//! The key of a service account: made here or brought by the user, renewed, watched for its end.
//!
//! Contract: whatever has such a key implements [`KeyHolder`] with the same attributes, and the same rules hold for it. A key made
//! here is in the state, because the official provider keeps it there; of a key that the user brings nothing is kept but its
//! fingerprint and its end. Renewing adds a key; the older ones stay valid until they expire.

mod make;
mod plan;
pub mod review;

use jiff::Timestamp;
use tfplugin::Attr;
use tfplugin::types::{Duration, Secret};

pub use make::{NewKey, complete};
pub use plan::{plan, renews};

/// What the configuration says about the key.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// How long it lives.
    pub ttl: &'a Attr<Duration>,
    /// A change renews it.
    pub renew_trigger: &'a Attr<String>,
    /// The user's own key.
    pub key_wo: &'a Attr<Secret>,
    /// A change registers the user's own key.
    pub key_wo_version: &'a Attr<i64>,
}

/// What the state keeps of the key.
#[derive(Debug)]
pub struct Kept<'a> {
    /// The private half, where it was made here.
    pub key: &'a mut Attr<Secret>,
    /// Its fingerprint.
    pub public_key_id: &'a mut Attr<String>,
    /// When it ends.
    pub expiration: &'a mut Attr<String>,
}

/// A model with the attributes of a key.
pub trait KeyHolder: std::fmt::Debug {
    /// What the configuration says.
    fn wanted(&self) -> Wanted<'_>;
    /// What the state keeps.
    fn kept(&mut self) -> Kept<'_>;
    /// When the key ends, as far as the state knows.
    fn expiration(&self) -> &Attr<String>;
}

/// A time as attributes show it: RFC 3339, whole seconds.
pub fn text_of(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second())
        .unwrap_or(time)
        .to_string()
}
