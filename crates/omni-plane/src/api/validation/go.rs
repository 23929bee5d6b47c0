//! Texts in Go's form, where Omni's messages contain them.

use std::fmt::Write as _;

use prost_types::Duration;

/// A list of errors inside a text, as Go's multierror prints it.
pub(super) use crate::api::gate::list_errors;

/// A duration as Go prints it: `1h0m0s`, `1.5s`, `300ms`.
pub(crate) fn duration(span: &Duration) -> String {
    let total = nanos(span);
    let negative = if total < 0 { "-" } else { "" };
    let total = total.unsigned_abs();
    if total == 0 {
        return "0s".to_owned();
    }
    for (unit, size) in [("ns", 1), ("µs", 1_000), ("ms", 1_000_000)] {
        if total < size * 1_000 {
            return format!("{negative}{}{unit}", decimal(total, size));
        }
    }
    let (minutes, seconds) = (total / 60_000_000_000, total % 60_000_000_000);
    let mut text = negative.to_owned();
    if minutes >= 60 {
        let _ = write!(text, "{}h", minutes / 60);
    }
    if minutes > 0 {
        let _ = write!(text, "{}m", minutes % 60);
    }
    text + &decimal(seconds, 1_000_000_000) + "s"
}

/// All of a duration in nanoseconds.
pub(super) fn nanos(span: &Duration) -> i128 {
    i128::from(span.seconds) * 1_000_000_000 + i128::from(span.nanos)
}

fn decimal(value: u128, unit: u128) -> String {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = unit.ilog10() as usize;
    let rest = format!("{rest:0digits$}");
    format!("{whole}.{}", rest.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_in_go() {
        for (seconds, nanos, text) in [
            (3600, 0, "1h0m0s"),
            (1, 0, "1s"),
            (0, 0, "0s"),
            (90_061, 0, "25h1m1s"),
            (1, 500_000_000, "1.5s"),
            (0, 300_000_000, "300ms"),
            (0, 1_500, "1.5µs"),
            (-5, 0, "-5s"),
        ] {
            assert_eq!(duration(&Duration { seconds, nanos }), text);
        }
    }
}
