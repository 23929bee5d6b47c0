//! `omni_service_account_key`: a key pair made here and now, never in a state.

use jiff::{SignedDuration, Timestamp};
use omni_client::{AccountName, GeneratedKey};
use tfplugin::objects::{Cx, Ephemeral, Opened};
use tfplugin::types::{Duration, Secret};
use tfplugin::{Attr, Diagnostic, Diagnostics, Object};

use crate::objects::shared::account_key;
use crate::session::Session;

/// A key pair for a service account, made on this machine. Omni never sees the private half.
///
/// A new pair is made on every run. Register it with a write-only attribute (`key_wo` of `omni_infra_provider` and `omni_service_account`), which takes it only when its
/// version changes, and write the same value to a vault under the same version.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "service_account_key")]
pub struct ServiceAccountKey {
    /// Name of the service account; `infra-provider:<id>` for an infrastructure provider.
    #[attr(required)]
    pub name: Attr<String>,
    /// How long the key stays valid, at most one year; one year where it is not set.
    #[attr(optional)]
    pub ttl: Attr<Duration>,
    /// The key, as the account's owner needs it: `OMNI_SERVICE_ACCOUNT_KEY`.
    #[attr(computed, sensitive)]
    pub key: Attr<Secret>,
    /// The public half, an armored OpenPGP key.
    #[attr(computed)]
    pub public_key: Attr<String>,
    /// Fingerprint of the key.
    #[attr(computed)]
    pub public_key_id: Attr<String>,
    /// When the key ends, RFC 3339.
    #[attr(computed)]
    pub expires_at: Attr<String>,
}

/// The ephemeral resource `omni_service_account_key`.
#[derive(Debug, Default)]
pub struct ServiceAccountKeyEphemeral;

// === impl ServiceAccountKeyEphemeral ===

impl Ephemeral for ServiceAccountKeyEphemeral {
    type Session = Session;
    type Model = ServiceAccountKey;

    fn validate(&self, config: &ServiceAccountKey, diagnostics: &mut Diagnostics) {
        if let Some(name) = config.name.as_str()
            && let Err(error) = name.parse::<AccountName>()
        {
            diagnostics.push(
                Diagnostic::error("Invalid name of a service account")
                    .detail(format!("{error}."))
                    .at_attribute("name"),
            );
        }
        diagnostics.extend(account_key::review::lifetime(&config.ttl));
    }

    async fn open(
        &self,
        _: &Cx<Session>,
        config: ServiceAccountKey,
    ) -> Result<Opened<ServiceAccountKey>, Diagnostics> {
        let failed = |error: &dyn std::error::Error| {
            Diagnostic::error("Could not make a key").detail(format!("{error}."))
        };
        let name: AccountName = config
            .name
            .as_str()
            .unwrap_or_default()
            .parse()
            .map_err(|error| failed(&error))?;
        let ttl = config
            .ttl
            .as_known()
            .map_or(account_key::review::YEAR, Duration::get);
        let ttl = SignedDuration::try_from(ttl).unwrap_or(SignedDuration::MAX);
        let made =
            GeneratedKey::new(&name, ttl, Timestamp::now()).map_err(|error| failed(&error))?;
        let result = ServiceAccountKey {
            key: Attr::Known(Secret::new(made.text.expose())),
            public_key: Attr::Known(made.public),
            public_key_id: Attr::from(made.key.fingerprint()),
            expires_at: Attr::from(made.key.expires().map(|end| end.to_string())),
            ..config
        };
        Ok(result.into())
    }
}
