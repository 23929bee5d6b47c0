//! From which Kubernetes version to which one may go.

use super::version::parse_tolerant;

/// The minors between which Talos knows the way.
const KNOWN: std::ops::RangeInclusive<u64> = 19..=37;

/// Whether an upgrade from one version to another is possible: within a minor either way, or to the next minor.
///
/// # Errors
/// The text of the version that cannot be read.
pub(crate) fn supported(from: &str, to: &str) -> Result<bool, String> {
    let (from, to) = (parse_tolerant(from)?, parse_tolerant(to)?);
    let known = |version: &semver::Version| version.major == 1 && KNOWN.contains(&version.minor);
    let step = to.minor == from.minor || to.minor == from.minor + 1;
    Ok(known(&from) && known(&to) && step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_minor_up_or_anywhere_within_is_possible() {
        for (from, to, possible) in [
            ("1.34.1", "1.34.9", true),
            ("1.34.9", "1.34.1", true),
            ("1.34.9", "1.35.0", true),
            ("1.34.9", "1.36.0", false),
            ("1.34.9", "1.33.0", false),
            ("1.18.0", "1.19.0", false),
            ("1.37.0", "1.38.0", false),
        ] {
            assert_eq!(supported(from, to), Ok(possible), "{from} to {to}");
        }
        assert!(supported("1.34.1", "x").is_err());
    }
}
