//! Lengths of time as Terraform's users write them: `90s`, `1h30m`, `0.5h`.

use std::str::FromStr;
use std::time;

use crate::schema::{Invalid, Text};

/// A length of time, zero or more, in the notation of Go: numbers with the units `h`, `m`, `s`, `ms`, `us`, `ns`.
///
/// `60m`, `1h` and `1h0m0s` mean the same and make no diff.
#[derive(Clone, Debug, Eq)]
pub struct Duration {
    spelling: String,
    value: time::Duration,
}

/// Nanoseconds of each unit; longer names first where one begins another.
const UNITS: [(&str, u128); 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
];

impl Duration {
    /// The length of time.
    pub const fn get(&self) -> time::Duration {
        self.value
    }
}

impl From<time::Duration> for Duration {
    /// Spelled as Go spells it: `1h30m0s`.
    fn from(value: time::Duration) -> Self {
        Self {
            spelling: spell(value),
            value,
        }
    }
}

impl PartialEq for Duration {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl FromStr for Duration {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let nanos = nanoseconds(text).ok_or_else(|| {
            Invalid::new(format!("{text:?} is not a length of time."))
                .remedy("Write numbers with units, such as \"90s\", \"10m\" or \"1h30m\".")
        })?;
        Ok(Self {
            spelling: text.to_owned(),
            value: time::Duration::from_nanos(nanos),
        })
    }
}

impl Text for Duration {
    fn parse(text: &str) -> Result<Self, Invalid> {
        text.parse()
    }

    fn spelling(&self) -> &str {
        &self.spelling
    }

    fn meaning(&self) -> String {
        self.value.as_nanos().to_string()
    }
}

fn nanoseconds(text: &str) -> Option<u64> {
    if text == "0" {
        return Some(0);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = 0_u128;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let (unit, scale) = UNITS.iter().find(|(unit, _)| tail.starts_with(unit))?;
        total = total.checked_add(scaled(number, *scale)?)?;
        rest = &tail[unit.len()..];
    }
    // An empty text and a lone sign have no part at all.
    (text.len() > usize::from(text.starts_with('+')))
        .then_some(total)?
        .try_into()
        .ok()
}

/// `number` × `scale`, digits below a nanosecond cut off.
fn scaled(number: &str, scale: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let mut total = match whole {
        "" => 0,
        digits => digits.parse::<u128>().ok()?.checked_mul(scale)?,
    };
    let mut unit = scale;
    for digit in fraction.bytes() {
        unit /= 10;
        total = total.checked_add(unit * u128::from(digit - b'0'))?;
    }
    Some(total)
}

fn spell(value: time::Duration) -> String {
    let (hours, minutes) = (value.as_secs() / 3600, value.as_secs() / 60 % 60);
    let seconds = format!("{}.{:09}", value.as_secs() % 60, value.subsec_nanos());
    let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_hour_means_an_hour() {
        for text in [
            "1h",
            "60m",
            "3600s",
            "1h0m0s",
            "0.5h30m",
            "+1h",
            "3600000ms",
            "1.h",
        ] {
            let hour: Duration = text.parse().expect(text);
            assert_eq!(hour.get(), time::Duration::from_hours(1), "{text}");
            assert_eq!(hour.spelling(), text);
        }
    }

    #[test]
    fn what_is_not_a_length_of_time_is_refused() {
        for text in [
            "",
            "+",
            "h",
            "1",
            "-1h",
            "1d",
            "1h-1m",
            "1..5h",
            ".h",
            "1 h",
            "9999999999h",
        ] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_spells_itself_as_go_does() {
        let cases = [
            (0, "0s"),
            (90, "1m30s"),
            (3600, "1h0m0s"),
            (5_430, "1h30m30s"),
        ];
        for (seconds, text) in cases {
            assert_eq!(
                Duration::from(time::Duration::from_secs(seconds)).spelling(),
                text
            );
        }
        assert_eq!(
            Duration::from(time::Duration::from_millis(1_500)).spelling(),
            "1.5s"
        );
    }
}
