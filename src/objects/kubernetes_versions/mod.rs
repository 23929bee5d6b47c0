//! `omni_kubernetes_versions`: the Kubernetes versions that this Omni offers.

use omni_api::kind;
use tfplugin::objects::{Cx, DataSource};
use tfplugin::{Attr, Diagnostic, Diagnostics, Object};

use crate::objects::talos_versions::{sorted, texts};
use crate::session::{Session, defer, explain};
use crate::values::Version;

/// The Kubernetes versions that this Omni offers, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "kubernetes_versions")]
pub struct KubernetesVersions {
    /// Only versions that run on this Talos version.
    #[attr(optional)]
    pub talos_version: Attr<Version>,
    /// The newest of `versions`.
    #[attr(computed)]
    pub latest: Attr<String>,
    /// The versions, without a leading `v`.
    #[attr(computed)]
    pub versions: Attr<Vec<Attr<String>>>,
}

/// The data source `omni_kubernetes_versions`.
#[derive(Debug, Default)]
pub struct KubernetesVersionsDataSource;

// === impl KubernetesVersionsDataSource ===

impl DataSource for KubernetesVersionsDataSource {
    type Session = Session;
    type Model = KubernetesVersions;

    async fn read(
        &self,
        cx: &Cx<Session>,
        config: KubernetesVersions,
    ) -> Result<KubernetesVersions, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(config);
        }
        let client = cx.session().client().await?;
        let failed = |error| explain::failed("read the Kubernetes versions", &error);
        let versions = match &config.talos_version {
            Attr::Known(talos) => {
                let offered = client
                    .cache()
                    .get::<kind::TalosVersion>(&talos.bare(), None)
                    .await
                    .map_err(failed)?;
                offered
                    .ok_or_else(|| no_talos(talos))?
                    .spec
                    .compatible_kubernetes_versions
            }
            Attr::Null | Attr::Unknown => {
                let all = client
                    .cache()
                    .list::<kind::KubernetesVersion>(None)
                    .await
                    .map_err(failed)?;
                all.iter().map(|version| version.id().to_owned()).collect()
            }
        };
        let versions = sorted(versions.into_iter());
        let latest = versions
            .iter()
            .rev()
            .find(|version| !version.contains('-'))
            .cloned();
        Ok(KubernetesVersions {
            latest: Attr::from(latest),
            versions: texts(versions),
            ..config
        })
    }
}

fn no_talos(talos: &Version) -> Diagnostic {
    Diagnostic::error("Talos version does not exist")
        .detail(format!("Talos {talos} is not offered by this Omni."))
        .remedy("The data source omni_talos_versions lists those that are.")
        .at_attribute("talos_version")
}
