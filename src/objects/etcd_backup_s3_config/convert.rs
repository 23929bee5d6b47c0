//! Between the model and Omni's `EtcdBackupS3Conf`: pure, both ways.

use omni_api::specs::EtcdBackupS3ConfSpec;
use omni_api::{Resource, kind};
use tfplugin::Attr;
use tfplugin::types::Secret;

use super::EtcdBackupS3Config;
use crate::objects::shared::metadata;

/// The one id.
pub const ID: &str = "etcd-backup-s3-conf";

/// Writes the configuration into the resource: the settings are written whole.
pub fn write(config: &EtcdBackupS3Config, conf: &mut Resource<kind::EtcdBackupS3Conf>) {
    let text = |attr: &Attr<String>| attr.as_str().unwrap_or_default().to_owned();
    let [id, secret, token] = config
        .credentials()
        .map(|credential| credential.value().unwrap_or_default().to_owned());
    conf.spec = EtcdBackupS3ConfSpec {
        bucket: text(&config.bucket),
        region: text(&config.region),
        endpoint: text(&config.endpoint),
        access_key_id: id,
        secret_access_key: secret,
        session_token: token,
    };
    metadata::mark_managed(&mut conf.metadata);
}

/// Fills the state with what the server says.
///
/// A credential of which the state has a version was written without being kept, and is not read either.
pub fn read(conf: &Resource<kind::EtcdBackupS3Conf>, state: &mut EtcdBackupS3Config) {
    let spec = &conf.spec;
    state.id = Attr::from(ID);
    state.bucket = Attr::Known(spec.bucket.clone());
    state.region = read_text(&state.region, &spec.region);
    state.endpoint = read_text(&state.endpoint, &spec.endpoint);
    let secret = |version: &Attr<i64>, known: &Attr<Secret>, text: &str| {
        let spelt = known.as_known().is_some_and(|known| known.expose() == text);
        if version.is_known() || (text.is_empty() && !spelt) {
            Attr::Null
        } else {
            Attr::Known(Secret::new(text))
        }
    };
    state.access_key_id = secret(
        &state.access_key_id_wo_version,
        &state.access_key_id,
        &spec.access_key_id,
    );
    state.secret_access_key = secret(
        &state.secret_access_key_wo_version,
        &state.secret_access_key,
        &spec.secret_access_key,
    );
    state.session_token = secret(
        &state.session_token_wo_version,
        &state.session_token,
        &spec.session_token,
    );
}

/// An empty text is none, unless the user wrote it.
fn read_text(known: &Attr<String>, text: &str) -> Attr<String> {
    if text.is_empty() && known.as_str() != Some("") {
        Attr::Null
    } else {
        Attr::from(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> EtcdBackupS3Config {
        EtcdBackupS3Config {
            bucket: "backups".into(),
            region: "eu-west-1".into(),
            access_key_id: Attr::Known(Secret::new("AKIA")),
            secret_access_key_wo: Attr::Known(Secret::new("hush")),
            secret_access_key_wo_version: Attr::Known(1),
            ..Default::default()
        }
    }

    fn written() -> Resource<kind::EtcdBackupS3Conf> {
        let mut conf = Resource::new(ID, EtcdBackupS3ConfSpec::default());
        write(&config(), &mut conf);
        conf
    }

    #[test]
    fn both_forms_of_a_credential_are_written() {
        let spec = written().spec;
        assert_eq!(
            (spec.access_key_id.as_str(), spec.secret_access_key.as_str()),
            ("AKIA", "hush")
        );
        assert!(spec.session_token.is_empty() && spec.endpoint.is_empty());
    }

    #[test]
    fn a_write_only_credential_never_comes_back() {
        let mut state = EtcdBackupS3Config {
            secret_access_key_wo: Attr::Null,
            ..config()
        };
        read(&written(), &mut state);
        assert_eq!(
            state.access_key_id.as_known().map(Secret::expose),
            Some("AKIA")
        );
        assert!(state.secret_access_key.is_null());
        assert!(state.endpoint.is_null() && state.session_token.is_null());
    }

    #[test]
    fn an_import_reads_everything() {
        let mut state = EtcdBackupS3Config::default();
        read(&written(), &mut state);
        assert_eq!(state.id.as_str(), Some(ID));
        assert_eq!(
            state.secret_access_key.as_known().map(Secret::expose),
            Some("hush")
        );
    }

    #[test]
    fn an_empty_text_that_the_user_wrote_makes_no_difference() {
        let mut state = EtcdBackupS3Config {
            endpoint: "".into(),
            session_token: Attr::Known(Secret::new("")),
            ..config()
        };
        read(&written(), &mut state);
        assert_eq!(state.endpoint.as_str(), Some(""));
        assert!(state.session_token.is_known());
    }

    #[test]
    fn what_somebody_else_changed_shows() {
        let mut conf = written();
        conf.spec.endpoint = "https://elsewhere".into();
        conf.spec.access_key_id.clear();
        let mut state = config();
        read(&conf, &mut state);
        assert_eq!(state.endpoint.as_str(), Some("https://elsewhere"));
        assert!(state.access_key_id.is_null());
    }
}
