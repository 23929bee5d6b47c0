//! Functions.

use super::call::Call;
use super::error::{CoreError, Rule};
use super::host::Core;
use crate::objchange::unknown_problems;
use crate::proto;
use crate::values::Value;

impl Core {
    /// Calls a function. The inner result is the function's own: a value, or its error.
    ///
    /// # Errors
    /// [`CoreError`] where the call fails or the answer is not valid.
    pub async fn call(
        &self,
        name: &str,
        arguments: &[Value],
    ) -> Result<Result<Value, proto::FunctionError>, CoreError> {
        let schema = self.schemas.functions.get(name);
        let schema = schema.ok_or_else(|| CoreError::Missing {
            kind: "function",
            name: name.to_owned(),
        })?;
        let call = Call("CallFunction");
        let variadic = std::iter::repeat_with(|| schema.variadic.as_ref()).map_while(|ty| ty);
        let types = schema.parameters.iter().chain(variadic);
        let encoded = arguments.iter().zip(types);
        let encoded = encoded.map(|(argument, ty)| call.encode(argument, ty));
        let encoded = encoded.collect::<Result<Vec<_>, _>>()?;
        if encoded.len() != arguments.len() || encoded.len() < schema.parameters.len() {
            return Err(Rule::Configuration.broken("the number of arguments does not fit"));
        }
        let request = proto::call_function::Request {
            name: name.to_owned(),
            arguments: encoded,
        };
        let answer = call.answer(self.client().call_function(request).await)?;
        if let Some(error) = answer.error {
            return Ok(Err(error));
        }
        let value = call.decode(answer.result.as_ref(), &schema.returns)?;
        if arguments.iter().all(Value::is_wholly_known) {
            Rule::ValidObject.holds_without(unknown_problems(&value))?;
        }
        Ok(Ok(value))
    }
}
