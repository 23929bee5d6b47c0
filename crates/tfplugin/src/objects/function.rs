//! Functions: pure, and callable before the provider is configured.

use crate::schema::{AttrType, Invalid, Object};

/// A function: the attributes of `Args` are its parameters, in order.
///
/// `Args` is a struct with `#[derive(Object)]`; its name is the function's, its doc comment the function's. A parameter
/// that is `optional` may be null; the last one may be `variadic` (an `Attr<Vec<T>>`).
pub trait Function: Send + Sync + 'static {
    /// The parameters.
    type Args: Object;
    /// The result.
    type Output: AttrType;

    /// Computes the result. Neither time, network nor session: the same arguments give the same result.
    ///
    /// # Errors
    /// What is wrong, and with which argument.
    fn call(&self, args: Self::Args) -> Result<Self::Output, FunctionError>;
}

/// Why a function has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    pub(crate) text: String,
    pub(crate) argument: Option<&'static str>,
}

impl FunctionError {
    /// What is wrong, as a sentence.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            argument: None,
        }
    }

    /// With which parameter, by its name.
    #[must_use]
    pub fn argument(mut self, name: &'static str) -> Self {
        self.argument = Some(name);
        self
    }
}

impl From<Invalid> for FunctionError {
    fn from(invalid: Invalid) -> Self {
        Self::new(invalid.sentences())
    }
}
