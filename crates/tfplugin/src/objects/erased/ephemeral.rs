//! An ephemeral resource without its types.

use std::time::SystemTime;

use futures::FutureExt as _;

use super::{Answer, decode};
use crate::objects::{Cx, Diagnostics, Ephemeral};
use crate::schema::{AttrType as _, Object as _, ObjectSchema};
use crate::values::Value;

/// An opened ephemeral resource as a value.
#[derive(Debug)]
pub(crate) struct RawOpened {
    pub(crate) result: Value,
    pub(crate) renew_at: Option<SystemTime>,
}

/// [`Ephemeral`], object-safe.
pub(crate) trait AnyEphemeral<S>: Send + Sync {
    fn schema(&self) -> &'static ObjectSchema;
    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics);
    fn open<'a>(&'a self, cx: &'a Cx<S>, config: Value) -> Answer<'a, RawOpened>;
    fn renew<'a>(&'a self, cx: &'a Cx<S>) -> Answer<'a, Option<SystemTime>>;
    fn close<'a>(&'a self, cx: &'a Cx<S>) -> Answer<'a, ()>;
}

impl<E: Ephemeral> AnyEphemeral<E::Session> for E {
    fn schema(&self) -> &'static ObjectSchema {
        E::Model::SCHEMA
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        match decode::<E::Model>(config) {
            Ok(config) => Ephemeral::validate(self, &config, diagnostics),
            Err(problems) => diagnostics.extend(problems),
        }
    }

    fn open<'a>(&'a self, cx: &'a Cx<E::Session>, config: Value) -> Answer<'a, RawOpened> {
        async move {
            let opened = Ephemeral::open(self, cx, decode(&config)?).await?;
            Ok(RawOpened {
                result: opened.result.encode(),
                renew_at: opened.renew_at,
            })
        }
        .boxed()
    }

    fn renew<'a>(&'a self, cx: &'a Cx<E::Session>) -> Answer<'a, Option<SystemTime>> {
        Ephemeral::renew(self, cx).boxed()
    }

    fn close<'a>(&'a self, cx: &'a Cx<E::Session>) -> Answer<'a, ()> {
        Ephemeral::close(self, cx).boxed()
    }
}
