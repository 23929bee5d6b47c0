//! Text that must not be printed.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::schema::{Invalid, Text};

/// A secret text: it prints as `***`, and its memory is overwritten when it goes.
///
/// The derive accepts it only in an attribute that is `sensitive` or `write_only`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Text for Secret {
    const SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self::new(text))
    }

    fn spelling(&self) -> &str {
        self.expose()
    }
}
