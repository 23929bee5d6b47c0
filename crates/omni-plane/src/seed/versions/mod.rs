//! What can run here: the versions of Talos and Kubernetes, extensions, platforms and installation media.
//!
//! A table beside this file is built in; `--versions FILE` puts another in its place. The file is JSON of the same form:
//!
//! * `revision`: a number; the built-in table counts it up, so that a newer binary refreshes an older store;
//! * `kubernetes`: all Kubernetes versions, `["1.35.6", …]`;
//! * `talos`: rows of `version`, `kubernetes` (first and last minor that run on it, `"1.31 - 1.36"`) and, where true,
//!   `deprecated`, `unsupported`, `enterprise`;
//! * `extensions`: rows of `name` and `description`, there for every Talos version;
//! * `cloud_platforms`, `metal_platforms`, `boards`, `media`: specs by id, in Omni's own JSON; may be left out.
//!
//! A [`Versions`] has passed every check: versions parse, none appears twice, every Talos version runs some Kubernetes.

mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use semver::Version;
use serde::Deserialize;
use serde_json::Value;

const BUILT_IN: &str = include_str!("../versions.json");

/// A checked table of versions.
#[derive(Debug, Clone)]
pub struct Versions {
    pub(in crate::seed) revision: u64,
    pub(in crate::seed) kubernetes: BTreeSet<Version>,
    pub(in crate::seed) talos: BTreeMap<Version, TalosRow>,
    pub(in crate::seed) extensions: Vec<ExtensionRow>,
    pub(in crate::seed) cloud_platforms: BTreeMap<String, Value>,
    pub(in crate::seed) metal_platforms: BTreeMap<String, Value>,
    pub(in crate::seed) boards: BTreeMap<String, Value>,
    pub(in crate::seed) media: BTreeMap<String, Value>,
}

/// A version of Talos.
#[derive(Debug, Clone)]
pub(in crate::seed) struct TalosRow {
    /// The first and the last minor of Kubernetes 1 that run on it.
    pub(in crate::seed) kubernetes: (u64, u64),
    pub(in crate::seed) deprecated: bool,
    pub(in crate::seed) unsupported: bool,
    pub(in crate::seed) enterprise: bool,
}

/// A system extension.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::seed) struct ExtensionRow {
    pub(in crate::seed) name: String,
    #[serde(default)]
    pub(in crate::seed) description: String,
}

/// Why a table of versions cannot be used. Paths are JSON places such as `talos[3].kubernetes`.
#[derive(Debug, thiserror::Error)]
pub enum VersionsError {
    /// The file cannot be read.
    #[error("the versions file {path:?} cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The text is no JSON of the right form.
    #[error("the versions table is not of the right form")]
    Form(#[source] serde_json::Error),
    /// A text is no version.
    #[error("{place}: {text:?} is no version of three numbers, such as \"1.35.6\"")]
    Version {
        /// Where.
        place: String,
        /// What stands there.
        text: String,
    },
    /// A range of Kubernetes minors cannot be read.
    #[error("{place}: {text:?} is no range of minors, such as \"1.31 - 1.36\"")]
    Range {
        /// Where.
        place: String,
        /// What stands there.
        text: String,
    },
    /// A version appears twice.
    #[error("{place}: {version} appears twice")]
    Twice {
        /// Where.
        place: String,
        /// Which.
        version: Version,
    },
    /// A Talos version on which none of the Kubernetes versions runs.
    #[error("{place}: none of the Kubernetes versions of the table is in {text:?}")]
    NothingRuns {
        /// Where.
        place: String,
        /// The range that stands there.
        text: String,
    },
    /// A list that must not be empty is.
    #[error("{0}: the list is empty")]
    Empty(&'static str),
}

// === impl Versions ===

impl Versions {
    /// The table of this binary.
    ///
    /// # Panics
    /// Never: a test reads the same text.
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).expect("the built-in table passes its own checks (tested)")
    }

    /// The table in a file.
    ///
    /// # Errors
    /// [`VersionsError`], with the place of the first mistake.
    pub fn read(path: &Path) -> Result<Self, VersionsError> {
        let text = std::fs::read_to_string(path).map_err(|source| VersionsError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text)
    }

    /// The table in a text.
    ///
    /// # Errors
    /// [`VersionsError`], with the place of the first mistake.
    pub fn parse(text: &str) -> Result<Self, VersionsError> {
        read::table(text)
    }

    /// The newest version of Talos that is neither deprecated nor unsupported: what new machines boot.
    pub fn newest_talos(&self) -> Option<&Version> {
        self.talos
            .iter()
            .rev()
            .find(|(_, row)| !row.deprecated && !row.unsupported)
            .map(|(version, _)| version)
    }

    /// The Kubernetes versions that run on a row's Talos, oldest first.
    pub(in crate::seed) fn kubernetes_on(&self, row: &TalosRow) -> impl Iterator<Item = &Version> {
        let (first, last) = row.kubernetes;
        self.kubernetes
            .iter()
            .filter(move |version| (first..=last).contains(&version.minor))
    }

    /// The Talos versions that one can go to from `from`: its own minor and the two beside it, oldest first.
    pub(in crate::seed) fn talos_around<'a>(
        &'a self,
        from: &'a Version,
    ) -> impl Iterator<Item = &'a Version> {
        self.talos.keys().filter(move |to| {
            *to != from && to.major == from.major && to.minor.abs_diff(from.minor) <= 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(kubernetes: &str, talos: &str) -> Result<Versions, VersionsError> {
        Versions::parse(&format!(
            r#"{{"revision": 1, "kubernetes": {kubernetes}, "talos": {talos}}}"#
        ))
    }

    #[test]
    fn the_built_in_table_passes_the_checks() {
        let versions = Versions::built_in();
        assert_eq!(versions.newest_talos(), Some(&Version::new(1, 13, 8)));
        assert_eq!(versions.talos.len(), 20);
        assert_eq!(versions.kubernetes.len(), 66);
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let message = |kubernetes: &str, talos: &str| {
            table(kubernetes, talos).expect_err("a mistake").to_string()
        };
        let good = r#"[{"version": "1.13.0", "kubernetes": "1.34 - 1.36"}]"#;
        assert_eq!(
            message(r#"["1.35"]"#, good),
            r#"kubernetes[0]: "1.35" is no version of three numbers, such as "1.35.6""#
        );
        assert_eq!(
            message(r#"["1.35.0", "1.35.0"]"#, good),
            "kubernetes[1]: 1.35.0 appears twice"
        );
        assert_eq!(message("[]", good), "kubernetes: the list is empty");
        assert_eq!(message(r#"["1.35.0"]"#, "[]"), "talos: the list is empty");
        let range = r#"[{"version": "1.13.0", "kubernetes": "1.36 - 1.34"}]"#;
        assert_eq!(
            message(r#"["1.35.0"]"#, range),
            r#"talos[0].kubernetes: "1.36 - 1.34" is no range of minors, such as "1.31 - 1.36""#
        );
        let nothing = r#"[{"version": "1.13.0", "kubernetes": "1.31 - 1.32"}]"#;
        assert_eq!(
            message(r#"["1.35.0"]"#, nothing),
            r#"talos[0].kubernetes: none of the Kubernetes versions of the table is in "1.31 - 1.32""#
        );
    }

    #[test]
    fn an_unknown_word_or_a_missing_file_is_refused() {
        let unknown = r#"{"revision": 1, "kubernetes": [], "talos": [], "tallos": []}"#;
        assert!(matches!(
            Versions::parse(unknown),
            Err(VersionsError::Form(_))
        ));
        let missing = Versions::read(Path::new("/nonexistent/versions.json"));
        assert!(matches!(missing, Err(VersionsError::Read { .. })));
    }
}
