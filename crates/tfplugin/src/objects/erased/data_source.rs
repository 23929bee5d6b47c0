//! A data source without its types.

use futures::FutureExt as _;

use super::{Answer, decode};
use crate::objects::{Cx, DataSource, Diagnostics};
use crate::schema::{AttrType as _, Object as _, ObjectSchema};
use crate::values::Value;

/// [`DataSource`], object-safe.
pub(crate) trait AnyDataSource<S>: Send + Sync {
    fn schema(&self) -> &'static ObjectSchema;
    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics);
    fn read<'a>(&'a self, cx: &'a Cx<S>, config: Value) -> Answer<'a, Value>;
}

impl<D: DataSource> AnyDataSource<D::Session> for D {
    fn schema(&self) -> &'static ObjectSchema {
        D::Model::SCHEMA
    }

    fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        match decode::<D::Model>(config) {
            Ok(config) => DataSource::validate(self, &config, diagnostics),
            Err(problems) => diagnostics.extend(problems),
        }
    }

    fn read<'a>(&'a self, cx: &'a Cx<D::Session>, config: Value) -> Answer<'a, Value> {
        async move { Ok(DataSource::read(self, cx, decode(&config)?).await?.encode()) }.boxed()
    }
}
