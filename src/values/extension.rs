//! Names of system extensions, compared by meaning.
//!
//! `iscsi-tools` and `siderolabs/iscsi-tools` are one extension: a name without a publisher is an official one. The user's spelling is
//! kept; what goes to Omni is the whole name.

use std::fmt;

use tfplugin::schema::{Invalid, Text};

/// Who publishes what is named without a publisher.
const OFFICIAL: &str = "siderolabs/";

/// An extension as the user spelt it.
///
/// Two spellings of one extension are not equal and have an order, so that a set holds what the user wrote; the plan compares by meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extension {
    spelling: String,
}

// === impl Extension ===

impl Extension {
    /// The extension that the server names.
    pub fn of(name: &str) -> Self {
        Self {
            spelling: name.to_owned(),
        }
    }

    /// The whole name, as Omni uses it.
    pub fn full(&self) -> String {
        if self.spelling.contains('/') {
            self.spelling.clone()
        } else {
            format!("{OFFICIAL}{}", self.spelling)
        }
    }
}

impl Text for Extension {
    fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self::of(text))
    }

    fn spelling(&self) -> &str {
        &self.spelling
    }

    fn meaning(&self) -> String {
        self.full()
    }

    fn validate(&self) -> Result<(), Invalid> {
        let parts: Vec<&str> = self.spelling.split('/').collect();
        let word = |part: &&str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        if parts.len() <= 2 && parts.iter().all(word) {
            return Ok(());
        }
        Err(Invalid::new(format!(
            "{:?} is not the name of an extension.",
            self.spelling
        ))
        .remedy("Write a name such as \"siderolabs/iscsi-tools\", or \"iscsi-tools\" for short."))
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_is_an_official_extension() {
        let (short, full) = (
            Extension::of("iscsi-tools"),
            Extension::of("siderolabs/iscsi-tools"),
        );
        assert_eq!(short.meaning(), full.meaning());
        assert_eq!(short.full(), "siderolabs/iscsi-tools");
        assert_eq!(short.spelling(), "iscsi-tools");
        assert_ne!(Extension::of("acme/iscsi-tools").meaning(), full.meaning());
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for name in [
            "",
            "/",
            "siderolabs/",
            "a b",
            "ghcr.io/siderolabs/iscsi-tools:v1",
            "a/b/c",
        ] {
            assert!(Extension::of(name).validate().is_err(), "{name}");
        }
        for name in [
            "gvisor",
            "siderolabs/i915",
            "siderolabs/nvidia-open-gpu-kernel-modules-lts",
        ] {
            assert!(Extension::of(name).validate().is_ok(), "{name}");
        }
    }
}
