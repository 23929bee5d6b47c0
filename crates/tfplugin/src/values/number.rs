//! Exact numbers.
//!
//! A [`Number`] is a finite decimal of any size, held without rounding: 64-bit integers, big integers and
//! decimals alike. Two numbers are equal exactly when they denote the same number, whatever their spelling.
//! Conversions to machine numbers fail with a reason instead of rounding.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, FromPrimitive as _, ToPrimitive as _};

/// Most decimal digits of a number, and the largest power of ten in it. Terraform itself computes with
/// about 155 digits; the limit keeps a hostile `1e999999999` from filling the memory.
const MAX_DIGITS: u64 = 4096;

/// An exact, finite number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Repr);

/// Canonical: whatever fits an `i64` is `Int`, and a `Decimal` is normalised, so that derived equality
/// and hashing are those of the numbers.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Int(i64),
    Decimal(Box<BigDecimal>),
}

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

impl Number {
    /// The number, canonical.
    fn canonical(decimal: &BigDecimal) -> Result<Self, NumberError> {
        let decimal = decimal.normalized();
        if decimal.digits() > MAX_DIGITS
            || decimal.fractional_digit_count().unsigned_abs() > MAX_DIGITS
        {
            return Err(NumberError::TooLong);
        }
        let int = decimal.is_integer().then(|| decimal.to_i64()).flatten();
        Ok(Self(int.map_or_else(
            || Repr::Decimal(Box::new(decimal)),
            Repr::Int,
        )))
    }

    /// The exact value of a float: `0.1` becomes the binary fraction that the float really is.
    pub fn from_f64(float: f64) -> Result<Self, NumberError> {
        Self::canonical(&BigDecimal::from_f64(float).ok_or(NumberError::NotFinite)?)
    }

    /// The number as a signed integer.
    pub fn to_i64(&self) -> Result<i64, NumberError> {
        match &self.0 {
            Repr::Int(int) => Ok(*int),
            Repr::Decimal(decimal) if !decimal.is_integer() => {
                Err(NumberError::NotWhole(self.clone()))
            }
            Repr::Decimal(_) => Err(self.out_of_range(i64::MIN.into(), i64::MAX.into())),
        }
    }

    /// The number as an unsigned integer.
    pub fn to_u64(&self) -> Result<u64, NumberError> {
        let fits = match &self.0 {
            Repr::Int(int) => u64::try_from(*int).ok(),
            Repr::Decimal(decimal) if !decimal.is_integer() => {
                return Err(NumberError::NotWhole(self.clone()));
            }
            Repr::Decimal(decimal) => decimal.to_u64(),
        };
        fits.ok_or_else(|| self.out_of_range(0.into(), u64::MAX.into()))
    }

    /// The number as a float, where the float is exactly that number.
    pub fn to_f64(&self) -> Result<f64, NumberError> {
        let float = self.to_f64_lossy();
        match Self::from_f64(float) {
            Ok(back) if back == *self => Ok(float),
            _ => Err(NumberError::Inexact(self.clone())),
        }
    }

    /// The float nearest to the number; infinite where the number is too large.
    pub fn to_f64_lossy(&self) -> f64 {
        let infinity = if self.is_negative() {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
        // Rust's reader of floats rounds to nearest, and overflows to infinity.
        self.to_string().parse().unwrap_or(infinity)
    }

    /// Whether the number has no fraction.
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Repr::Int(_) => true,
            Repr::Decimal(decimal) => decimal.is_integer(),
        }
    }

    /// Whether the number is below zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Int(int) => *int < 0,
            Repr::Decimal(decimal) => decimal.sign() == Sign::Minus,
        }
    }

    fn to_decimal(&self) -> BigDecimal {
        match &self.0 {
            Repr::Int(int) => BigDecimal::from(*int),
            Repr::Decimal(decimal) => (**decimal).clone(),
        }
    }

    fn out_of_range(&self, min: Number, max: Number) -> NumberError {
        NumberError::OutOfRange {
            number: self.clone(),
            min,
            max,
        }
    }
}

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

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Int(left), Repr::Int(right)) => left.cmp(right),
            _ => self.to_decimal().cmp(&other.to_decimal()),
        }
    }
}

/// Plain decimal notation, without an exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Int(int) => int.fmt(f),
            Repr::Decimal(decimal) => f.write_str(&decimal.to_plain_string()),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
