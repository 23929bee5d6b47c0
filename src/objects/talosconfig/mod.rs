//! `omni_talosconfig`: access to the Talos API of machines through Omni, never in a state.

use omni_api::kind;
use tfplugin::objects::{Cx, Ephemeral, Opened};
use tfplugin::types::Secret;
use tfplugin::{Attr, Diagnostics, Object};

use crate::objects::kubeconfig::too_early;
use crate::session::{Session, explain};

/// A talosconfig: access to the Talos API of the machines of a cluster, or of the whole account, through Omni. It is never in a plan or a
/// state, and holds no key: whoever uses it signs with a key of their own.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "talosconfig")]
pub struct Talosconfig {
    /// Name of the cluster; without it the talosconfig is for the whole account.
    #[attr(optional)]
    pub cluster: Attr<String>,
    /// The whole talosconfig, YAML.
    #[attr(computed, sensitive)]
    pub raw: Attr<Secret>,
}

/// The ephemeral resource `omni_talosconfig`.
#[derive(Debug, Default)]
pub struct TalosconfigEphemeral;

// === impl TalosconfigEphemeral ===

impl Ephemeral for TalosconfigEphemeral {
    type Session = Session;
    type Model = Talosconfig;

    async fn open(
        &self,
        cx: &Cx<Session>,
        config: Talosconfig,
    ) -> Result<Opened<Talosconfig>, Diagnostics> {
        let client = cx.session().client().await?;
        let cluster = config.cluster.as_str();
        let failed = |error| explain::failed("get a talosconfig", &error);
        if let Some(cluster) = cluster
            && client
                .cache()
                .get::<kind::Cluster>(cluster, None)
                .await
                .map_err(failed)?
                .is_none()
        {
            return Err(too_early(cluster).into());
        }
        let text = client
            .management()
            .talosconfig(cluster)
            .await
            .map_err(failed)?;
        Ok(Talosconfig {
            raw: Attr::Known(Secret::new(text.expose())),
            ..config
        }
        .into())
    }
}
