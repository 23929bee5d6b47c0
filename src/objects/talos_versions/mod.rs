//! `omni_talos_versions`: the Talos versions that this Omni offers.

use omni_api::kind;
use tfplugin::objects::{Cx, DataSource};
use tfplugin::{Attr, Diagnostics, Object};

use crate::session::{Session, defer, explain};
use crate::values::Version;

/// The Talos versions that this Omni offers, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "talos_versions")]
pub struct TalosVersions {
    /// Also versions that Omni still knows but no longer supports for new clusters.
    #[attr(optional)]
    pub include_deprecated: Attr<bool>,
    /// The newest version that is no pre-release.
    #[attr(computed)]
    pub latest: Attr<String>,
    /// The versions.
    #[attr(computed)]
    pub versions: Attr<Vec<TalosVersion>>,
}

/// A Talos version.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct TalosVersion {
    /// The version, without a leading `v`.
    #[attr(computed)]
    pub version: Attr<String>,
    /// Kubernetes versions that run on it, oldest first.
    #[attr(computed)]
    pub kubernetes_versions: Attr<Vec<Attr<String>>>,
    /// Talos versions that it can be changed to in one step.
    #[attr(computed)]
    pub upgradable_to: Attr<Vec<Attr<String>>>,
    /// Whether Omni no longer supports it for new clusters.
    #[attr(computed)]
    pub deprecated: Attr<bool>,
}

/// The data source `omni_talos_versions`.
#[derive(Debug, Default)]
pub struct TalosVersionsDataSource;

// === impl TalosVersionsDataSource ===

impl DataSource for TalosVersionsDataSource {
    type Session = Session;
    type Model = TalosVersions;

    async fn read(
        &self,
        cx: &Cx<Session>,
        config: TalosVersions,
    ) -> Result<TalosVersions, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(config);
        }
        let client = cx.session().client().await?;
        let failed = |error| explain::failed("read the Talos versions", &error);
        let mut offered = client
            .cache()
            .list::<kind::TalosVersion>(None)
            .await
            .map_err(failed)?;
        let deprecated = config.include_deprecated == Attr::Known(true);
        offered.retain(|version| {
            !version.spec.unsupported && (deprecated || !version.spec.deprecated)
        });
        let ids = sorted(offered.iter().map(|version| version.id().to_owned()));
        offered.sort_by_key(|version| ids.iter().position(|id| id == version.id()));
        let latest = ids.iter().rev().find(|id| !id.contains('-')).cloned();
        let describe = |version: &omni_api::Resource<kind::TalosVersion>| TalosVersion {
            version: Attr::from(version.id()),
            kubernetes_versions: texts(sorted(
                version.spec.compatible_kubernetes_versions.iter().cloned(),
            )),
            upgradable_to: texts(sorted(
                version.spec.upgradable_talos_versions.iter().cloned(),
            )),
            deprecated: Attr::Known(version.spec.deprecated),
        };
        Ok(TalosVersions {
            latest: Attr::from(latest),
            versions: Attr::Known(offered.iter().map(describe).collect()),
            ..config
        })
    }
}

/// Versions in their order, oldest first; what is no version is left out.
pub fn sorted(versions: impl Iterator<Item = String>) -> Vec<String> {
    let mut versions: Vec<Version> = versions.filter_map(|text| Version::of(&text)).collect();
    versions.sort();
    versions.iter().map(Version::bare).collect()
}

/// Texts as a list attribute.
pub fn texts(texts: Vec<String>) -> Attr<Vec<Attr<String>>> {
    Attr::Known(texts.into_iter().map(Attr::Known).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_sorted_by_number_not_by_text() {
        let versions = ["1.10.0", "1.9.3", "1.13.8", "junk"].map(str::to_owned);
        assert_eq!(sorted(versions.into_iter()), ["1.9.3", "1.10.0", "1.13.8"]);
    }
}
