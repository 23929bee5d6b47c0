//! `omni_etcd_backup_s3_config`: the bucket that an account's etcd backups go to.

mod convert;
mod resource;
mod review;

use tfplugin::types::{Secret, Timeouts};
use tfplugin::{Attr, Object};

pub use resource::EtcdBackupS3ConfigResource;

/// The bucket that the etcd backups of all clusters of an account go to. An account has one.
///
/// Omni lists the bucket before it stores the settings, and refuses those with which it cannot. Backups are encrypted with a key of
/// their cluster before they leave Omni. Needs a key of the role Admin, and an Omni whose backups go to S3.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "etcd_backup_s3_config", version = 1, identity(id))]
pub struct EtcdBackupS3Config {
    /// Name of the bucket.
    #[attr(required)]
    pub bucket: Attr<String>,
    /// Region of the bucket. Needed by Amazon; other stores take any text, such as `us-east-1`.
    #[attr(optional)]
    pub region: Attr<String>,
    /// URL of an S3-compatible store, beginning with `http://` or `https://`, as Omni reaches it. Unset, it is Amazon's for the region.
    #[attr(optional)]
    pub endpoint: Attr<String>,
    /// Id of the access key. Without one, and without `access_key_id_wo`, Omni uses the role of the machine that it runs on. Kept in the
    /// state.
    #[attr(optional, sensitive)]
    pub access_key_id: Attr<Secret>,
    /// Secret of the access key. Kept in the state: prefer `secret_access_key_wo`.
    #[attr(optional, sensitive)]
    pub secret_access_key: Attr<Secret>,
    /// Token of a temporary access key. Kept in the state: prefer `session_token_wo`.
    #[attr(optional, sensitive)]
    pub session_token: Attr<Secret>,
    /// Id of the access key, never kept in the state. Needs `access_key_id_wo_version`.
    #[attr(optional, write_only, sensitive)]
    pub access_key_id_wo: Attr<Secret>,
    /// Any number; a change writes the id that `access_key_id_wo` then holds.
    #[attr(optional)]
    pub access_key_id_wo_version: Attr<i64>,
    /// Secret of the access key, never kept in the state. Needs `secret_access_key_wo_version`.
    #[attr(optional, write_only, sensitive)]
    pub secret_access_key_wo: Attr<Secret>,
    /// Any number; a change writes the secret that `secret_access_key_wo` then holds.
    #[attr(optional)]
    pub secret_access_key_wo_version: Attr<i64>,
    /// Token of a temporary access key, never kept in the state. Needs `session_token_wo_version`.
    #[attr(optional, write_only, sensitive)]
    pub session_token_wo: Attr<Secret>,
    /// Any number; a change writes the token that `session_token_wo` then holds.
    #[attr(optional)]
    pub session_token_wo_version: Attr<i64>,
    /// How long each operation may take.
    #[attr(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
    pub timeouts: Attr<Timeouts>,
    /// Id of the settings: always `etcd-backup-s3-conf`.
    #[attr(computed)]
    pub id: Attr<String>,
}

/// One of the three credentials in both of its forms.
#[derive(Debug, Clone, Copy)]
struct Credential<'a> {
    /// Name of the attribute that is kept in the state; the others are called after it.
    name: &'static str,
    /// The form that is kept in the state.
    kept: &'a Attr<Secret>,
    /// The form that is not.
    written: &'a Attr<Secret>,
    /// The version of that.
    version: &'a Attr<i64>,
}

// === impl EtcdBackupS3Config ===

impl EtcdBackupS3Config {
    /// Id of the access key, secret, session token.
    fn credentials(&self) -> [Credential<'_>; 3] {
        [
            Credential {
                name: "access_key_id",
                kept: &self.access_key_id,
                written: &self.access_key_id_wo,
                version: &self.access_key_id_wo_version,
            },
            Credential {
                name: "secret_access_key",
                kept: &self.secret_access_key,
                written: &self.secret_access_key_wo,
                version: &self.secret_access_key_wo_version,
            },
            Credential {
                name: "session_token",
                kept: &self.session_token,
                written: &self.session_token_wo,
                version: &self.session_token_wo_version,
            },
        ]
    }
}

// === impl Credential ===

impl Credential<'_> {
    /// Whether either form is set, perhaps to something unknown yet.
    const fn is_set(&self) -> bool {
        !self.kept.is_null() || !self.written.is_null()
    }

    /// Whether either form may still turn out to be set or not.
    const fn is_open(&self) -> bool {
        self.kept.is_unknown() || self.written.is_unknown()
    }

    /// The value to write; `None` where neither form has one.
    fn value(&self) -> Option<&str> {
        let value = self.written.as_known().or(self.kept.as_known());
        value.map(Secret::expose)
    }
}
