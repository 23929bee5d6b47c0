//! A resource without its types.

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::{Answer, decode};
use crate::objects::merge::merge;
use crate::objects::{Change, Cx, Diagnostics, Failure, JsonObject, MoveSource, Plan, Resource};
use crate::schema::{AttrType as _, Object, ObjectSchema};
use crate::values::{Path, Value};

/// A planned change as values.
#[derive(Debug)]
pub(crate) struct RawChange {
    pub(crate) config: Value,
    pub(crate) prior: Option<Value>,
    pub(crate) planned: Value,
    pub(crate) replace: Vec<Path>,
}

/// A change to be made, as values.
#[derive(Debug)]
pub(crate) struct RawPlan {
    pub(crate) config: Value,
    pub(crate) planned: Value,
}

/// A failed verb, the state as a value.
#[derive(Debug)]
pub(crate) struct RawFailure {
    pub(crate) diagnostics: Diagnostics,
    pub(crate) state: Option<Value>,
}

/// The answer of a verb that changes something.
pub(crate) type Outcome<'a, T> = BoxFuture<'a, Result<T, RawFailure>>;

/// [`Resource`], object-safe.
pub(crate) trait AnyResource<S>: Send + Sync {
    fn schema(&self) -> &'static ObjectSchema;
    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics);
    fn review<'a>(&'a self, cx: &'a Cx<S>, change: RawChange) -> Answer<'a, RawChange>;
    fn review_destroy<'a>(&'a self, cx: &'a Cx<S>, state: &'a Value) -> Answer<'a, ()>;
    fn create<'a>(&'a self, cx: &'a Cx<S>, plan: RawPlan) -> Outcome<'a, Value>;
    fn read<'a>(&'a self, cx: &'a Cx<S>, state: Value) -> Answer<'a, Option<Value>>;
    fn update<'a>(&'a self, cx: &'a Cx<S>, prior: Value, plan: RawPlan) -> Outcome<'a, Value>;
    fn delete<'a>(&'a self, cx: &'a Cx<S>, state: Value) -> Outcome<'a, ()>;
    fn import<'a>(&'a self, cx: &'a Cx<S>, id: &'a str) -> Answer<'a, Value>;
    fn upgrade(&self, version: i64, state: &mut JsonObject) -> Result<(), Diagnostics>;
    fn move_from(
        &self,
        source: &MoveSource<'_>,
        state: &mut JsonObject,
    ) -> Result<bool, Diagnostics>;
}

impl<R: Resource> AnyResource<R::Session> for R {
    fn schema(&self) -> &'static ObjectSchema {
        R::Model::SCHEMA
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        match decode::<R::Model>(config) {
            Ok(config) => Resource::validate(self, &config, diagnostics),
            Err(problems) => diagnostics.extend(problems),
        }
    }

    fn review<'a>(&'a self, cx: &'a Cx<R::Session>, change: RawChange) -> Answer<'a, RawChange> {
        async move {
            let mut typed = Change::<R::Model> {
                config: decode(&change.config)?,
                prior: change.prior.as_ref().map(decode).transpose()?,
                planned: decode(&change.planned)?,
                replace: change.replace,
            };
            let before = typed.planned.encode();
            Resource::review(self, cx, &mut typed).await?;
            let after = typed.planned.encode();
            Ok(RawChange {
                planned: merge(change.planned, &before, after),
                replace: typed.replace,
                ..RawChange {
                    config: change.config,
                    prior: change.prior,
                    planned: Value::Null,
                    replace: Vec::new(),
                }
            })
        }
        .boxed()
    }

    fn review_destroy<'a>(&'a self, cx: &'a Cx<R::Session>, state: &'a Value) -> Answer<'a, ()> {
        async move { Resource::review_destroy(self, cx, &decode(state)?).await }.boxed()
    }

    fn create<'a>(&'a self, cx: &'a Cx<R::Session>, plan: RawPlan) -> Outcome<'a, Value> {
        async move {
            let state = Resource::create(self, cx, typed(&plan)?).await?;
            Ok(state.encode())
        }
        .boxed()
    }

    fn read<'a>(&'a self, cx: &'a Cx<R::Session>, state: Value) -> Answer<'a, Option<Value>> {
        async move {
            let state = Resource::read(self, cx, decode(&state)?).await?;
            Ok(state.map(|state| state.encode()))
        }
        .boxed()
    }

    fn update<'a>(
        &'a self,
        cx: &'a Cx<R::Session>,
        prior: Value,
        plan: RawPlan,
    ) -> Outcome<'a, Value> {
        async move {
            let state = Resource::update(self, cx, decode(&prior)?, typed(&plan)?).await?;
            Ok(state.encode())
        }
        .boxed()
    }

    fn delete<'a>(&'a self, cx: &'a Cx<R::Session>, state: Value) -> Outcome<'a, ()> {
        async move { Ok(Resource::delete(self, cx, decode(&state)?).await?) }.boxed()
    }

    fn import<'a>(&'a self, cx: &'a Cx<R::Session>, id: &'a str) -> Answer<'a, Value> {
        async move { Ok(Resource::import(self, cx, id).await?.encode()) }.boxed()
    }

    fn upgrade(&self, version: i64, state: &mut JsonObject) -> Result<(), Diagnostics> {
        Resource::upgrade(self, version, state)
    }

    fn move_from(
        &self,
        source: &MoveSource<'_>,
        state: &mut JsonObject,
    ) -> Result<bool, Diagnostics> {
        Resource::move_from(self, source, state)
    }
}

fn typed<M: Object>(plan: &RawPlan) -> Result<Plan<M>, Diagnostics> {
    Ok(Plan {
        config: decode(&plan.config)?,
        planned: decode(&plan.planned)?,
    })
}

impl<M: Object> From<Failure<M>> for RawFailure {
    fn from(failure: Failure<M>) -> Self {
        Self {
            diagnostics: failure.diagnostics,
            state: failure.state.map(|state| state.encode()),
        }
    }
}

impl From<Diagnostics> for RawFailure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self {
            diagnostics,
            state: None,
        }
    }
}
