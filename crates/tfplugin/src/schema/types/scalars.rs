//! Strings, bools and numbers.
//!
//! Machine integers never wrap or round: a number that does not fit is an error with the limits in it.

use crate::schema::{AttrKind, AttrType, Invalid, Mismatch};
use crate::values::{Number, Type, Value};

impl AttrType for String {
    fn kind() -> AttrKind {
        AttrKind::Plain(Type::String)
    }

    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let text = value.as_str();
        text.map(str::to_owned)
            .ok_or_else(|| Mismatch::wrong(&Type::String, value))
    }

    fn encode(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl AttrType for bool {
    fn kind() -> AttrKind {
        AttrKind::Plain(Type::Bool)
    }

    fn decode(value: &Value) -> Result<Self, Mismatch> {
        value
            .as_bool()
            .ok_or_else(|| Mismatch::wrong(&Type::Bool, value))
    }

    fn encode(&self) -> Value {
        Value::from(*self)
    }
}

impl AttrType for Number {
    fn kind() -> AttrKind {
        AttrKind::Plain(Type::Number)
    }

    fn decode(value: &Value) -> Result<Self, Mismatch> {
        number(value).cloned()
    }

    fn encode(&self) -> Value {
        Value::from(self.clone())
    }
}

/// Decimals lose digits in a float; [`Number`] does not.
impl AttrType for f64 {
    fn kind() -> AttrKind {
        AttrKind::Plain(Type::Number)
    }

    fn decode(value: &Value) -> Result<Self, Mismatch> {
        Ok(number(value)?.to_f64_lossy())
    }

    fn encode(&self) -> Value {
        // The shortest decimal that reads back as this float is what people write.
        format!("{self}")
            .parse::<Number>()
            .map_or(Value::Null, Value::from)
    }
}

macro_rules! integers {
    ($wide:ty: $($int:ty),*) => {$(
        impl AttrType for $int {
            fn kind() -> AttrKind {
                AttrKind::Plain(Type::Number)
            }

            fn decode(value: &Value) -> Result<Self, Mismatch> {
                let number = number(value)?;
                let signed = number.to_i64().ok().and_then(|int| Self::try_from(int).ok());
                let unsigned = || number.to_u64().ok().and_then(|int| Self::try_from(int).ok());
                signed.or_else(unsigned).ok_or_else(|| not_in_range(number, &Self::MIN, &Self::MAX))
            }

            fn encode(&self) -> Value {
                Value::from(<$wide>::from(*self))
            }
        }
    )*};
}

integers!(i64: i64, i32, i16, i8);
integers!(u64: u64, u32, u16, u8);

fn number(value: &Value) -> Result<&Number, Mismatch> {
    value
        .as_number()
        .ok_or_else(|| Mismatch::wrong(&Type::Number, value))
}

fn not_in_range(
    number: &Number,
    min: &dyn std::fmt::Display,
    max: &dyn std::fmt::Display,
) -> Mismatch {
    let what = format!("{number} is not a whole number from {min} to {max}.");
    Mismatch::invalid(Invalid::new(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_integers_keep_every_digit() {
        assert_eq!(u64::decode(&u64::MAX.encode()), Ok(u64::MAX));
        assert_eq!(i64::decode(&i64::MIN.encode()), Ok(i64::MIN));
    }

    #[test]
    fn a_number_that_does_not_fit_names_the_limits() {
        let number = |text: &str| Value::from(text.parse::<Number>().unwrap());
        for text in ["-1", "1.5", "4294967296"] {
            let error = u32::decode(&number(text)).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("{text} is not a whole number from 0 to 4294967295.")
            );
        }
    }

    #[test]
    fn a_float_writes_the_decimal_that_people_write() {
        assert_eq!(
            0.1_f64.encode(),
            Value::from("0.1".parse::<Number>().unwrap())
        );
    }
}
