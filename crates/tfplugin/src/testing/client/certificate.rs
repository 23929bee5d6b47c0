//! Who a core is: a certificate made as Go's plugin host makes it.
//!
//! Self-signed, on P-521, its own authority, for both sides of a connection. Each of these traits
//! trips a TLS library that expects ordinary certificates, which is why the tests need them.

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p521::ecdsa::{DerSignature, SigningKey};
use p521::elliptic_curve::Generate as _;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use x509_cert::TbsCertificate;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::der::asn1::Ia5String;
use x509_cert::der::oid::db::rfc5280::{ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH};
use x509_cert::der::{Encode as _, flagset::FlagSet};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::Validity;

use super::error::PluginError;
use super::key::P521Key;
use crate::wire::tls::SERVER_NAME;

/// How long the certificate is valid: Go writes 30 years.
const VALID_FOR: Duration = Duration::from_hours(262_980);

/// A core's certificate with its key.
#[derive(Debug, Clone)]
pub struct ClientIdentity {
    certificate: CertificateDer<'static>,
    key: P521Key,
}

/// The fields that Go's plugin host gives its certificate.
struct GoProfile {
    name: Name,
}

impl ClientIdentity {
    /// Makes a new one.
    ///
    /// # Errors
    /// [`PluginError::Certificate`] where the certificate cannot be encoded.
    pub fn generate() -> Result<Self, PluginError> {
        let key = SigningKey::generate();
        let profile = GoProfile {
            name: Name::from_str("CN=localhost,O=HashiCorp")?,
        };
        let public = SubjectPublicKeyInfo::from_key(key.verifying_key())
            .map_err(x509_cert::builder::Error::from)?;
        let serial = SerialNumber::new(&rand::random::<[u8; 15]>())?;
        let validity = Validity::from_now(VALID_FOR)?;
        let certificate = CertificateBuilder::new(profile, serial, validity, public)?
            .build::<_, DerSignature>(&key)?
            .to_der()?;
        Ok(Self {
            certificate: certificate.into(),
            key: P521Key(key),
        })
    }

    /// The certificate, as the core announces it to the provider.
    pub fn pem(&self) -> String {
        let body = STANDARD.encode(&self.certificate);
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        for line in body.as_bytes().chunks(64) {
            pem.extend(line.iter().map(|byte| char::from(*byte)));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        pem
    }

    /// The certificate in its binary form.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The key of this identity under the certificate of another: a thief, for tests.
    #[must_use]
    pub fn showing(mut self, certificate: CertificateDer<'static>) -> Self {
        self.certificate = certificate;
        self
    }

    /// A client that trusts `server` alone and shows this certificate.
    ///
    /// # Errors
    /// [`PluginError::Tls`] where `server` is not a certificate.
    pub fn client_config(
        &self,
        server: CertificateDer<'static>,
    ) -> Result<ClientConfig, PluginError> {
        let chain = vec![self.certificate.clone()];
        let certified = CertifiedKey::new(chain, Arc::new(self.key.clone()));
        let resolver: Arc<dyn ResolvesClientCert> = Arc::new(SingleCertAndKey::from(certified));
        let mut config = trusting(server)?.with_client_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }

    /// A client that trusts `server` alone and shows no certificate.
    ///
    /// # Errors
    /// [`PluginError::Tls`] where `server` is not a certificate.
    pub fn anonymous_config(server: CertificateDer<'static>) -> Result<ClientConfig, PluginError> {
        let mut config = trusting(server)?.with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    }
}

impl BuilderProfile for GoProfile {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.name.clone()
    }

    fn get_subject(&self) -> Name {
        self.name.clone()
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        certificate: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let usages: FlagSet<KeyUsages> = KeyUsages::DigitalSignature
            | KeyUsages::KeyEncipherment
            | KeyUsages::KeyAgreement
            | KeyUsages::KeyCertSign;
        let authority = BasicConstraints {
            ca: true,
            path_len_constraint: None,
        };
        let names = vec![GeneralName::DnsName(Ia5String::new(SERVER_NAME)?)];
        let both_sides = vec![ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH];
        let subject = certificate.subject();
        Ok(vec![
            KeyUsage(usages).to_extension(subject, &[])?,
            ExtendedKeyUsage(both_sides).to_extension(subject, &[])?,
            authority.to_extension(subject, &[])?,
            SubjectKeyIdentifier::try_from(key)?.to_extension(subject, &[])?,
            SubjectAltName(names).to_extension(subject, &[])?,
        ])
    }
}

/// Trusts the one certificate of the handshake line, for the name that it must carry.
fn trusting(
    server: CertificateDer<'static>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>, PluginError> {
    let mut roots = RootCertStore::empty();
    roots.add(server)?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    Ok(config)
}
