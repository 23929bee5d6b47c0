//! Versions of Talos and Kubernetes, compared by meaning.
//!
//! `1.34.2` and `v1.34.2` are one version. The user's spelling is kept for the state; what goes to Omni has no `v`.

use std::cmp::Ordering;
use std::fmt;

use tfplugin::schema::{Invalid, Text};

/// A version as the user spelt it, and what it means.
#[derive(Debug, Clone)]
pub struct Version {
    spelling: String,
    meaning: semver::Version,
}

// === impl Version ===

impl Version {
    /// The version that the server wrote; `None` where it wrote none.
    pub fn of(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }

    /// The text that Omni uses: without a leading `v`.
    pub fn bare(&self) -> String {
        self.meaning.to_string()
    }

    /// The parsed version.
    pub fn semver(&self) -> &semver::Version {
        &self.meaning
    }

    /// Major and minor, the unit in which upgrades step.
    pub fn minor(&self) -> (u64, u64) {
        (self.meaning.major, self.meaning.minor)
    }
}

impl Text for Version {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        let meaning = semver::Version::parse(bare).map_err(|_| {
            Invalid::new(format!("{text:?} is not a version."))
                .remedy("Write major.minor.patch such as \"1.34.2\", with or without a leading v.")
        })?;
        Ok(Self {
            spelling: text.to_owned(),
            meaning,
        })
    }

    fn spelling(&self) -> &str {
        &self.spelling
    }

    fn meaning(&self) -> String {
        self.bare()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.meaning == other.meaning
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.meaning.cmp(&other.meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).expect("a version")
    }

    #[test]
    fn a_leading_v_does_not_change_the_meaning_but_is_kept() {
        assert_eq!(version("v1.34.2"), version("1.34.2"));
        assert_eq!(version("v1.34.2").to_string(), "v1.34.2");
        assert_eq!(version("v1.34.2").bare(), "1.34.2");
    }

    #[test]
    fn versions_are_ordered_by_number_not_by_text() {
        assert!(version("1.9.0") < version("v1.10.0"));
        assert!(version("1.14.0-rc.1") < version("1.14.0"));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "v", "1.34", "latest", "vv1.2.3", "1.2.3 "] {
            assert!(Version::parse(text).is_err(), "{text}");
        }
    }
}
