//! An action without its types.

use futures::FutureExt as _;

use super::{Answer, decode};
use crate::objects::{Action, Cx, Diagnostics, Progress};
use crate::schema::{Object as _, ObjectSchema};
use crate::values::Value;

/// [`Action`], object-safe.
pub(crate) trait AnyAction<S>: Send + Sync {
    fn schema(&self) -> &'static ObjectSchema;
    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics);
    fn plan<'a>(&'a self, cx: &'a Cx<S>, config: Value) -> Answer<'a, ()>;
    fn invoke<'a>(&'a self, cx: &'a Cx<S>, config: Value, progress: Progress) -> Answer<'a, ()>;
}

impl<A: Action> AnyAction<A::Session> for A {
    fn schema(&self) -> &'static ObjectSchema {
        A::Config::SCHEMA
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        match decode::<A::Config>(config) {
            Ok(config) => Action::validate(self, &config, diagnostics),
            Err(problems) => diagnostics.extend(problems),
        }
    }

    fn plan<'a>(&'a self, cx: &'a Cx<A::Session>, config: Value) -> Answer<'a, ()> {
        async move { Action::plan(self, cx, decode(&config)?).await }.boxed()
    }

    fn invoke<'a>(
        &'a self,
        cx: &'a Cx<A::Session>,
        config: Value,
        progress: Progress,
    ) -> Answer<'a, ()> {
        async move { Action::invoke(self, cx, decode(&config)?, &progress).await }.boxed()
    }
}
