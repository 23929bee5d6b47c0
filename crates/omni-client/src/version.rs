//! Which server this is: its version, its API, its account.
//!
//! Read once per client. A server of another API version is refused with the words a person can act on, because a call that
//! half works is worse than one that does not.

use omni_api::kind;

use crate::client::Client;
use crate::error::Error;

/// The version of Omni's API that this crate speaks.
pub const API_VERSION: u32 = 3;

/// What a server says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Version of Omni, `v1.10.0`.
    pub version: String,
    /// Version of its API; 0 from a server that does not say.
    pub api_version: u32,
    /// Name of the account, for people.
    pub account_name: String,
    /// Id of the account; `None` from a server that does not say.
    pub account_id: Option<String>,
}

/// The server speaks another API than we do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// It is older.
    #[error(
        "this Omni ({version}) speaks API version {found}, which is too old; version {API_VERSION} is needed: \
         update Omni, or use an older release of this program"
    )]
    TooOld {
        /// Version of Omni.
        version: String,
        /// Version of its API.
        found: u32,
    },
    /// It is newer.
    #[error(
        "this Omni ({version}) speaks API version {found}, which is newer than version {API_VERSION}: \
         use a newer release of this program"
    )]
    TooNew {
        /// Version of Omni.
        version: String,
        /// Version of its API.
        found: u32,
    },
    /// It does not say.
    #[error(
        "this Omni ({version}) does not say which API version it speaks; version {API_VERSION} is needed"
    )]
    Unknown {
        /// Version of Omni.
        version: String,
    },
}

// === impl Server ===

impl Server {
    /// Whether we speak the same API.
    ///
    /// # Errors
    /// [`VersionError`] with what to do about it.
    pub fn check(&self) -> Result<(), VersionError> {
        let version = match self.version.as_str() {
            "" => "of unknown version".to_owned(),
            known => known.to_owned(),
        };
        match self.api_version {
            API_VERSION => Ok(()),
            0 => Err(VersionError::Unknown { version }),
            found if found < API_VERSION => Err(VersionError::TooOld { version, found }),
            found => Err(VersionError::TooNew { version, found }),
        }
    }
}

// === impl Client ===

impl Client {
    /// What the server says about itself; asked once. It is a good first call, as it needs no more than a valid key.
    ///
    /// # Errors
    /// [`Error`] of the two reads behind it. A missing answer is no error: the fields stay empty.
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

    fn server(api_version: u32) -> Server {
        Server {
            version: "v1.2.3".into(),
            api_version,
            account_name: String::new(),
            account_id: None,
        }
    }

    #[test]
    fn another_api_version_is_refused_with_what_to_do() {
        assert_eq!(server(3).check(), Ok(()));
        let old = server(2).check().expect_err("too old").to_string();
        assert!(
            old.contains("v1.2.3") && old.contains("update Omni"),
            "{old}"
        );
        let new = server(4).check().expect_err("too new").to_string();
        assert!(new.contains("newer release of this program"), "{new}");
        assert!(matches!(
            server(0).check(),
            Err(VersionError::Unknown { .. })
        ));
    }
}
