//! Disk selectors: CEL expressions, checked as Omni checks them.
//!
//! The text goes to Omni as it is written, and only another text is another selector.

use std::fmt;

use disk_selector::{FIELDS, SelectorError};
use tfplugin::schema::{Invalid, Text};

/// A disk selector as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskSelector {
    spelling: String,
}

// === impl DiskSelector ===

impl DiskSelector {
    /// The selector that the server has.
    pub fn of(text: &str) -> Self {
        Self {
            spelling: text.to_owned(),
        }
    }

    /// The expression, ready to be asked about disks.
    ///
    /// # Errors
    /// It is none; a state may hold such a text, a configuration never.
    pub fn compile(&self) -> Result<disk_selector::DiskSelector, SelectorError> {
        disk_selector::DiskSelector::parse(&self.spelling)
    }
}

impl Text for DiskSelector {
    fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self::of(text))
    }

    fn spelling(&self) -> &str {
        &self.spelling
    }

    fn validate(&self) -> Result<(), Invalid> {
        let Err(error) = self.compile() else {
            return Ok(());
        };
        let what = match error {
            SelectorError::Invalid(places) => {
                format!("The selector cannot be read, or does not fit a disk:\n\n{places}\n")
            }
            error @ (SelectorError::NotBoolean(_) | SelectorError::Evaluation { .. }) => {
                format!("The selector must say yes or no about a disk: {error}.")
            }
        };
        Err(Invalid::new(what).remedy(format!(
            "Write a CEL expression such as \"disk.size > 10u * GB && !disk.rotational\". Sizes are unsigned: 10u, not 10. A disk has {}; \
             `system_disk` says whether Talos is on it.",
            FIELDS.join(", ")
        )))
    }
}

impl fmt::Display for DiskSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_about_disks_is_a_selector() {
        for text in [
            "disk.size > 10u * GB",
            "disk.transport == \"nvme\" && !disk.rotational",
            "glob(\"/dev/sd*\", disk.dev_path)",
        ] {
            assert!(DiskSelector::of(text).validate().is_ok(), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_the_place_and_the_way_to_write_it() {
        for (text, place) in [
            ("not cel (", "mismatched input 'cel'"),
            ("disk.size > 10", "applied to '(uint, int)'"),
            ("disk.sise > 10u", "undefined field 'sise'"),
            ("disk.dev_path", "expression output type is string"),
            ("", "mismatched input '<EOF>'"),
        ] {
            let error = DiskSelector::of(text).validate().expect_err(text);
            assert!(error.to_string().contains(place), "{text}: {error}");
        }
    }
}
