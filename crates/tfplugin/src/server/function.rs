//! `CallFunction`: before the provider is configured, too.

use super::entries::Entry;
use super::panics::guarded_now;
use super::shared::{self, Shared};
use super::wire;
use crate::objects::erased::AnyFunction;
use crate::objects::{Diagnostics, FunctionError, Provider};
use crate::proto::tfplugin6 as pb;
use crate::schema::walk;
use crate::values::Value;

impl<P: Provider> Shared<P> {
    pub(super) fn call_function(
        &self,
        q: &pb::call_function::Request,
    ) -> pb::call_function::Response {
        match self.try_call(q) {
            Ok(result) => pb::call_function::Response {
                result: Some(result),
                error: None,
            },
            Err(error) => pb::call_function::Response {
                result: None,
                error: Some(error),
            },
        }
    }

    fn try_call(
        &self,
        q: &pb::call_function::Request,
    ) -> Result<pb::DynamicValue, pb::FunctionError> {
        let entry = shared::entry(&self.entries.functions, "function", &q.name)
            .map_err(|problems| told(&problems))?;
        let args = arguments(entry, &q.arguments)?;
        let outcome = guarded_now(|| entry.object.call(&args));
        let result = outcome.unwrap_or_else(|panicked| {
            Err(FunctionError::new(
                told(&panicked.diagnostic(P::ISSUES).into()).text,
            ))
        });
        let result = result.map_err(|error| failed(entry, &error))?;
        wire::encode(&result, &entry.object.output()).map_err(|problems| told(&problems))
    }
}

/// One object with an attribute for each parameter; the last parameter may take the rest.
fn arguments(
    entry: &Entry<dyn AnyFunction>,
    values: &[pb::DynamicValue],
) -> Result<Value, pb::FunctionError> {
    let mut values = values.iter().enumerate();
    let mut args = Vec::new();
    for parameter in entry.schema.attributes {
        let value = if parameter.variadic {
            let ty = parameter.element_type();
            Value::List(
                values
                    .by_ref()
                    .map(|(index, value)| argument(index, value, &ty))
                    .collect::<Result<_, _>>()?,
            )
        } else {
            let (index, value) = values
                .next()
                .ok_or_else(|| text(format!("The argument {:?} is missing.", parameter.name)))?;
            argument(index, value, &parameter.implied_type())?
        };
        args.push((parameter.name, value));
    }
    match values.next() {
        Some((index, _)) => Err(at(index, "There is no such parameter.".to_owned())),
        None => Ok(walk::with_defaults(entry.schema, &Value::object(args))),
    }
}

fn argument(
    index: usize,
    value: &pb::DynamicValue,
    ty: &crate::values::Type,
) -> Result<Value, pb::FunctionError> {
    wire::decode(Some(value), ty).map_err(|problems| at(index, told(&problems).text))
}

fn failed(entry: &Entry<dyn AnyFunction>, error: &FunctionError) -> pb::FunctionError {
    let index = error
        .argument
        .and_then(|name| entry.schema.attributes.iter().position(|a| a.name == name));
    index.map_or_else(
        || text(error.text.clone()),
        |index| at(index, error.text.clone()),
    )
}

fn told(problems: &Diagnostics) -> pb::FunctionError {
    let lines = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.summary(), problem.text()));
    text(lines.collect::<Vec<_>>().join("\n"))
}

const fn text(text: String) -> pb::FunctionError {
    pb::FunctionError {
        text,
        function_argument: None,
    }
}

fn at(index: usize, text: String) -> pb::FunctionError {
    pb::FunctionError {
        text,
        function_argument: i64::try_from(index).ok(),
    }
}
