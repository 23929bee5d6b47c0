//! Configuration files for talosctl and omnictl. They hold no secret: whoever uses them signs with a key of its own.

use omni_api::{Role, management as api};
use tonic::{Request, Status};

use super::{Management, context, unimplemented};

impl Management {
    pub(super) fn make_talosconfig(
        &self,
        request: &Request<api::TalosconfigRequest>,
    ) -> Result<api::TalosconfigResponse, Status> {
        let cluster = context::cluster(request);
        let wanted = request.get_ref();
        if wanted.raw || wanted.break_glass {
            context::with_role(request, Role::Admin)?;
            return unimplemented("its clusters have no certificates to hand out");
        }
        let caller = self.on_cluster(request, cluster.as_deref(), Role::Reader)?;
        let account = self.account();
        let (name, cluster) = match cluster {
            Some(cluster) => (
                format!("{account}-{cluster}"),
                format!("\n        cluster: {cluster}"),
            ),
            None => (account, String::new()),
        };
        let (api, identity) = (&self.endpoints.api, &caller.identity);
        let talosconfig = format!(
            "context: {name}\ncontexts:\n    {name}:\n        endpoints:\n            - {api}\n        auth:\n            \
             siderov1:\n                identity: {identity}{cluster}\n"
        );
        Ok(api::TalosconfigResponse {
            talosconfig: talosconfig.into_bytes(),
        })
    }

    pub(super) fn make_omniconfig(
        &self,
        request: &Request<()>,
    ) -> Result<api::OmniconfigResponse, Status> {
        let caller = context::signed(request)?;
        let (api, identity) = (&self.endpoints.api, &caller.identity);
        let omniconfig = format!(
            "contexts:\n    default:\n        url: {api}\n        auth:\n            siderov1:\n                \
             identity: {identity}\ncontext: default\n"
        );
        Ok(api::OmniconfigResponse {
            omniconfig: omniconfig.into_bytes(),
        })
    }
}
