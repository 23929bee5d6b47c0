//! Signs calls with an account's key, as Omni's clients do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omni_plane::seed::AccountKey;
use pgp::composed::{Deserializable as _, DetachedSignature, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::ser::Serialize as _;
use pgp::types::{KeyDetails as _, Password, Timestamp};
use serde_json::{Value, json};
use tonic::Request;
use tonic::metadata::MetadataValue;

/// A key that signs at a given time.
#[derive(Clone)]
pub(crate) struct Signer {
    key: SignedSecretKey,
    fingerprint: String,
    now: u32,
}

impl Signer {
    pub(crate) fn new(key: &AccountKey, now: std::time::Duration) -> Self {
        let account = STANDARD.decode(key.expose()).expect("base64");
        let account: Value = serde_json::from_slice(&account).expect("JSON");
        let armored = account["pgp_key"].as_str().expect("a key");
        let (secret, _) = SignedSecretKey::from_string(armored).expect("a secret key");
        Self {
            key: secret,
            fingerprint: key.public.fingerprint.clone(),
            now: u32::try_from(now.as_secs()).expect("before 2106"),
        }
    }

    /// The same key at another time.
    #[allow(
        dead_code,
        reason = "of the tests that share this file, some have a clock that stands still"
    )]
    pub(crate) fn at(&self, now: std::time::Duration) -> Self {
        Self {
            now: u32::try_from(now.as_secs()).expect("before 2106"),
            ..self.clone()
        }
    }

    /// The message as a signed call of `method`, on a cluster if one is named.
    #[allow(
        dead_code,
        reason = "of the tests that share this file, some name their headers"
    )]
    pub(crate) fn sign<T>(&self, method: &str, cluster: Option<&str>, message: T) -> Request<T> {
        let headers: Vec<_> = cluster
            .map(|cluster| ("cluster", cluster))
            .into_iter()
            .collect();
        self.sign_with(method, &headers, message)
    }

    /// The same with these headers, all of which are covered by the signature.
    pub(crate) fn sign_with<T>(
        &self,
        method: &str,
        covered: &[(&'static str, &str)],
        message: T,
    ) -> Request<T> {
        let mut request = Request::new(message);
        let mut headers = json!({ "x-sidero-timestamp": [self.now.to_string()] });
        for (name, value) in covered {
            headers[name] = json!([value]);
            request
                .metadata_mut()
                .insert(*name, value.parse().expect("a header"));
        }
        let payload = json!({ "headers": headers, "method": method }).to_string();
        let signature = STANDARD.encode(self.signature(payload.as_bytes()));
        let signature = format!("siderov1 somebody {} {signature}", self.fingerprint);
        for (name, value) in [
            ("x-sidero-timestamp", self.now.to_string()),
            ("x-sidero-payload", payload),
            ("x-sidero-signature", signature),
        ] {
            let value: MetadataValue<_> = value.parse().expect("a header");
            request.metadata_mut().insert(name, value);
        }
        request
    }

    fn signature(&self, data: &[u8]) -> Vec<u8> {
        let primary = &self.key.primary_key;
        let mut config = SignatureConfig::v4(
            SignatureType::Binary,
            primary.algorithm(),
            HashAlgorithm::Sha256,
        );
        let made = SubpacketData::SignatureCreationTime(Timestamp::from_secs(self.now));
        config.hashed_subpackets = vec![
            Subpacket::critical(made).expect("a packet"),
            Subpacket::regular(SubpacketData::IssuerFingerprint(primary.fingerprint()))
                .expect("a packet"),
        ];
        let signature = config
            .sign(primary, &Password::empty(), data)
            .expect("it signs");
        DetachedSignature::new(signature).to_bytes().expect("bytes")
    }
}
