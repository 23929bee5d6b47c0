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

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use semver::Version;
use serde::Deserialize;
use serde_json::Value;

const BUILT_IN: &str = include_str!("versions.json");

/// A checked table of versions.
#[derive(Debug, Clone)]
pub struct Versions {
    pub(super) revision: u64,
    pub(super) kubernetes: BTreeSet<Version>,
    pub(super) talos: BTreeMap<Version, TalosRow>,
    pub(super) extensions: Vec<ExtensionRow>,
    pub(super) cloud_platforms: BTreeMap<String, Value>,
    pub(super) metal_platforms: BTreeMap<String, Value>,
    pub(super) boards: BTreeMap<String, Value>,
    pub(super) media: BTreeMap<String, Value>,
}

/// A version of Talos.
#[derive(Debug, Clone)]
pub(super) struct TalosRow {
    /// The first and the last minor of Kubernetes 1 that run on it.
    pub(super) kubernetes: (u64, u64),
    pub(super) deprecated: bool,
    pub(super) unsupported: bool,
    pub(super) enterprise: bool,
}

/// A system extension.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExtensionRow {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    revision: u64,
    kubernetes: Vec<String>,
    talos: Vec<RawTalos>,
    #[serde(default)]
    extensions: Vec<ExtensionRow>,
    #[serde(default)]
    cloud_platforms: BTreeMap<String, Value>,
    #[serde(default)]
    metal_platforms: BTreeMap<String, Value>,
    #[serde(default)]
    boards: BTreeMap<String, Value>,
    #[serde(default)]
    media: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTalos {
    version: String,
    kubernetes: String,
    #[serde(default)]
    deprecated: bool,
    #[serde(default)]
    unsupported: bool,
    #[serde(default)]
    enterprise: bool,
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
        let raw: RawTable = serde_json::from_str(text).map_err(VersionsError::Form)?;
        let kubernetes = kubernetes(&raw.kubernetes)?;
        Ok(Self {
            talos: talos(&raw.talos, &kubernetes)?,
            revision: raw.revision,
            kubernetes,
            extensions: raw.extensions,
            cloud_platforms: raw.cloud_platforms,
            metal_platforms: raw.metal_platforms,
            boards: raw.boards,
            media: raw.media,
        })
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
    pub(super) fn kubernetes_on(&self, row: &TalosRow) -> impl Iterator<Item = &Version> {
        let (first, last) = row.kubernetes;
        self.kubernetes
            .iter()
            .filter(move |version| (first..=last).contains(&version.minor))
    }

    /// The Talos versions that one can go to from `from`: its own minor and the two beside it, oldest first.
    pub(super) fn talos_around<'a>(
        &'a self,
        from: &'a Version,
    ) -> impl Iterator<Item = &'a Version> {
        self.talos.keys().filter(move |to| {
            *to != from && to.major == from.major && to.minor.abs_diff(from.minor) <= 1
        })
    }
}

fn kubernetes(texts: &[String]) -> Result<BTreeSet<Version>, VersionsError> {
    let mut versions = BTreeSet::new();
    for (index, text) in texts.iter().enumerate() {
        let place = format!("kubernetes[{index}]");
        let version = version(&place, text)?;
        if let Some(version) = versions.replace(version) {
            return Err(VersionsError::Twice { place, version });
        }
    }
    if versions.is_empty() {
        return Err(VersionsError::Empty("kubernetes"));
    }
    Ok(versions)
}

fn talos(
    rows: &[RawTalos],
    kubernetes: &BTreeSet<Version>,
) -> Result<BTreeMap<Version, TalosRow>, VersionsError> {
    let mut table = BTreeMap::new();
    for (index, raw) in rows.iter().enumerate() {
        let version = version(&format!("talos[{index}].version"), &raw.version)?;
        let row = TalosRow {
            kubernetes: range(
                &format!("talos[{index}].kubernetes"),
                &raw.kubernetes,
                kubernetes,
            )?,
            deprecated: raw.deprecated,
            unsupported: raw.unsupported,
            enterprise: raw.enterprise,
        };
        if table.insert(version.clone(), row).is_some() {
            let place = format!("talos[{index}].version");
            return Err(VersionsError::Twice { place, version });
        }
    }
    if table.is_empty() {
        return Err(VersionsError::Empty("talos"));
    }
    Ok(table)
}

fn version(place: &str, text: &str) -> Result<Version, VersionsError> {
    Version::parse(text).map_err(|_| VersionsError::Version {
        place: place.to_owned(),
        text: text.to_owned(),
    })
}

fn range(
    place: &str,
    text: &str,
    kubernetes: &BTreeSet<Version>,
) -> Result<(u64, u64), VersionsError> {
    let bounds = text.split_once('-').and_then(|(first, last)| {
        let first = minor(first)?;
        let last = minor(last)?;
        (first <= last).then_some((first, last))
    });
    let (place, text) = (place.to_owned(), text.to_owned());
    let Some((first, last)) = bounds else {
        return Err(VersionsError::Range { place, text });
    };
    if kubernetes
        .iter()
        .any(|version| (first..=last).contains(&version.minor))
    {
        Ok((first, last))
    } else {
        Err(VersionsError::NothingRuns { place, text })
    }
}

fn minor(text: &str) -> Option<u64> {
    text.trim().strip_prefix("1.")?.parse().ok()
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
