//! The environment variables that configure the provider, read through one door so that tests need not set them.

use std::collections::BTreeMap;

/// Environment variables by name.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

/// The address of Omni.
pub const ENDPOINT: &str = "OMNI_ENDPOINT";
/// Service account keys, the first one that is set wins; omnictl's order.
pub const KEYS: [&str; 2] = ["SIDERO_SERVICE_ACCOUNT_KEY", "OMNI_SERVICE_ACCOUNT_KEY"];
/// The path of an omniconfig file.
pub const OMNICONFIG: &str = "OMNICONFIG";

/// Where people's configuration files and keys are.
const PLACES: [&str; 6] = [
    "HOME",
    "USERPROFILE",
    "TALOS_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "SIDEROV1_KEYS_DIR",
];

// === impl Environment ===

impl Environment {
    /// The variables of this process that the provider reads.
    pub fn of_process() -> Self {
        let own = [ENDPOINT, KEYS[0], KEYS[1], OMNICONFIG];
        Self(
            own.into_iter()
                .chain(PLACES)
                .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
                .collect(),
        )
    }

    /// The value of a variable; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }
}
