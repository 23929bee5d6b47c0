//! Client certificates, signed by an authority.

use std::time::Duration;

use omni_api::specs::cluster_secrets_spec::certs::Ca;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ED25519};
use zeroize::Zeroizing;

use super::{CertificateError, KeyError, Secret, certificate};

/// How long a certificate is valid: a year.
const LIFETIME: Duration = Duration::from_hours(365 * 24);

/// Whom a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject {
    /// The name, if it has one.
    pub(crate) name: Option<&'static str>,
    /// What it may do, in the words of who checks it.
    pub(crate) organization: &'static str,
    /// What the key may be used for.
    pub(crate) usage: Usage,
}

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    /// To sign.
    Signature,
    /// To sign, and to encipher other keys.
    SignatureAndKeys,
}

/// Why no certificate was issued.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IssueError {
    /// The authority's certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The authority's key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The library refused.
    #[error("failed to create new certificate: {0}")]
    Library(#[from] rcgen::Error),
}

/// A certificate for a subject, valid from this time after the Unix epoch on, and its key. The key is of the authority's kind where that is Ed25519,
/// ECDSA P-256 otherwise.
///
/// # Errors
/// [`IssueError`].
pub(crate) fn issue(authority: &Ca, subject: Subject, since: Duration) -> Result<Ca, IssueError> {
    let certificate = certificate(&authority.crt)?;
    let signing = KeyPair::try_from(Secret::parse(&authority.key)?.expose())?;
    let is_ed25519 = signing.is_compatible(&PKCS_ED25519);
    let issuer = Issuer::from_ca_cert_der(&certificate.as_slice().into(), signing)?;
    let key = KeyPair::generate_for(if is_ed25519 {
        &PKCS_ED25519
    } else {
        &PKCS_ECDSA_P256_SHA256
    })?;
    let signed = params(subject, since).signed_by(&key, &issuer)?;
    let label = if is_ed25519 {
        // Talos's own word.
        "ED25519 PRIVATE KEY"
    } else {
        "PRIVATE KEY"
    };
    let secret = Zeroizing::new(key.serialize_der());
    let secret = pem::Pem::new(label, secret.as_slice());
    Ok(Ca {
        crt: signed.pem().into_bytes(),
        key: pem::encode_config(&secret, line_feeds()).into_bytes(),
    })
}

fn params(subject: Subject, since: Duration) -> CertificateParams {
    let mut wanted = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, subject.organization);
    if let Some(common) = subject.name {
        name.push(DnType::CommonName, common);
    }
    wanted.distinguished_name = name;
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    wanted.not_before = epoch + since;
    wanted.not_after = epoch + since + LIFETIME;
    wanted.key_usages = match subject.usage {
        Usage::Signature => vec![KeyUsagePurpose::DigitalSignature],
        Usage::SignatureAndKeys => vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ],
    };
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    wanted.use_authority_key_identifier_extension = true;
    wanted
}

fn line_feeds() -> pem::EncodeConfig {
    pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::Bundle;
    use omni_api::specs::secret_rotation_spec::Component;
    use x509_parser::prelude::{FromDer as _, X509Certificate};

    const TALOS_MADE: &str = include_str!("../../tests/fixtures/talos-secrets.yaml");
    const SUBJECT: Subject = Subject {
        name: None,
        organization: "somebody",
        usage: Usage::Signature,
    };

    #[test]
    fn authorities_of_talos_own_making_sign() {
        let bundle = Bundle::import(TALOS_MADE).expect("complete");
        for component in [Component::TalosCa, Component::KubernetesCa] {
            let authority = bundle.authority(component);
            let since = Duration::from_hours(500_000);
            let made = issue(&authority, SUBJECT, since).expect("issued");
            let read = |text: &[u8]| certificate(text).expect("a certificate");
            let (leaf, root) = (read(&made.crt), read(&authority.crt));
            let (_, leaf) = X509Certificate::from_der(&leaf).expect("readable");
            let (_, root) = X509Certificate::from_der(&root).expect("readable");
            leaf.verify_signature(Some(root.public_key()))
                .expect("the authority has signed it");
            assert_eq!(leaf.issuer().as_raw(), root.subject().as_raw());
            assert_eq!(leaf.validity().not_before.timestamp(), 1_800_000_000);
            assert_eq!(leaf.validity().not_after.timestamp(), 1_831_536_000);
            Secret::parse(&made.key).expect("Talos reads it");
        }
    }

    #[test]
    fn an_authority_without_a_key_signs_nothing() {
        let bundle = Bundle::import(TALOS_MADE).expect("complete");
        let authority = Ca {
            key: Vec::new(),
            ..bundle.authority(Component::TalosCa)
        };
        let refused = issue(&authority, SUBJECT, Duration::ZERO);
        assert!(matches!(refused, Err(IssueError::Key(KeyError::NoBlock))));
    }
}
