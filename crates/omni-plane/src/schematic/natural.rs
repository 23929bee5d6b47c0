//! The order of a map's keys in Go's YAML: numbers inside a text count by their value, letters come before what is none.

use std::cmp::Ordering;

/// Which of two keys comes first.
pub(super) fn order(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else {
        return a.len().cmp(&b.len());
    };
    match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
        (true, true) => a[at].cmp(&b[at]),
        (true, false) => letter_beside_other(&a, at),
        (false, true) => letter_beside_other(&b, at).reverse(),
        (false, false) => numbers(&a, &b, at),
    }
}

/// Behind a digit the number has ended and the shorter one comes first; elsewhere a letter comes last.
fn letter_beside_other(text: &[char], at: usize) -> Ordering {
    if at > 0 && text[at - 1].is_numeric() {
        Ordering::Less
    } else {
        Ordering::Greater
    }
}

/// Two numbers that differ from here on: by value, then by the number of digits.
fn numbers(a: &[char], b: &[char], at: usize) -> Ordering {
    let start = a[..at]
        .iter()
        .rposition(|letter| !letter.is_ascii_digit())
        .map_or(0, |before| before + 1);
    let (one, other) = (digits(&a[start..]), digits(&b[start..]));
    let value = |digits: &[char]| digits.iter().collect::<String>().parse::<u128>().ok();
    value(one)
        .cmp(&value(other))
        .then(one.len().cmp(&other.len()))
        .then(a[at].cmp(&b[at]))
}

fn digits(text: &[char]) -> &[char] {
    let end = text
        .iter()
        .position(|letter| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ordered_as_go_orders_them() {
        let sorted = [
            "1", "2", "10", "A", "a", "a-b", "a1", "a2", "a2b", "a10", "ab", "b", "b_1", "b1",
            "b01",
        ];
        let mut keys = sorted;
        keys.reverse();
        keys.sort_by(|a, b| order(a, b));
        assert_eq!(keys, sorted);
    }
}
