//! A list resource without its types.

use futures::FutureExt as _;
use tokio::sync::mpsc;

use super::{Answer, decode};
use crate::objects::list::{Item, Items};
use crate::objects::{Cx, Diagnostics, ListResource};
use crate::schema::{Object as _, ObjectSchema};
use crate::values::Value;

/// [`ListResource`], object-safe.
pub(crate) trait AnyList<S>: Send + Sync {
    /// What the user may ask for.
    fn schema(&self) -> &'static ObjectSchema;
    /// The resource that is listed.
    fn resource(&self) -> &'static ObjectSchema;
    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics);
    fn list<'a>(&'a self, cx: &'a Cx<S>, config: Value, query: Query) -> Answer<'a, ()>;
}

/// How many objects are wanted, how much of each, and where they go.
#[derive(Debug)]
pub(crate) struct Query {
    pub(crate) limit: u64,
    pub(crate) whole: bool,
    pub(crate) sink: mpsc::Sender<Item>,
}

impl<L: ListResource> AnyList<L::Session> for L {
    fn schema(&self) -> &'static ObjectSchema {
        L::Config::SCHEMA
    }

    fn resource(&self) -> &'static ObjectSchema {
        L::Model::SCHEMA
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        match decode::<L::Config>(config) {
            Ok(config) => ListResource::validate(self, &config, diagnostics),
            Err(problems) => diagnostics.extend(problems),
        }
    }

    fn list<'a>(&'a self, cx: &'a Cx<L::Session>, config: Value, query: Query) -> Answer<'a, ()> {
        async move {
            let mut items = Items::new(query.sink, query.limit, query.whole);
            ListResource::list(self, cx, decode(&config)?, &mut items).await
        }
        .boxed()
    }
}
