//! What the server of a plan lacks, found where an object needs it.
//!
//! Contract: a kind, a call or a field is found missing by what the server shows ([`omni_client::capabilities`]), never by its version;
//! the version stands in the message only. What to do instead is the object's own to say.

use omni_api::{Kind, kind};
use omni_client::Client;
use tfplugin::{Diagnostic, Path};

use crate::readiness::wait::capital;
use crate::session::explain;

/// Something that the server does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// The server's version, for a message.
    pub version: String,
}

// === impl Lack ===

impl Lack {
    /// The message that the server does not support what stands at `path`; `why` completes "This Omni (v1.10.4) …".
    pub fn of(&self, what: &str, why: &str, path: Path) -> Diagnostic {
        Diagnostic::error(format!("{} not supported by this Omni", capital(what)))
            .detail(format!("This Omni ({}) {why}", self.version))
            .at(path)
    }

    /// The message that an object of the state cannot be read, because the server has no such kind.
    pub fn of_kind<K: Kind>(&self, noun: &str, id: &str) -> Diagnostic {
        let kind = K::TYPE.split('.').next().unwrap_or_default();
        Diagnostic::error(format!("{} not supported by this Omni", capital(noun)))
            .detail(format!(
                "The state has the {noun} {id:?}, and this Omni ({}) has no {kind}: the object was made by another one, or before a downgrade.",
                self.version
            ))
            .remedy("Set the endpoint back to the Omni that has the object, or remove it from the state with a `removed` block.")
    }
}

/// Finds out whether the server has a kind; what it lacks, where it has not.
///
/// # Errors
/// A read that failed.
pub async fn lacks_kind<K: Kind>(client: &Client) -> Result<Option<Lack>, Diagnostic> {
    let capabilities = client
        .capabilities()
        .await
        .map_err(|error| unread(&error))?;
    if capabilities.has::<K>() {
        return Ok(None);
    }
    lack(client).await.map(Some)
}

/// Finds out whether the server knows a field, by how it renders the resource `id` of a kind that has had it from the beginning.
///
/// # Errors
/// A read that failed.
pub async fn lacks_field<K: Kind>(
    client: &Client,
    id: &str,
    field: &'static str,
) -> Result<Option<Lack>, Diagnostic> {
    match client
        .knows_field::<K>(id, field)
        .await
        .map_err(|error| unread(&error))?
    {
        Some(true) | None => Ok(None),
        Some(false) => lack(client).await.map(Some),
    }
}

/// Finds out whether the server lets clusters switch the public discovery service off. The answer came with the field of the contract
/// that says for which Talos versions.
///
/// # Errors
/// A read that failed.
pub async fn lacks_discovery_switch(
    client: &Client,
    talos: &str,
) -> Result<Option<Lack>, Diagnostic> {
    lacks_field::<kind::VersionContract>(client, talos, "discovery_service_multidoc_config").await
}

/// Finds out whether the server knows more than one image factory: presets and versions then name theirs.
///
/// # Errors
/// A read that failed.
pub async fn lacks_second_factory(client: &Client) -> Result<Option<Lack>, Diagnostic> {
    let field = "secondary_image_factory_base_url";
    lacks_field::<kind::FeaturesConfig>(client, "features-config", field).await
}

/// Finds out whether the server puts machine configurations into images: it then says for which Talos versions.
///
/// # Errors
/// A read that failed.
pub async fn lacks_embedded_config(
    client: &Client,
    talos: Option<&str>,
) -> Result<Option<Lack>, Diagnostic> {
    let talos = talos.unwrap_or(ANY_TALOS);
    lacks_field::<kind::Quirks>(client, talos, "supports_embedded_config").await
}

/// Finds out whether the server knows the role Auditor. No kind or field came with the role itself; the contract's field came two days
/// later, and no release has one without the other.
///
/// # Errors
/// A read that failed.
pub async fn lacks_auditor(client: &Client) -> Result<Option<Lack>, Diagnostic> {
    lacks_discovery_switch(client, ANY_TALOS).await
}

/// A Talos version that every server knows the contract of.
const ANY_TALOS: &str = "1.13.0";

async fn lack(client: &Client) -> Result<Lack, Diagnostic> {
    let server = client.server().await.map_err(|error| unread(&error))?;
    Ok(Lack {
        version: server.name(),
    })
}

fn unread(error: &omni_client::Error) -> Diagnostic {
    explain::failed("find out what this Omni supports", error)
}
