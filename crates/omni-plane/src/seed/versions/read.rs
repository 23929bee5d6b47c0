//! Reads the table's JSON and checks it, with the place of the first mistake.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::Deserialize;
use serde_json::Value;

use super::{ExtensionRow, TalosRow, Versions, VersionsError};

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

/// The checked table.
pub(super) fn table(text: &str) -> Result<Versions, VersionsError> {
    let raw: RawTable = serde_json::from_str(text).map_err(VersionsError::Form)?;
    let kubernetes = kubernetes(&raw.kubernetes)?;
    Ok(Versions {
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
