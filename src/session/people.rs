//! The last resort: the omniconfig file and the key that omnictl keeps for a person.
//!
//! Read only. A person's key lives for hours and is renewed by a login in a browser; nothing here opens one, because a plan must not.

use std::path::PathBuf;

use omni_client::Key;
use omni_client::omniconfig::{Context, Omniconfig};
use tfplugin::Diagnostic;

use super::environment::Environment;
use super::settings::with_causes;
use crate::provider::OmniConfig;

/// A context, and the file that it is in.
pub struct Found {
    /// The context.
    pub context: Context,
    /// Path of the file.
    pub file: String,
}

/// The context that the provider block or the environment names, or the current one of the file that omnictl uses.
///
/// # Errors
/// A file or context that was asked for and is not there. A file that nobody asked for may be missing.
pub fn context(
    config: &OmniConfig,
    environment: &Environment,
) -> Result<Option<Found>, Diagnostic> {
    let asked = config.omniconfig.is_known()
        || config.context.is_known()
        || environment.get(super::environment::OMNICONFIG).is_some();
    let unusable = |error: &dyn std::error::Error| {
        Diagnostic::error("Omniconfig cannot be used")
            .detail(format!("{}.", with_causes(error)))
            .remedy("Set `omniconfig` to the file's path and `context` to one of its contexts, or set `endpoint` and a key instead.")
            .at_attribute(if config.context.is_known() { "context" } else { "omniconfig" })
    };
    let path = match config.omniconfig.as_str() {
        Some(path) => PathBuf::from(path),
        None => match Omniconfig::locate(|name| environment.get(name).map(Into::into)) {
            Ok(path) => path,
            Err(_) if !asked => return Ok(None),
            Err(error) => return Err(unusable(&error)),
        },
    };
    let found =
        Omniconfig::read(&path).and_then(|file| file.context(config.context.as_str()).cloned());
    match found {
        Ok(context) => Ok(Some(Found {
            context,
            file: path.display().to_string(),
        })),
        Err(_) if !asked => Ok(None),
        Err(error) => Err(unusable(&error)),
    }
}

/// The key that omnictl keeps for the person of a context.
///
/// # Errors
/// The context names nobody, or the person has not logged in lately.
pub fn key(found: &Found, environment: &Environment) -> Result<Key, Diagnostic> {
    let Context { name, identity, .. } = &found.context;
    let no_key = |why: String| {
        Diagnostic::error("No key in the omniconfig")
            .detail(format!("The context {name:?} of {} has no key that can sign: {why}.", found.file))
            .remedy("Run `omnictl get clusters` once to log in, or set OMNI_SERVICE_ACCOUNT_KEY to the key of a service account.")
            .at_attribute("service_account_key")
    };
    let identity = identity
        .as_deref()
        .ok_or_else(|| no_key("it names no person".to_owned()))?;
    let file = format!("{name}-{identity}.pgp");
    let path = folders(environment)
        .into_iter()
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file());
    let path =
        path.ok_or_else(|| no_key(format!("{identity} has no key {file} on this machine")))?;
    let text = std::fs::read_to_string(&path).map_err(|error| no_key(with_causes(&error)))?;
    Key::from_armored(identity, &text).map_err(|error| no_key(with_causes(&error)))
}

/// Where omnictl keeps keys, the first place first.
fn folders(environment: &Environment) -> Vec<PathBuf> {
    let set = |name: &str| environment.get(name).map(PathBuf::from);
    let below_home = |path: &str| {
        set("HOME")
            .or_else(|| set("USERPROFILE"))
            .map(|home| home.join(path))
    };
    let own = set("SIDEROV1_KEYS_DIR");
    let talos = set("TALOS_HOME")
        .map(|home| home.join("keys"))
        .or_else(|| below_home(".talos/keys"));
    let data = set("XDG_DATA_HOME")
        .or_else(|| below_home(".local/share"))
        .map(|data| data.join("omni/keys"));
    [own, talos, data].into_iter().flatten().collect()
}
