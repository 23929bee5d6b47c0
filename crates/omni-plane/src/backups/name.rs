//! Names of snapshots: the seconds since 1970, negative, as 16 hexadecimal digits, so that the newest sorts first.

const SUFFIX: &str = ".snapshot";

/// The name of a snapshot that was taken at this second.
pub fn of(seconds: i64) -> String {
    format!("{:016X}{SUFFIX}", seconds.wrapping_neg())
}

/// The second at which a snapshot of this name was taken; `None` for another file.
pub fn seconds(name: &str) -> Option<i64> {
    let digits = name.strip_suffix(SUFFIX)?;
    let negative = u64::from_str_radix(digits, 16).ok()?;
    Some(negative.cast_signed().wrapping_neg())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_sorts_first_and_every_name_is_read_back() {
        assert_eq!(of(1_763_655_088), "FFFFFFFF96E0C250.snapshot");
        assert!(of(20) < of(10));
        for second in [0, 1, 1_763_655_088] {
            assert_eq!(seconds(&of(second)), Some(second));
        }
        assert_eq!(seconds("notes.txt"), None);
        assert_eq!(seconds("xyz.snapshot"), None);
    }
}
