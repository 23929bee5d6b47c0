//! The table of versions as resources.
//!
//! Every list refers only to what the same table holds: a Talos version offers the upgrades and the Kubernetes versions of the
//! table and no others.

use omni_api::kind::{self, Kind, namespace};
use omni_api::reflect::{self, ReflectError};
use omni_api::specs::{
    KubernetesVersionSpec, QuirksSpec, TalosExtensionsSpec, TalosVersionSpec, talos_extensions_spec,
};
use omni_api::{AnyResource, Resource};
use semver::Version;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::versions::{ExtensionRow, TalosRow, Versions};
use crate::store::{Query, Store};

/// Where Talos images come from.
pub(crate) const IMAGE_FACTORY: &str = "https://factory.talos.dev";

/// The Talos version that counts where nobody names one: Omni's own choice.
const DEFAULT_TALOS: &str = "1.13.8";

/// The kinds that this module writes: what stands there and is not in the table goes.
pub(super) const KINDS: [(&str, &str); 8] = [
    (namespace::DEFAULT, kind::TalosVersion::TYPE),
    (namespace::DEFAULT, kind::KubernetesVersion::TYPE),
    (namespace::DEFAULT, kind::TalosExtensions::TYPE),
    (namespace::VIRTUAL, kind::Quirks::TYPE),
    (namespace::VIRTUAL, kind::CloudPlatformConfig::TYPE),
    (namespace::VIRTUAL, kind::MetalPlatformConfig::TYPE),
    (namespace::VIRTUAL, kind::SbcConfig::TYPE),
    (namespace::EPHEMERAL, kind::InstallationMedia::TYPE),
];

/// A spec of the table that does not fit its kind.
#[derive(Debug, thiserror::Error)]
#[error("{place}: the spec does not fit")]
pub struct MisfitError {
    place: String,
    #[source]
    source: ReflectError,
}

/// All resources of the table, for an account of this name.
pub(super) fn resources(
    versions: &Versions,
    account: &str,
) -> Result<Vec<AnyResource>, MisfitError> {
    let mut all: Vec<AnyResource> = Vec::new();
    for version in &versions.kubernetes {
        let spec = KubernetesVersionSpec {
            version: version.to_string(),
        };
        all.push(owned(
            "VersionsController",
            Resource::<kind::KubernetesVersion>::new(&version.to_string(), spec),
        ));
    }
    for (version, row) in &versions.talos {
        let id = version.to_string();
        let talos = talos(versions, version, row);
        all.push(owned(
            "VersionsController",
            Resource::<kind::TalosVersion>::new(&id, talos),
        ));
        let extensions = extensions(&versions.extensions, version);
        all.push(owned(
            "TalosExtensionsController",
            Resource::<kind::TalosExtensions>::new(&id, extensions),
        ));
        all.push(owned(
            "",
            Resource::<kind::Quirks>::new(&id, quirks(version)),
        ));
    }
    lists(versions, account, &mut all)?;
    Ok(all)
}

/// What of a table that stands in the file does not outlive the process: the lists of this release, and the quirks of the versions that are there.
pub(super) fn fleeting(
    versions: &Versions,
    account: &str,
    store: &Store,
) -> Result<Vec<AnyResource>, MisfitError> {
    let mut all = Vec::new();
    let kept = store.ids(namespace::DEFAULT, kind::TalosVersion::TYPE, &Query::all());
    for version in kept.iter().filter_map(|id| Version::parse(id).ok()) {
        let quirks = Resource::<kind::Quirks>::new(&version.to_string(), quirks(&version));
        all.push(owned("", quirks));
    }
    lists(versions, account, &mut all)?;
    Ok(all)
}

/// The Talos version that counts where nobody names one; of a table without Omni's own choice the newest that is usable.
pub(crate) fn default_talos(store: &Store) -> String {
    if store.peek::<kind::TalosVersion>(DEFAULT_TALOS).is_some() {
        return DEFAULT_TALOS.to_owned();
    }
    let versions = store.peek_all::<kind::TalosVersion>(&Query::all());
    let usable = versions
        .iter()
        .filter(|version| !version.spec.deprecated && !version.spec.unsupported);
    let parsed = usable.filter_map(|version| Version::parse(version.id()).ok());
    let newest = parsed.filter(|version| version.pre.is_empty()).max();
    newest.map_or_else(|| DEFAULT_TALOS.to_owned(), |version| version.to_string())
}

fn talos(versions: &Versions, version: &Version, row: &TalosRow) -> TalosVersionSpec {
    TalosVersionSpec {
        version: version.to_string(),
        compatible_kubernetes_versions: versions
            .kubernetes_on(row)
            .map(Version::to_string)
            .collect(),
        deprecated: row.deprecated,
        upgradable_talos_versions: versions
            .talos_around(version)
            .map(Version::to_string)
            .collect(),
        unsupported: row.unsupported,
        image_factory_url: IMAGE_FACTORY.to_owned(),
        is_enterprise: row.enterprise,
    }
}

/// The digest is that of the reference's text: there is no image, but a digest that changes with what it names.
fn extensions(rows: &[ExtensionRow], talos: &Version) -> TalosExtensionsSpec {
    let items = rows.iter().map(|row| {
        let reference = format!("ghcr.io/{}:{talos}", row.name);
        talos_extensions_spec::Info {
            name: row.name.clone(),
            author: "Sidero Labs".to_owned(),
            version: talos.to_string(),
            description: row.description.clone(),
            digest: format!("sha256:{}", hex::encode(Sha256::digest(&reference))),
            r#ref: reference,
        }
    });
    TalosExtensionsSpec {
        items: items.collect(),
    }
}

fn quirks(talos: &Version) -> QuirksSpec {
    QuirksSpec {
        supports_unified_installer: talos.minor >= 10,
        supports_factory_talosctl: talos.minor >= 11,
        supports_embedded_config: talos.minor >= 12,
    }
}

fn lists(
    versions: &Versions,
    account: &str,
    all: &mut Vec<AnyResource>,
) -> Result<(), MisfitError> {
    for (id, json) in &versions.cloud_platforms {
        all.push(listed::<kind::CloudPlatformConfig>(
            "cloud_platforms",
            id,
            json,
        )?);
    }
    for (id, json) in &versions.metal_platforms {
        all.push(listed::<kind::MetalPlatformConfig>(
            "metal_platforms",
            id,
            json,
        )?);
    }
    for (id, json) in &versions.boards {
        all.push(listed::<kind::SbcConfig>("boards", id, json)?);
    }
    for (id, json) in &versions.media {
        let media = listed::<kind::InstallationMedia>("media", id, json)?;
        all.push(named(media, account));
    }
    Ok(())
}

fn listed<K: Kind>(list: &str, id: &str, json: &Value) -> Result<AnyResource, MisfitError> {
    let spec = reflect::from_json(K::FACTS.spec, json).map_err(|source| MisfitError {
        place: format!("{list}.{id}"),
        source,
    })?;
    let mut any = Resource::<K>::new(id, K::Spec::default()).to_any();
    any.spec = spec;
    Ok(any)
}

/// A file that is downloaded here carries the account's name.
fn named(mut media: AnyResource, account: &str) -> AnyResource {
    if let Ok(mut typed) = media.typed::<kind::InstallationMedia>() {
        typed.spec.dest_file_prefix = format!("{}-omni-{account}", typed.spec.dest_file_prefix);
        media = owned("InstallationMediaController", typed);
    }
    media
}

fn owned<K: Kind>(owner: &str, mut resource: Resource<K>) -> AnyResource {
    owner.clone_into(&mut resource.metadata.owner);
    resource.to_any()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::seed::testing::{RUNNING, texts};

    /// Our specs as JSON, by type and id.
    fn ours() -> BTreeMap<(String, String), Value> {
        resources(&Versions::built_in(), "lab")
            .expect("it fits")
            .into_iter()
            .map(|any| {
                let facts = kind::find(&any.metadata.type_name).expect("a known kind");
                let json = reflect::to_json(facts.spec, &any.spec).expect("our own bytes");
                let (type_name, id) = (&any.metadata.type_name, &any.metadata.id);
                ((type_name.to_string(), id.to_string()), json)
            })
            .collect()
    }

    /// What differs on purpose: the image factory, made-up extensions, upgrades to versions that the recording left out.
    fn comparable(type_name: &str, mut spec: Value, known: &[String]) -> Value {
        if type_name == kind::TalosVersion::TYPE {
            spec["image_factory_url"] = Value::Null;
            let upgrades = texts(&spec["upgradable_talos_versions"]);
            let mut upgrades: Vec<_> = upgrades
                .into_iter()
                .filter(|to| known.contains(to))
                .collect();
            upgrades.sort();
            spec["upgradable_talos_versions"] = upgrades.into();
        }
        if type_name == kind::TalosExtensions::TYPE {
            let names = spec["items"].as_array().into_iter().flatten();
            return names.map(|item| item["name"].clone()).collect();
        }
        spec
    }

    #[test]
    fn the_catalog_is_that_of_a_running_omni() {
        let ours = ours();
        let known: Vec<String> = ours
            .keys()
            .filter(|(type_name, _)| type_name == kind::TalosVersion::TYPE)
            .map(|(_, id)| id.clone())
            .collect();
        let mut compared = 0;
        for row in RUNNING
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        {
            let type_name = row["type"].as_str().unwrap_or_default();
            let id = row["id"].as_str().unwrap_or_default();
            let older_talos =
                type_name == kind::Quirks::TYPE && !known.iter().any(|known| known == id);
            if older_talos || !KINDS.iter().any(|(_, kind)| *kind == type_name) {
                continue;
            }
            let spec = ours.get(&(type_name.to_owned(), id.to_owned()));
            let spec = spec.unwrap_or_else(|| panic!("{type_name} {id} is missing"));
            assert_eq!(
                comparable(type_name, spec.clone(), &known),
                comparable(type_name, row["spec"].clone(), &known),
                "{type_name} {id}"
            );
            compared += 1;
        }
        assert!(compared > 200, "only {compared} were compared");
    }

    #[test]
    fn a_spec_that_does_not_fit_is_named() {
        let text = r#"{"revision": 1, "kubernetes": ["1.35.0"],
            "talos": [{"version": "1.13.0", "kubernetes": "1.35 - 1.35"}], "boards": {"rpi": {"colour": "red"}}}"#;
        let versions = Versions::parse(text).expect("the form is right");
        let error = resources(&versions, "lab").expect_err("an unknown field");
        assert_eq!(error.to_string(), "boards.rpi: the spec does not fit");
    }
}
