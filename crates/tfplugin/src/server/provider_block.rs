//! The provider block: checked, then turned into a session.

use tokio_util::sync::CancellationToken;

use super::panics::guarded;
use super::shared::{Shared, Start};
use super::wire;
use crate::objects::erased::decode;
use crate::objects::{Diagnostics, Provider};
use crate::proto::tfplugin6 as pb;
use crate::schema::{Object as _, walk};

impl<P: Provider> Shared<P> {
    pub(super) fn validate_provider(
        &self,
        q: &pb::validate_provider_config::Request,
    ) -> pb::validate_provider_config::Response {
        let checked = Self::check(
            P::Config::SCHEMA,
            &self.config_type,
            q.config.as_ref(),
            |config, diagnostics| match decode::<P::Config>(config) {
                Ok(config) => self.provider.validate(&config, diagnostics),
                Err(problems) => diagnostics.extend(problems),
            },
        );
        let diagnostics = checked.map_or_else(|problems| problems, |(_, diagnostics)| diagnostics);
        pb::validate_provider_config::Response {
            diagnostics: wire::diagnostics(diagnostics),
        }
    }

    pub(super) async fn configure(
        &self,
        cancel: CancellationToken,
        q: pb::configure_provider::Request,
    ) -> pb::configure_provider::Response {
        let mut told = Diagnostics::new();
        if let Err(problems) = self.try_configure(cancel, &q, &mut told).await {
            told.extend(problems);
        }
        pb::configure_provider::Response {
            diagnostics: wire::diagnostics(told),
        }
    }

    async fn try_configure(
        &self,
        cancel: CancellationToken,
        q: &pb::configure_provider::Request,
        told: &mut Diagnostics,
    ) -> Result<(), Diagnostics> {
        let config = wire::decode(q.config.as_ref(), &self.config_type)?;
        let config = decode::<P::Config>(&walk::with_defaults(P::Config::SCHEMA, &config))?;
        let start = Start {
            deferral_allowed: wire::deferral_allowed(q.client_capabilities),
            ..Start::default()
        };
        let cx = self.cx_without_session(cancel, &q.terraform_version, start);
        let outcome = guarded(self.provider.configure(&cx, config)).await;
        told.extend(cx.into_notes().diagnostics);
        let session = Self::told(outcome)?;
        self.configured(session, &q.terraform_version);
        Ok(())
    }
}
