//! Dates in the form `2006-01-02`, with the words of Go's reader for what is wrong with them.

use jiff::civil::Date;

/// One element of a date: how the layout names it, and how many digits it has; none for a dash.
const ELEMENTS: [(&str, usize); 5] = [("2006", 4), ("-", 0), ("01", 2), ("-", 0), ("02", 2)];

/// The date that a text names.
///
/// # Errors
/// Go's words.
pub(crate) fn parse(text: &str) -> Result<Date, String> {
    let failed = |reason: String| format!("parsing time {text:?} as \"2006-01-02\": {reason}");
    let mut rest = text;
    let mut numbers = [0_i16; 3];
    let mut read = 0;
    for (layout, digits) in ELEMENTS {
        let unread = || failed(format!("cannot parse {rest:?} as {layout:?}"));
        if digits == 0 {
            rest = rest.strip_prefix(layout).ok_or_else(unread)?;
            continue;
        }
        let number = rest
            .get(..digits)
            .filter(|number| number.bytes().all(|digit| digit.is_ascii_digit()));
        numbers[read] = number
            .and_then(|number| number.parse().ok())
            .ok_or_else(unread)?;
        rest = &rest[digits..];
        read += 1;
        if layout == "01" && !(1..=12).contains(&numbers[1]) {
            return Err(range(text, "month"));
        }
    }
    if !rest.is_empty() {
        return Err(format!("parsing time {text:?}: extra text: {rest:?}"));
    }
    let [year, month, day] = numbers;
    let small = |number: i16| i8::try_from(number).unwrap_or_default();
    Date::new(year, small(month), small(day)).map_err(|_| range(text, "day"))
}

fn range(text: &str, what: &str) -> String {
    format!("parsing time {text:?}: {what} out of range")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_date_is_said_as_go_says_it() {
        let wrong = |text: &str| parse(text).expect_err("no date");
        assert_eq!(
            parse("2026-02-28"),
            Date::new(2026, 2, 28).map_err(|error| error.to_string())
        );
        assert_eq!(
            wrong("yesterday"),
            "parsing time \"yesterday\" as \"2006-01-02\": cannot parse \"yesterday\" as \"2006\""
        );
        assert_eq!(
            wrong("2026/02/28"),
            "parsing time \"2026/02/28\" as \"2006-01-02\": cannot parse \"/02/28\" as \"-\""
        );
        assert_eq!(
            wrong("2026-13-01"),
            "parsing time \"2026-13-01\": month out of range"
        );
        assert_eq!(
            wrong("2026-02-30"),
            "parsing time \"2026-02-30\": day out of range"
        );
        assert_eq!(
            wrong("2026-02-28T"),
            "parsing time \"2026-02-28T\": extra text: \"T\""
        );
    }
}
