//! Versions: read as tolerantly as Omni reads them, and looked up among those that exist.

use omni_api::kind;
use semver::Version;

use super::{Outcome, refuse};
use crate::Store;
use crate::release::{Release, Rule};
use crate::store::Key;

/// A version written `1.34.2`, `v1.34`, ` 1.34 `; the error is the text of Go's semver library.
pub(crate) fn parse_tolerant(text: &str) -> Result<Version, String> {
    let text = text.trim();
    let text = text.strip_prefix('v').unwrap_or(text);
    let mut parts: Vec<String> = text.splitn(3, '.').map(without_leading_zeros).collect();
    if parts.len() < 3 && parts.last().is_some_and(|last| last.contains(['+', '-'])) {
        return Err("Short version cannot contain PreRelease/Build meta data".to_owned());
    }
    while parts.len() < 3 {
        parts.push("0".to_owned());
    }
    for (part, name) in parts.iter().zip(["major", "minor"]) {
        number(part, name)?;
    }
    let patch = parts[2].split(['-', '+']).next().unwrap_or_default();
    number(patch, "patch")?;
    Version::parse(&parts.join(".")).map_err(|error| error.to_string())
}

fn without_leading_zeros(part: &str) -> String {
    if part.len() < 2 {
        return part.to_owned();
    }
    let trimmed = part.trim_start_matches('0');
    if trimmed.starts_with(|c: char| c.is_ascii_digit()) {
        trimmed.to_owned()
    } else {
        format!("0{trimmed}")
    }
}

fn number(part: &str, name: &str) -> Result<(), String> {
    if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(format!(
        "Invalid character(s) found in {name} number {part:?}"
    ))
}

/// The version is one of those that Omni offers: known, not deprecated unless the present one is, not beyond what this release supports.
pub(super) fn talos(store: &Store, current: Option<&str>, wanted: &str) -> Outcome {
    let Some(version) = store.peek::<kind::TalosVersion>(wanted) else {
        return refuse(unknown_talos(wanted));
    };
    let current = current.and_then(|current| store.peek::<kind::TalosVersion>(current));
    if version.spec.deprecated && !current.is_some_and(|current| current.spec.deprecated) {
        return refuse(format!("talos version {wanted:?} is no longer supported"));
    }
    if version.spec.unsupported && Release::of(store).keeps(Rule::TalosCap) {
        return refuse(format!(
            "talos version {wanted:?} is not supported by this Omni release"
        ));
    }
    Ok(())
}

pub(super) fn unknown_talos(wanted: &str) -> String {
    let missing = Key::of::<kind::TalosVersion>(wanted).at(omni_api::Version::UNDEFINED);
    format!("invalid talos version {wanted:?}: failed to get: resource {missing} doesn't exist")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_tolerantly() {
        let shown = |text: &str| parse_tolerant(text).map(|version| version.to_string());
        for (text, version) in [
            ("1.34.2", "1.34.2"),
            ("v1.34.2", "1.34.2"),
            (" 1.34 ", "1.34.0"),
            ("1", "1.0.0"),
            ("01.02.03", "1.2.3"),
            ("1.14.0-rc.1", "1.14.0-rc.1"),
            ("1.13.0-alpha.0-5-gabc", "1.13.0-alpha.0-5-gabc"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(version), "{text:?}");
        }
        assert_eq!(
            shown("banana"),
            Err("Invalid character(s) found in major number \"0banana\"".to_owned())
        );
        assert_eq!(
            shown("1.2-rc"),
            Err("Short version cannot contain PreRelease/Build meta data".to_owned())
        );
        assert!(shown("1.2.x").is_err());
    }
}
