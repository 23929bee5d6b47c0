//! The data source `omni_service_account`: an account as it is now, with its keys.

use std::collections::BTreeSet;
use std::time::Duration;

use omni_api::kind;
use omni_client::{Client, Error};
use tfplugin::objects::{Cx, DataSource};
use tfplugin::{Attr, Diagnostic, Diagnostics, Object};

use super::{convert, review};
use crate::objects::shared::accounts;
use crate::readiness::wait;
use crate::session::{Session, defer, explain};

/// How long Omni's controllers may take to list an account that exists.
const LISTED: Duration = Duration::from_secs(10);

/// A service account as it is now.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "service_account")]
pub struct ServiceAccountData {
    /// Name of the account.
    #[attr(required)]
    pub name: Attr<String>,
    /// Full id of the account: `<name>@serviceaccount.omni.sidero.dev`.
    #[attr(computed)]
    pub id: Attr<String>,
    /// What the account may do.
    #[attr(computed)]
    pub role: Attr<String>,
    /// When the last of its keys ends, RFC 3339; null where it has none.
    #[attr(computed)]
    pub expiration: Attr<String>,
    /// When the account was last used, RFC 3339; null when never.
    #[attr(computed)]
    pub last_active: Attr<String>,
    /// Fingerprints of its keys.
    #[attr(computed)]
    pub public_key_ids: Attr<BTreeSet<String>>,
}

/// The data source `omni_service_account`.
#[derive(Debug, Default)]
pub struct ServiceAccountDataSource;

// === impl ServiceAccountDataSource ===

impl DataSource for ServiceAccountDataSource {
    type Session = Session;
    type Model = ServiceAccountData;

    fn validate(&self, config: &ServiceAccountData, diagnostics: &mut Diagnostics) {
        if let Some(text) = config.name.as_str() {
            diagnostics.extend(review::name(text).err());
        }
    }

    async fn read(
        &self,
        cx: &Cx<Session>,
        config: ServiceAccountData,
    ) -> Result<ServiceAccountData, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(config);
        }
        let client = cx.session().client().await?;
        let id = config.name.as_str().unwrap_or_default();
        let full_id = review::name(id)?.full_id();
        let failed = |error| explain::failed(&format!("read the service account {id:?}"), &error);
        let account = accounts::read_now(client, &full_id).await.map_err(failed)?;
        let account = account.ok_or_else(|| missing(id))?;
        let status = listed(client, &full_id).await.map_err(failed)?;
        let status = status.ok_or_else(|| not_listed(id))?;
        let seen = client
            .cache()
            .get::<kind::IdentityStatus>(&full_id, None)
            .await
            .map_err(failed)?;
        let last_active = seen.map(|seen| seen.spec.last_active);
        let role = account.user.map(|user| user.spec.role);
        Ok(ServiceAccountData {
            id: Attr::Known(full_id),
            role: Attr::from(role),
            expiration: Attr::from(convert::text(status.spec.expiration.as_ref())),
            last_active: Attr::from(last_active.filter(|text| !text.is_empty())),
            public_key_ids: Attr::Known(
                status
                    .spec
                    .public_keys
                    .into_iter()
                    .map(|key| key.id)
                    .collect(),
            ),
            ..config
        })
    }
}

/// The status of an account that exists; it may come a moment later than the account.
async fn listed(client: &Client, id: &str) -> Result<Option<convert::Status>, Error> {
    let appeared = wait::appeared::<kind::ServiceAccountStatus>(client, id);
    match tokio::time::timeout(LISTED, appeared).await {
        Ok(status) => status.map(Some),
        Err(_) => Ok(None),
    }
}

fn missing(id: &str) -> Diagnostic {
    Diagnostic::error("No such service account")
        .detail(format!("There is no service account {id:?} in this account of Omni."))
        .remedy("Check the name, or read it from the resource that creates the account so that Terraform waits for it.")
        .at_attribute("name")
}

fn not_listed(id: &str) -> Diagnostic {
    Diagnostic::error("Omni does not list the service account")
        .detail(format!(
            "The service account {id:?} exists, but Omni has not listed its keys within {LISTED:?}."
        ))
        .remedy("Try again.")
        .at_attribute("name")
}
