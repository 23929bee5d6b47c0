//! Which server this is: its version, its API, its account.
//!
//! Read once per client. The number of the API decides whether we speak with a server at all: an older one is refused, because a call that
//! half works is worse than one that does not; a newer one is spoken with, and the caller may warn. The text of the version is for
//! people only. What a server of a supported API lacks is found by [`crate::capabilities`], never by its version.

use std::ops::RangeInclusive;

use omni_api::kind;

use crate::client::Client;
use crate::error::Error;

/// The versions of Omni's API that this crate speaks: 2 in Omni 1.8 to 1.10, 3 after them.
pub const API_VERSIONS: RangeInclusive<u32> = 2..=3;

/// What a server says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Version of Omni, `v1.10.4`.
    pub version: String,
    /// Version of its API; 0 from a server that does not say.
    pub api_version: u32,
    /// Name of the account, for people.
    pub account_name: String,
    /// Id of the account; `None` from a server that does not say.
    pub account_id: Option<String>,
}

/// How well we know the API of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It is one of [`API_VERSIONS`].
    Known,
    /// It is newer: what is sent and read means what it meant before, as far as the server keeps to that.
    Newer {
        /// Version of its API.
        found: u32,
    },
}

/// The server speaks an API that we do not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// It is older.
    #[error(
        "this Omni ({version}) speaks API version {found}, which is too old; version {} or newer is needed: \
         update Omni, or use an older release of this program",
        API_VERSIONS.start()
    )]
    TooOld {
        /// Version of Omni.
        version: String,
        /// Version of its API.
        found: u32,
    },
    /// It does not say.
    #[error(
        "this Omni ({version}) does not say which API version it speaks; version {} or newer is needed",
        API_VERSIONS.start()
    )]
    Unknown {
        /// Version of Omni.
        version: String,
    },
}

// === impl Server ===

impl Server {
    /// Whether we can speak with it, and how well we know it.
    ///
    /// # Errors
    /// [`VersionError`] with what to do about it.
    pub fn check(&self) -> Result<Support, VersionError> {
        let version = self.name();
        match self.api_version {
            0 => Err(VersionError::Unknown { version }),
            found if found < *API_VERSIONS.start() => Err(VersionError::TooOld { version, found }),
            found if found > *API_VERSIONS.end() => Ok(Support::Newer { found }),
            _ => Ok(Support::Known),
        }
    }

    /// Its version for a message.
    pub fn name(&self) -> String {
        match self.version.as_str() {
            "" => "of unknown version".to_owned(),
            known => known.to_owned(),
        }
    }
}

// === impl Client ===

impl Client {
    /// What the server says about itself; asked once. It is a good first call, as it needs no more than a valid key.
    ///
    /// # Errors
    /// [`Error`] of the two reads behind it. A missing answer is not an error: the fields stay empty.
    pub async fn server(&self) -> Result<&Server, Error> {
        let ask = || async {
            let state = self.state();
            let version = state.find::<kind::SysVersion>("current").await?;
            let features = state
                .find::<kind::FeaturesConfig>("features-config")
                .await?;
            let version = version.map(|resource| resource.spec).unwrap_or_default();
            let account = features
                .and_then(|resource| resource.spec.account)
                .unwrap_or_default();
            Ok(Server {
                version: version.backend_version,
                api_version: version.backend_api_version,
                account_name: version.instance_name,
                account_id: Some(account.id).filter(|id| !id.is_empty()),
            })
        };
        self.server_cell().get_or_try_init(ask).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(version: &str, api_version: u32) -> Server {
        Server {
            version: version.into(),
            api_version,
            account_name: String::new(),
            account_id: None,
        }
    }

    #[test]
    fn api_2_and_3_are_spoken_whatever_the_version_says() {
        for version in ["v1.8.2", "v1.10.4", "v1.11.0-beta.0", "", "local"] {
            for api in [2, 3] {
                assert_eq!(server(version, api).check(), Ok(Support::Known));
            }
        }
    }

    #[test]
    fn a_newer_api_is_spoken_and_told() {
        let support = server("v2.0.0", 4).check();
        assert_eq!(support, Ok(Support::Newer { found: 4 }));
    }

    #[test]
    fn an_older_or_silent_server_is_refused_with_what_to_do() {
        let old = server("v1.2.3", 1).check().expect_err("too old");
        let old = old.to_string();
        assert!(
            old.contains("v1.2.3")
                && old.contains("version 2 or newer")
                && old.contains("update Omni"),
            "{old}"
        );
        let silent = server("", 0).check().expect_err("it does not say");
        assert!(matches!(silent, VersionError::Unknown { .. }));
        assert!(silent.to_string().contains("of unknown version"));
    }
}
