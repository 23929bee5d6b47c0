//! The end of keys.
//!
//! Keeps true: a key whose life is over is removed, at the next of the rounds that Omni makes every ten minutes.

use std::time::Duration;

use omni_api::kind;

use crate::Moment;
use crate::engine::{Context, Controller, Error, Input, Next, Output};

/// How often Omni looks.
const ROUND: Duration = Duration::from_mins(10);

/// Removes keys that have expired.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyPruner;

impl Controller for KeyPruner {
    fn name(&self) -> &'static str {
        "KeyPrunerController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::by_id::<kind::PublicKey>()]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<kind::PublicKey>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(key) = cx.get::<kind::PublicKey>(id)? else {
            return Ok(Next::Done);
        };
        let end = key.spec.expiration.map(Moment::from).unwrap_or_default();
        let left = end.since(Moment::from_unix(cx.wall()));
        if left > Duration::ZERO {
            // Keys live by the wall's clock, rounds by the plane's own, which may be faster.
            return Ok(Next::Idle(left.max(ROUND)));
        }
        cx.remove_for::<kind::PublicKey>(&key.metadata.owner, id)?;
        Ok(Next::Done)
    }
}
