//! The versions of Talos' types that the table of documents has.

/// A version of Talos' types: a minor version of Talos, or a release before 1.14 that an Omni was built with.
///
/// Omni judges a config patch with the types that it was built with, whatever version of Talos the machines run; a machine judges it with its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edition {
    /// Talos 1.12.
    V1_12,
    /// Talos 1.13; Omni 1.8 is built with it.
    V1_13,
    /// Talos 1.14.0-alpha.1; Omni 1.9 is built with it.
    V1_14Alpha1,
    /// Talos 1.14.0-beta.1; Omni 1.10 is built with it.
    V1_14Beta1,
    /// Talos 1.14, as of its first release candidate; Omni's main of August 2026 is built with it.
    V1_14,
}

// === impl Edition ===

impl Edition {
    /// All, the oldest first, as the table has them.
    pub const ALL: [Self; 5] = [
        Self::V1_12,
        Self::V1_13,
        Self::V1_14Alpha1,
        Self::V1_14Beta1,
        Self::V1_14,
    ];

    /// The types that a machine with this version of Talos has (`1.13.5`, `v1.13.5`); older and newer ones have the nearest.
    pub fn of_talos(version: &str) -> Self {
        let version = version.strip_prefix('v').unwrap_or(version);
        let mut parts = version.split(['.', '-', '+']);
        let mut number = || parts.next().and_then(|part| part.parse::<u32>().ok());
        match (number(), number()) {
            (Some(1), Some(..=12)) | (Some(0) | None, _) => Self::V1_12,
            (Some(1), Some(13)) => Self::V1_13,
            _ => Self::V1_14,
        }
    }

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::V1_12 => "1.12",
            Self::V1_13 => "1.13",
            Self::V1_14Alpha1 => "1.14.0-alpha.1",
            Self::V1_14Beta1 => "1.14.0-beta.1",
            Self::V1_14 => "1.14",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_talos_has_the_types_of_its_minor() {
        for (version, edition) in [
            ("1.12.0", Edition::V1_12),
            ("v1.13.5", Edition::V1_13),
            ("1.13.0-beta.1", Edition::V1_13),
            ("v1.14.1", Edition::V1_14),
            ("1.9.3", Edition::V1_12),
            ("2.0.0", Edition::V1_14),
        ] {
            assert_eq!(Edition::of_talos(version), edition, "{version}");
        }
    }
}
