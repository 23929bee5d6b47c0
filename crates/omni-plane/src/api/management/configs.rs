//! Configuration files for talosctl and omnictl. They hold no secret: whoever uses them signs with a key of its own. The ones that do
//! are made in [`break_glass`](super::break_glass).

use omni_api::{Role, management as api};
use tonic::{Request, Status};

use super::{Management, context};

impl Management {
    pub(super) async fn make_talosconfig(
        &self,
        request: Request<api::TalosconfigRequest>,
    ) -> Result<api::TalosconfigResponse, Status> {
        let cluster = context::cluster(&request);
        let wanted = *request.get_ref();
        let caller = if wanted.break_glass {
            context::with_role(&request, Role::Admin)?
        } else {
            self.on_cluster(&request, cluster.as_deref(), Role::Reader)?
        };
        if wanted.raw {
            // Omni gives it out to its own developers only.
            self.under_glass(cluster)?;
            return Err(Status::permission_denied("not allowed"));
        }
        if wanted.break_glass {
            return self.break_glass_talosconfig(&caller, cluster).await;
        }
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
