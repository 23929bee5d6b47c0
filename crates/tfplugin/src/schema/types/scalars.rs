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
    ($($int:ty),*) => {$(
        impl AttrType for $int {
            fn kind() -> AttrKind {
                AttrKind::Plain(Type::Number)
            }

            fn decode(value: &Value) -> Result<Self, Mismatch> {
                let number = number(value)?;
                let fits = number.to_i64().ok().and_then(|int| Self::try_from(int).ok());
                fits.or_else(|| number.to_u64().ok().and_then(|int| Self::try_from(int).ok()))
                    .ok_or_else(|| not_in_range(number, &Self::MIN, &Self::MAX))
            }

            fn encode(&self) -> Value {
                #[allow(clippy::useless_conversion, clippy::cast_lossless, reason = "one text for all integers")]
                Value::Number(Number::from(*self as WidestOf<$int>))
            }
        }

        impl Widest for $int {
            type Of = widest!($int);
        }
    )*};
}

macro_rules! widest {
    (u64) => {
        u64
    };
    ($other:ty) => {
        i64
    };
}

type WidestOf<T> = <T as Widest>::Of;

/// The integer that goes into a [`Number`] without loss.
trait Widest {
    type Of;
}

integers!(i64, u64, i32, u32, i16, u16, i8, u8);

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
