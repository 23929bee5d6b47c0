//! From machine integers and from text.

use std::str::FromStr;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;

use super::{MAX_DIGITS, Number, NumberError, Repr};

impl From<i64> for Number {
    fn from(int: i64) -> Self {
        Self(Repr::Int(int))
    }
}

impl From<i32> for Number {
    fn from(int: i32) -> Self {
        i64::from(int).into()
    }
}

impl From<u32> for Number {
    fn from(int: u32) -> Self {
        i64::from(int).into()
    }
}

impl From<u64> for Number {
    fn from(int: u64) -> Self {
        let big = |_| Repr::Decimal(Box::new(BigDecimal::from(BigInt::from(int)).normalized()));
        Self(i64::try_from(int).map_or_else(big, Repr::Int))
    }
}

impl FromStr for Number {
    type Err = NumberError;

    /// Reads `12`, `-0.5` or `1e-3`.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        if let Ok(int) = text.parse::<i64>() {
            return Ok(int.into());
        }
        // An upper bound on the digits before any of them is turned into binary.
        if text.len() as u64 > 2 * MAX_DIGITS {
            return Err(NumberError::TooLong);
        }
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        {
            return Err(NumberError::Syntax);
        }
        Self::canonical(&text.parse().map_err(|_| NumberError::Syntax)?)
    }
}
