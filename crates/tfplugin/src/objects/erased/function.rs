//! A function without its types.

use crate::objects::{Function, FunctionError};
use crate::schema::{AttrType as _, Object as _, ObjectSchema};
use crate::values::{Type, Value};

/// [`Function`], object-safe.
pub(crate) trait AnyFunction: Send + Sync {
    /// The parameters are the attributes.
    fn schema(&self) -> &'static ObjectSchema;
    fn output(&self) -> Type;
    /// `args` is an object with an attribute for each parameter.
    fn call(&self, args: &Value) -> Result<Value, FunctionError>;
}

impl<F: Function> AnyFunction for F {
    fn schema(&self) -> &'static ObjectSchema {
        F::Args::SCHEMA
    }

    fn output(&self) -> Type {
        <F::Output as crate::schema::AttrType>::kind().implied_type()
    }

    fn call(&self, args: &Value) -> Result<Value, FunctionError> {
        let args = F::Args::decode(args).map_err(|mismatch| {
            let name = mismatch.path().steps().first().and_then(|step| match step {
                crate::values::Step::Attribute(name) => F::Args::SCHEMA.attribute(name),
                _ => None,
            });
            FunctionError {
                text: mismatch.to_string(),
                argument: name.map(|attribute| attribute.name),
            }
        })?;
        Ok(Function::call(self, args)?.encode())
    }
}
