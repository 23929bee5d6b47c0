//! Exact numbers.
//!
//! A [`Number`] is a finite decimal of any size, held without rounding: 64-bit integers, big integers and
//! decimals alike. Two numbers are equal exactly when they denote the same decimal, whatever their spelling; that
//! is Terraform's equality too, which compares fractions by their shortest decimal text.
//! Conversions to machine numbers fail with a reason instead of rounding.

mod convert;
mod error;

use std::cmp::Ordering;
use std::fmt;

use bigdecimal::num_bigint::Sign;
use bigdecimal::{BigDecimal, FromPrimitive as _, ToPrimitive as _};

pub use error::NumberError;

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

    /// The number that Terraform takes a float for: the shortest decimal that reads back as that float, so that
    /// `0.1` is one tenth. Whole floats are exact.
    pub fn from_f64(float: f64) -> Result<Self, NumberError> {
        let exact = BigDecimal::from_f64(float).ok_or(NumberError::NotFinite)?;
        if exact.is_integer() || float.is_subnormal() {
            return Self::canonical(&exact);
        }
        float.to_string().parse()
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

    /// The number as a float, where the float reads back as that number.
    pub fn to_f64(&self) -> Result<f64, NumberError> {
        let float = self.to_f64_lossy();
        match Self::from_f64(float) {
            Ok(back) if back == *self => Ok(float),
            _ => Err(NumberError::Inexact(self.clone())),
        }
    }

    /// The number as a float that is exactly it, binary fraction for decimal fraction: `0.5`, but not `0.1`.
    pub(super) fn to_exact_f64(&self) -> Option<f64> {
        let float = self.to_f64().ok()?;
        (BigDecimal::from_f64(float)? == self.to_decimal()).then_some(float)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn spellings_of_one_number_are_equal() {
        let spellings = [
            ("1.50", "1.5"),
            ("1e3", "1000"),
            ("-0", "0"),
            ("1000e-3", "1"),
            ("+7", "7"),
        ];
        for (left, right) in spellings {
            assert_eq!(number(left), number(right));
        }
        assert_ne!(number("0.1"), number("0.10000000000000000001"));
        assert_eq!(number("18446744073709551615"), u64::MAX.into());
    }

    #[test]
    fn big_and_small_numbers_keep_every_digit() {
        let texts = [
            "9007199254740993",
            "123456789012345678901234567890",
            "-0.1",
            "0.0000000001",
            "1000000000000.05",
        ];
        for text in texts {
            assert_eq!(number(text).to_string(), text);
        }
    }

    #[test]
    fn a_float_is_the_decimal_that_a_person_would_write() {
        assert_eq!(Number::from_f64(0.1).unwrap(), number("0.1"));
        assert_eq!(Number::from_f64(-2.5).unwrap(), number("-2.5"));
        assert_eq!(
            Number::from_f64(1e23).unwrap().to_string(),
            "99999999999999991611392"
        );
        for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Number::from_f64(float), Err(NumberError::NotFinite));
        }
    }

    #[test]
    fn conversions_fail_with_a_reason_instead_of_rounding() {
        assert_eq!(number("9223372036854775807").to_i64(), Ok(i64::MAX));
        let error = number("9223372036854775808")
            .to_i64()
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("9223372036854775808 is out of range"),
            "{error}"
        );
        assert_eq!(
            number("1.5").to_u64().unwrap_err().to_string(),
            "1.5 is not a whole number"
        );
        assert!(matches!(
            number("-1").to_u64(),
            Err(NumberError::OutOfRange { .. })
        ));
        assert_eq!(number("0.1").to_f64(), Ok(0.1));
        assert!(matches!(
            number("0.10000000000000000001").to_f64(),
            Err(NumberError::Inexact(_))
        ));
        assert!(matches!(
            number("1e400").to_f64(),
            Err(NumberError::Inexact(_))
        ));
    }

    #[test]
    fn numbers_are_ordered_across_their_forms() {
        let ordered = [
            "-1e30",
            "-1.5",
            "-1",
            "0",
            "0.1",
            "1",
            "9223372036854775808",
            "1e30",
        ];
        assert!(
            ordered
                .windows(2)
                .all(|pair| number(pair[0]) < number(pair[1]))
        );
    }

    #[test]
    fn hostile_texts_are_errors() {
        for text in [
            "", " 1", "1 ", "0x1", "1_000", "NaN", "inf", ".", "e1", "--1", "1e", "1.2.3",
        ] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::Syntax), "{text:?}");
        }
        for text in ["1e999999999", "1e-999999999", &"9".repeat(10_000)] {
            assert_eq!(
                text.parse::<Number>(),
                Err(NumberError::TooLong),
                "{text:?}"
            );
        }
        assert!("1e99999999999999999999".parse::<Number>().is_err());
    }
}
