//! What this server has: kinds of resources, and fields of their specs.
//!
//! Releases of one API version differ. What a server has is asked of the server itself: it publishes a definition of each kind that it
//! has registered, and renders each resource with all fields that it knows, also those that are not set. The definitions are read at
//! the first question, once per client.
//!
//! # Guarantees
//! A kind or field is only said to be missing where the server has shown that it is. Where it has shown nothing (an account that may not
//! read the definitions, a resource without a rendering) everything counts as there: the call itself then tells.

use std::collections::{HashMap, HashSet};

use omni_api::kind::{self, Kind};

use crate::client::Client;
use crate::error::Error;
use crate::query::Query;

/// The kinds that a server has registered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// None where the server does not say.
    kinds: HashSet<String>,
}

/// Whether the server knows fields, by kind and field.
pub(crate) type Fields = parking_lot::Mutex<HashMap<(&'static str, &'static str), bool>>;

// === impl Capabilities ===

impl Capabilities {
    /// Those of a server that has these kinds registered, by their types.
    pub fn of<T: Into<String>>(kinds: impl IntoIterator<Item = T>) -> Self {
        Self {
            kinds: kinds.into_iter().map(Into::into).collect(),
        }
    }

    /// Whether the server has the kind, as far as it says.
    pub fn has<K: Kind>(&self) -> bool {
        self.kinds.is_empty() || self.kinds.contains(K::TYPE)
    }
}

// === impl Client ===

impl Client {
    /// The kinds that the server has.
    ///
    /// # Errors
    /// Those of any call, but a refusal: a caller that may not ask learns nothing, and that is not an error.
    pub async fn capabilities(&self) -> Result<&Capabilities, Error> {
        let ask = || async {
            let (state, all) = (self.state(), Query::all());
            match state.list::<kind::ResourceDefinition>(&all).await {
                Ok(definitions) => Ok(Capabilities::of(
                    definitions
                        .into_iter()
                        .map(|definition| definition.spec.resource_type),
                )),
                Err(Error::PermissionDenied { .. } | Error::Unimplemented { .. }) => {
                    Ok(Capabilities::default())
                }
                Err(error) => Err(error),
            }
        };
        self.capabilities_cell().get_or_try_init(ask).await
    }

    /// Whether the server knows a field of a kind, as it shows by how it renders the resource `id`; asked once. A refusal to read a kind that
    /// is open to everybody says that it is not there, and the field with it. `None` where the server shows nothing.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn knows_field<K: Kind>(
        &self,
        id: &str,
        field: &'static str,
    ) -> Result<Option<bool>, Error> {
        let told = self.fields().lock().get(&(K::TYPE, field)).copied();
        if told.is_some() {
            return Ok(told);
        }
        let state = self.state();
        let knows = match state.raw().get(K::NAMESPACE, K::TYPE, id).await {
            Ok(resource) => rendered(&resource.yaml, field),
            Err(Error::NotFound { .. } | Error::Unimplemented { .. }) => None,
            Err(Error::PermissionDenied { .. }) => Some(false),
            Err(error) => return Err(error),
        };
        if let Some(knows) = knows {
            self.fields().lock().insert((K::TYPE, field), knows);
        }
        Ok(knows)
    }
}

/// Whether a rendering has this field on its first level; `None` where it has no fields at all.
///
/// Omni renders the struct behind a spec: keys are the names of the fields in lower case without underscores, and none is left out.
fn rendered(yaml: &str, field: &str) -> Option<bool> {
    let key = field.replace('_', "").to_lowercase();
    let keys = yaml.lines().filter_map(|line| line.split_once(':'));
    let mut keys = keys
        .map(|(key, _)| key)
        .filter(|key| key.starts_with(|first: char| first.is_ascii_alphanumeric()))
        .peekable();
    keys.peek()?;
    Some(keys.any(|known| known == key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_missing_only_where_the_server_says_which_it_has() {
        let of_1_10 = Capabilities::of(["Clusters.omni.sidero.dev"]);
        assert!(of_1_10.has::<kind::Cluster>());
        assert!(!of_1_10.has::<kind::MachineInstallDiskConfig>());
        assert!(Capabilities::default().has::<kind::MachineInstallDiskConfig>());
    }

    #[test]
    fn a_field_is_known_by_its_key_in_a_rendering_also_where_it_is_not_set() {
        let yaml = "account:\n    id: a\n    imagefactory: x\nimagefactorybaseurl: https://x\nstripesettings: null\n";
        assert_eq!(rendered(yaml, "image_factory_base_url"), Some(true));
        assert_eq!(rendered(yaml, "stripe_settings"), Some(true));
        let newer = rendered(yaml, "secondary_image_factory_base_url");
        assert_eq!(newer, Some(false));
        assert_eq!(
            rendered(yaml, "image_factory"),
            Some(false),
            "not on the first level"
        );
        assert_eq!(rendered("", "anything"), None);
        assert_eq!(rendered("{}\n", "anything"), None);
    }
}
