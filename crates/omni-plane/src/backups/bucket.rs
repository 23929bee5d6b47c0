//! A bucket of an S3-compatible store.
//!
//! Paths, not host names, name the bucket, and nothing but plain S3 is asked for, as Omni does it: so any compatible store will do.
//! Without an access key the credentials are those of the machine's role.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore as _, ObjectStoreExt as _, RetryConfig,
};
use omni_api::specs::EtcdBackupS3ConfSpec;

/// A bucket. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Bucket {
    name: String,
    store: Arc<AmazonS3>,
}

/// Why a bucket cannot be used. What the settings and the store do is said in Omni's words, what happened in the store's.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// There is no name.
    #[error("bucket must be specified")]
    NoBucket,
    /// Half an access key.
    #[error("access key and secret key must be specified together")]
    HalfKey,
    /// The settings make no client.
    #[error("failed to load aws config: {0}")]
    Settings(#[source] object_store::Error),
    /// The bucket was asked for what it has, and did not say.
    #[error("failed to list objects in bucket {bucket:?}: {}", chain(.source))]
    List {
        /// Which.
        bucket: String,
        /// The store's words.
        #[source]
        source: object_store::Error,
    },
    /// An object could not be put there.
    #[error("failed to upload backup to s3: {}", chain(.0))]
    Put(#[source] object_store::Error),
    /// An object could not be had.
    #[error("failed to get object: {}", chain(.0))]
    Get(#[source] object_store::Error),
}

/// How often something is tried.
const RETRIES: usize = 2;
/// How long all tries together may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether settings say nothing.
pub(super) fn is_empty(settings: &EtcdBackupS3ConfSpec) -> bool {
    *settings == EtcdBackupS3ConfSpec::default()
}

// === impl Bucket ===

impl Bucket {
    /// The bucket of these settings. Nothing is asked yet.
    ///
    /// # Errors
    /// The settings contradict themselves or make no client.
    pub fn open(settings: &EtcdBackupS3ConfSpec) -> Result<Self, BucketError> {
        if settings.bucket.is_empty() {
            return Err(BucketError::NoBucket);
        }
        if settings.access_key_id.is_empty() != settings.secret_access_key.is_empty() {
            return Err(BucketError::HalfKey);
        }
        // One TLS stack: the client takes the process's provider, and there may be none yet.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = builder(settings).build().map_err(BucketError::Settings)?;
        Ok(Self {
            name: settings.bucket.clone(),
            store: Arc::new(store),
        })
    }

    /// Asks the bucket for what it has, as Omni does before it stores settings.
    ///
    /// # Errors
    /// [`BucketError::List`].
    pub async fn test(&self) -> Result<(), BucketError> {
        match self.store.list(None).next().await {
            None | Some(Ok(_)) => Ok(()),
            Some(Err(source)) => Err(self.list_failed(source)),
        }
    }

    pub(super) async fn put(
        &self,
        uuid: &str,
        name: &str,
        file: Vec<u8>,
    ) -> Result<(), BucketError> {
        let path = Path::from_iter([uuid, name]);
        let put = self.store.put(&path, file.into()).await;
        put.map(drop).map_err(BucketError::Put)
    }

    pub(super) async fn get(&self, uuid: &str, name: &str) -> Result<Vec<u8>, BucketError> {
        let path = Path::from_iter([uuid, name]);
        let got = self.store.get(&path).await.map_err(BucketError::Get)?;
        let bytes = got.bytes().await.map_err(BucketError::Get)?;
        Ok(bytes.to_vec())
    }

    /// Names and sizes of what a cluster has.
    pub(super) async fn list(&self, uuid: &str) -> Result<Vec<(String, u64)>, BucketError> {
        let prefix = Path::from(uuid);
        let mut objects = self.store.list(Some(&prefix));
        let mut found = Vec::new();
        while let Some(object) = objects.next().await {
            let object = object.map_err(|source| self.list_failed(source))?;
            if let Some(name) = object.location.filename() {
                found.push((name.to_owned(), object.size));
            }
        }
        Ok(found)
    }

    fn list_failed(&self, source: object_store::Error) -> BucketError {
        BucketError::List {
            bucket: self.name.clone(),
            source,
        }
    }
}

fn builder(settings: &EtcdBackupS3ConfSpec) -> AmazonS3Builder {
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    let plain = settings.endpoint.starts_with("http://");
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&settings.bucket)
        .with_virtual_hosted_style_request(false)
        .with_client_options(ClientOptions::new().with_allow_http(plain))
        .with_retry(RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: RETRIES,
            retry_timeout: PATIENCE,
        });
    if let Some(region) = some(&settings.region) {
        builder = builder.with_region(region);
    }
    if let Some(endpoint) = some(&settings.endpoint) {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    if let Some(id) = some(&settings.access_key_id) {
        builder = builder
            .with_access_key_id(id)
            .with_secret_access_key(&settings.secret_access_key);
    }
    if let Some(token) = some(&settings.session_token) {
        builder = builder.with_token(token);
    }
    builder
}

/// An error with what caused it, on one line.
fn chain(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        let words = source.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_contradict_themselves_are_refused_in_omnis_words() {
        let settings = |bucket: &str, id: &str, secret: &str| EtcdBackupS3ConfSpec {
            bucket: bucket.into(),
            access_key_id: id.into(),
            secret_access_key: secret.into(),
            ..Default::default()
        };
        let text = |settings| Bucket::open(&settings).expect_err("no bucket").to_string();
        assert_eq!(text(settings("", "a", "b")), "bucket must be specified");
        assert_eq!(
            text(settings("b", "", "s")),
            "access key and secret key must be specified together"
        );
    }
}
