//! Numbers with a unit, as COSI reads them from labels.
//!
//! An optional minus and digits, then optionally a unit of which only the first letters count: `8GiB`, `8Gi` and `8gibberish`
//! are the same number. Whatever is not of this form is no number.

/// The value of a text such as `16GiB`, `4` or `-2k`; `None` when it is no number.
///
/// Products that do not fit 64 bits wrap, as they do on the server.
pub fn parse_quantity(text: &str) -> Option<i64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '-')
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let number: i64 = digits.parse().ok()?;
    Some(number.wrapping_mul(multiplier(unit)?))
}

fn multiplier(unit: &str) -> Option<i64> {
    let unit = unit.trim().to_lowercase();
    let mut letters = unit.chars();
    let Some(first) = letters.next() else {
        return Some(1);
    };
    let power = "kmgtp".find(first)?;
    let power = u32::try_from(power).ok()? + 1;
    if letters.next() == Some('i') {
        Some(1024_i64.pow(power))
    } else {
        Some(1000_i64.pow(power))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_count_by_their_first_letters() {
        for (text, value) in [
            ("4", Some(4)),
            (" -2 k", Some(-2_000)),
            ("8GiB", Some(8 << 30)),
            ("8gb", Some(8_000_000_000)),
            ("1Pi", Some(1 << 50)),
            ("1tonne", Some(1_000_000_000_000)),
            ("3mi", Some(3 << 20)),
            ("", None),
            ("GiB", None),
            ("1-2", None),
            ("1.5", None),
            ("7 apples", None),
        ] {
            assert_eq!(parse_quantity(text), value, "{text:?}");
        }
    }
}
