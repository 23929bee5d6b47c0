//! Why a number cannot be read or converted.

use super::{MAX_DIGITS, Number};

/// Why a number cannot be read or converted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NumberError {
    /// The text is not a decimal number.
    #[error("this is not a decimal number")]
    Syntax,
    /// Infinity or "not a number".
    #[error("the number must be finite")]
    NotFinite,
    /// More digits than Terraform could have computed.
    #[error("the number has more than {MAX_DIGITS} digits")]
    TooLong,
    /// A whole number is needed.
    #[error("{0} is not a whole number")]
    NotWhole(Number),
    /// The number does not fit.
    #[error("{number} is out of range: it must be between {min} and {max}")]
    OutOfRange {
        /// The number.
        number: Number,
        /// Smallest number that fits.
        min: Number,
        /// Largest number that fits.
        max: Number,
    },
    /// A 64-bit float would round the number.
    #[error("{0} cannot be held by a 64-bit float without rounding")]
    Inexact(Number),
}
