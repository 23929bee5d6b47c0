//! How long a verb may take: what the user has written in `timeouts`, else the object's default.

use std::time::Duration;

use tokio::time::Instant;

use crate::objects::cx::Limit;
use crate::schema::types::{self, Verb};
use crate::schema::{AttrType as _, ObjectSchema};
use crate::values::Value;

/// The limit of a verb; `None` where the object has no timeout for it.
pub(crate) fn limit(schema: &ObjectSchema, state: &Value, verb: Verb) -> Option<Limit> {
    let (_, default) = schema
        .timeouts
        .iter()
        .find(|(name, _)| *name == verb.name())?;
    let written = state
        .get("timeouts")
        .and_then(|timeouts| timeouts.get(verb.name()));
    let length = written
        .and_then(length)
        .or_else(|| default.parse::<types::Duration>().ok().map(|d| d.get()))?;
    // A length beyond what the clock can count is no limit.
    let end = Instant::now().checked_add(length)?;
    Some(Limit { verb, length, end })
}

fn length(value: &Value) -> Option<Duration> {
    types::Duration::decode(value)
        .ok()
        .map(|length| length.get())
}
