//! Where backups of etcd are kept, and in which form.
//!
//! A [`Depot`] is one plane's: a folder beside its file of state, or the bucket that the account's settings name. What is kept there
//! is sealed with a key of the cluster ([`sealed`]), under names that sort the newest first ([`name`]). Reaching a bucket takes
//! time and fails; everything here that may wait is asynchronous, and [`beside`] lets a controller start it.

mod bucket;
pub mod name;
pub mod sealed;
mod shelf;

use std::collections::HashSet;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Waker};

use omni_api::specs::EtcdBackupS3ConfSpec;
use parking_lot::Mutex;

pub use bucket::{Bucket, BucketError};
pub use shelf::{Shelf, ShelfError, Stored};

/// The one id of an account's settings of a bucket.
pub const S3_CONF: &str = "etcd-backup-s3-conf";

/// The places that a plane keeps backups in. Clones are the same depot.
#[derive(Debug, Clone)]
pub struct Depot(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    local: Shelf,
    bucket: Mutex<Option<(EtcdBackupS3ConfSpec, Bucket)>>,
    busy: Mutex<HashSet<String>>,
}

/// Marks something as being worked on for as long as it lives.
#[derive(Debug)]
pub struct Busy {
    depot: Depot,
    what: String,
}

// === impl Depot ===

impl Depot {
    /// A depot that lives as long as the process.
    pub fn memory() -> Self {
        Self::with(Shelf::memory())
    }

    /// A depot in a folder, which is made with the first backup.
    pub fn folder(path: PathBuf) -> Self {
        Self::with(Shelf::folder(path))
    }

    fn with(local: Shelf) -> Self {
        Self(Arc::new(Inner {
            local,
            bucket: Mutex::default(),
            busy: Mutex::default(),
        }))
    }

    /// The shelf that these settings mean: without any, the plane's own.
    ///
    /// # Errors
    /// [`BucketError`]: the settings contradict themselves. Whether the bucket is there is not asked.
    pub fn shelf(&self, settings: Option<&EtcdBackupS3ConfSpec>) -> Result<Shelf, BucketError> {
        let Some(settings) = settings.filter(|settings| !bucket::is_empty(settings)) else {
            return Ok(self.0.local.clone());
        };
        let mut known = self.0.bucket.lock();
        if let Some((before, bucket)) = &*known
            && before == settings
        {
            return Ok(Shelf::of(bucket.clone()));
        }
        let bucket = Bucket::open(settings)?;
        *known = Some((settings.clone(), bucket.clone()));
        Ok(Shelf::of(bucket))
    }

    /// Marks something as being worked on; `None` when it is already.
    pub fn begin(&self, what: &str) -> Option<Busy> {
        let new = self.0.busy.lock().insert(what.to_owned());
        new.then(|| Busy {
            depot: self.clone(),
            what: what.to_owned(),
        })
    }

    /// Whether something is being worked on, in this process.
    pub fn is_busy(&self, what: &str) -> bool {
        self.0.busy.lock().contains(what)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.depot.0.busy.lock().remove(&self.what);
    }
}

/// Whether settings of a bucket say nothing: backups then stay with the plane.
pub fn is_off(settings: &EtcdBackupS3ConfSpec) -> bool {
    bucket::is_empty(settings)
}

/// Does work that may wait for something outside. What need not wait is done when this returns; the rest goes on beside everything
/// else, on the runtime that is running.
pub fn beside(work: impl Future<Output = ()> + Send + 'static) {
    let mut work = Box::pin(work);
    let first = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    if first.is_pending() {
        tokio::spawn(work);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worked_on_is_worked_on_once() {
        let depot = Depot::memory();
        let busy = depot.begin("prod").expect("free");
        assert!(depot.begin("prod").is_none() && depot.is_busy("prod"));
        assert!(depot.begin("other").is_some());
        drop(busy);
        assert!(!depot.is_busy("prod"));
    }

    #[test]
    fn empty_settings_mean_the_planes_own_shelf() {
        let depot = Depot::memory();
        let shelf = depot.shelf(Some(&EtcdBackupS3ConfSpec::default()));
        assert!(!shelf.expect("a shelf").is_bucket());
        let half = EtcdBackupS3ConfSpec {
            bucket: "b".into(),
            access_key_id: "a".into(),
            ..Default::default()
        };
        assert_eq!(
            depot
                .shelf(Some(&half))
                .expect_err("half a key")
                .to_string(),
            "access key and secret key must be specified together"
        );
    }

    #[test]
    fn work_that_need_not_wait_is_done_at_once() {
        let (told, heard) = std::sync::mpsc::channel();
        beside(async move { told.send(1).expect("heard") });
        assert_eq!(heard.try_recv(), Ok(1));
    }
}
