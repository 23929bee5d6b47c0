//! The secrets of a cluster in the form of Talos's secrets bundle: names of keys as in its YAML, certificates and keys in base64.
//!
//! The emulated machines serve no TLS, but their configurations name their authorities, and so does whoever rotates them: these are real ones.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use jiff::tz::TimeZone;
use omni_api::specs::cluster_secrets_spec::certs::Ca;
use omni_api::specs::secret_rotation_spec::Component;
use rand::Rng as _;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair,
    SignatureAlgorithm,
};
use serde_json::{Value, json};

use super::import;
use crate::engine::Error;
use crate::{Moment, yaml};

/// For how many years an authority is valid.
const VALID_YEARS: i32 = 10;

/// A cluster's secrets. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bundle(Value);

/// Why imported secrets cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// They are no YAML.
    #[error("failed to unmarshal imported cluster secret: {0}")]
    Unreadable(#[from] serde_saphyr::Error),
    /// A certificate or a key is not in base64.
    #[error("failed to unmarshal imported cluster secret: illegal base64 data at input byte {0}")]
    Base64(usize),
    /// Something is missing or wrong.
    #[error("failed to validate imported cluster secret: {0}")]
    Incomplete(Incomplete),
}

/// What is missing or wrong, counted as Go's library for several errors counts.
#[derive(Debug, thiserror::Error)]
pub(crate) struct Incomplete(Vec<String>);

// === impl Bundle ===

impl Bundle {
    /// New secrets.
    ///
    /// # Errors
    /// [`Error::Unusable`] when no authority can be made.
    pub(crate) fn draw(now: Moment) -> Result<Self, Error> {
        let mut bundle = Self(json!({
            "cluster": { "id": random(32), "secret": random(32) },
            "secrets": { "bootstraptoken": random(16), "secretboxencryptionsecret": random(32) },
            "trustdinfo": { "token": random(16) },
        }));
        for component in [Component::TalosCa, Component::KubernetesCa] {
            bundle.set_authority(component, &authority(component, now)?);
        }
        Ok(bundle)
    }

    /// The secrets of a cluster that somebody made elsewhere, as `talosctl gen secrets` writes them.
    ///
    /// # Errors
    /// [`ImportError`].
    pub(crate) fn import(text: &str) -> Result<Self, ImportError> {
        let value = yaml::read(text)?;
        let wrong = import::check(&value)?;
        if wrong.is_empty() {
            Ok(Self(value))
        } else {
            Err(ImportError::Incomplete(Incomplete(wrong)))
        }
    }

    /// The secrets as they are kept.
    ///
    /// # Errors
    /// [`Error::Unusable`]; not to be expected, as the bytes are our own.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let value = serde_json::from_slice(bytes).map_err(|error| Error::Unusable {
            what: "a cluster's secrets".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self(value))
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }

    /// One of its authorities.
    pub(crate) fn authority(&self, component: Component) -> Ca {
        let pair = &self.0["certs"][key(component)];
        let part = |name: &str| {
            let text = pair[name].as_str().unwrap_or_default();
            STANDARD.decode(text).unwrap_or_default()
        };
        Ca {
            crt: part("crt"),
            key: part("key"),
        }
    }

    pub(crate) fn set_authority(&mut self, component: Component, ca: &Ca) {
        self.0["certs"][key(component)] = json!({
            "crt": STANDARD.encode(&ca.crt),
            "key": STANDARD.encode(&ca.key),
        });
    }

    /// Takes over the secrets that the contents of an etcd are encrypted with.
    pub(crate) fn set_encryption(&mut self, aes_cbc: &str, secretbox: &str) {
        self.0["secrets"]["aescbcencryptionsecret"] = aes_cbc.into();
        self.0["secrets"]["secretboxencryptionsecret"] = secretbox.into();
    }

    /// A text of the bundle by its path.
    pub(crate) fn text(&self, path: &[&str]) -> &str {
        let found = path.iter().fold(&self.0, |value, key| &value[*key]);
        found.as_str().unwrap_or_default()
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bundle(..)")
    }
}

// === impl Incomplete ===

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.0.len() == 1 { "error" } else { "errors" };
        write!(f, "{} {noun} occurred:", self.0.len())?;
        self.0
            .iter()
            .try_for_each(|text| write!(f, "\n\t* {text}"))?;
        f.write_str("\n\n")
    }
}

/// A new authority: Ed25519 for Talos, ECDSA for Kubernetes, as Talos makes them.
///
/// # Errors
/// [`Error::Unusable`] when it cannot be made.
pub(super) fn authority(component: Component, now: Moment) -> Result<Ca, Error> {
    let (organization, algorithm) = match component {
        Component::KubernetesCa => ("kubernetes", &rcgen::PKCS_ECDSA_P256_SHA256),
        Component::TalosCa | Component::None => ("talos", &rcgen::PKCS_ED25519),
    };
    make(organization, algorithm, now).map_err(|error| Error::Unusable {
        what: format!("a certificate authority for {organization}"),
        reason: error.to_string(),
    })
}

fn make(
    organization: &str,
    algorithm: &'static SignatureAlgorithm,
    now: Moment,
) -> Result<Ca, rcgen::Error> {
    let key = KeyPair::generate_for(algorithm)?;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, organization);
    let seconds = i64::try_from(now.since_unix().as_secs()).unwrap_or_default();
    let today = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    let today = today.to_zoned(TimeZone::UTC).date();
    let (month, day) = (today.month().unsigned_abs(), today.day().unsigned_abs());
    // The 28th exists in every year.
    let day = day.min(28);
    let year = i32::from(today.year());
    params.not_before = rcgen::date_time_ymd(year, month, day);
    params.not_after = rcgen::date_time_ymd(year + VALID_YEARS, month, day);
    let certificate = params.self_signed(&key)?;
    Ok(Ca {
        crt: certificate.pem().into_bytes(),
        key: key.serialize_pem().into_bytes(),
    })
}

const fn key(component: Component) -> &'static str {
    match component {
        Component::KubernetesCa => "k8s",
        Component::TalosCa | Component::None => "os",
    }
}

/// So many random bytes as text.
fn random(bytes: usize) -> String {
    let mut drawn = vec![0_u8; bytes];
    rand::rng().fill_bytes(&mut drawn);
    URL_SAFE.encode(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_survives_its_bytes_and_shows_nothing() {
        let bundle = Bundle::draw(Moment::default()).expect("drawn");
        assert_eq!(Bundle::read(&bundle.to_bytes()).expect("our own"), bundle);
        assert_eq!(format!("{bundle:?}"), "Bundle(..)");
        let ca = bundle.authority(Component::KubernetesCa);
        assert!(ca.crt.starts_with(b"-----BEGIN CERTIFICATE-----"));
        assert_ne!(ca, bundle.authority(Component::TalosCa));
    }
}
