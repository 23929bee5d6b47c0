//! The store of the test server: resources, versions, phases, finalizers, and a log of events with bookmarks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use omni_api::{AnyResource, Metadata, Phase, Version};
use tokio::sync::watch;
use tonic::Status;

/// Tells servers apart, so that a bookmark of one is foreign to the next.
static COOKIE: AtomicU64 = AtomicU64::new(1);

/// What a write did.
#[derive(Clone)]
pub(crate) enum Logged {
    Created(AnyResource),
    Updated {
        old: Box<AnyResource>,
        new: Box<AnyResource>,
    },
    Destroyed(AnyResource),
}

/// A small honest store with COSI's rules.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Arc<Mutex<Inner>>,
    length: watch::Sender<usize>,
}

struct Inner {
    cookie: u64,
    resources: BTreeMap<(String, String), AnyResource>,
    log: Vec<Logged>,
    seconds: i64,
    /// Who takes hold of every new resource at once.
    controller: Option<&'static str>,
}

// === impl Store ===

impl Store {
    pub(crate) fn new() -> Self {
        let inner = Inner {
            cookie: COOKIE.fetch_add(1, Ordering::Relaxed),
            resources: BTreeMap::new(),
            log: Vec::new(),
            seconds: jiff::Timestamp::now().as_second(),
            controller: None,
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
            length: watch::Sender::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the time stamps' clock.
    pub(crate) fn set_time(&self, seconds: i64) {
        self.lock().seconds = seconds;
    }

    /// Lets a controller put its finalizer on every new resource before anybody else can act.
    pub(crate) fn take_hold(&self, controller: &'static str) {
        self.lock().controller = Some(controller);
    }

    /// Loses the history: bookmarks given so far are void. Watchers that are connected are not told.
    pub(crate) fn forget_history(&self) {
        self.lock().cookie = COOKIE.fetch_add(1, Ordering::Relaxed);
    }

    /// How many events there were, and a way to see more coming.
    pub(crate) fn length(&self) -> watch::Receiver<usize> {
        self.length.subscribe()
    }

    /// How many look at the log.
    pub(crate) fn watchers(&self) -> usize {
        self.length.receiver_count()
    }

    pub(crate) fn events_since(&self, position: usize) -> Vec<Logged> {
        self.lock().log.get(position..).unwrap_or_default().to_vec()
    }

    pub(crate) fn bookmark(&self, position: usize) -> Vec<u8> {
        let cookie = self.lock().cookie;
        [cookie.to_be_bytes(), (position as u64).to_be_bytes()].concat()
    }

    pub(crate) fn position(&self, bookmark: &[u8]) -> Result<usize, Status> {
        let invalid = || Status::failed_precondition("invalid watch bookmark");
        let (cookie, position) = bookmark.split_at_checked(8).ok_or_else(invalid)?;
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_be_bytes).ok();
        if number(cookie) != Some(self.lock().cookie) {
            return Err(invalid());
        }
        number(position)
            .and_then(|position| usize::try_from(position).ok())
            .ok_or_else(invalid)
    }

    /// All resources of a type and the log's length at the same moment.
    pub(crate) fn snapshot(&self, kind: &str) -> (Vec<AnyResource>, usize) {
        let inner = self.lock();
        let of_kind = |resource: &&AnyResource| &*resource.metadata.type_name == kind;
        (
            inner.resources.values().filter(of_kind).cloned().collect(),
            inner.log.len(),
        )
    }

    pub(crate) fn get(&self, kind: &str, id: &str) -> Result<AnyResource, Status> {
        let inner = self.lock();
        let found = inner.resources.get(&(kind.to_owned(), id.to_owned()));
        found.cloned().ok_or_else(|| missing(kind, id))
    }

    pub(crate) fn create(&self, mut resource: AnyResource) -> Result<AnyResource, Status> {
        let mut inner = self.lock();
        let key = key(&resource.metadata);
        if inner.resources.contains_key(&key) {
            let text = format!(
                "resource {}(default/{}@undefined) already exists",
                key.0, key.1
            );
            return Err(Status::already_exists(text));
        }
        inner.seconds += 1;
        resource.metadata.version = Version::FIRST;
        resource.metadata.created = Some(inner.now());
        resource.metadata.updated = None;
        inner.resources.insert(key, resource.clone());
        let controller = inner.controller;
        self.log(inner, Logged::Created(resource.clone()));
        if let Some(controller) = controller {
            let mut held = resource.clone();
            held.metadata.finalizers.push(controller.to_owned());
            self.update(held, None)?;
        }
        Ok(resource)
    }

    pub(crate) fn update(
        &self,
        mut new: AnyResource,
        expected: Option<Phase>,
    ) -> Result<AnyResource, Status> {
        let mut inner = self.lock();
        let key = key(&new.metadata);
        let old = inner
            .resources
            .get(&key)
            .cloned()
            .ok_or_else(|| missing(&key.0, &key.1))?;
        owned(&old.metadata)?;
        if old.metadata.version != new.metadata.version {
            return Err(Status::failed_precondition(format!(
                "resource {} update conflict: expected version \"{}\", actual version \"{}\"",
                old.metadata, new.metadata.version, old.metadata.version
            )));
        }
        if let Some(phase) = expected.filter(|phase| *phase != old.metadata.phase) {
            let text = format!("resource {} is not in phase {phase}", old.metadata);
            return Err(Status::invalid_argument(text));
        }
        new.metadata.version = old.metadata.version.next();
        new.metadata.created = old.metadata.created;
        new.metadata.updated = Some(inner.now());
        inner.resources.insert(key, new.clone());
        self.log(
            inner,
            Logged::Updated {
                old: Box::new(old),
                new: Box::new(new.clone()),
            },
        );
        Ok(new)
    }

    /// Answers whether nobody holds it.
    pub(crate) fn teardown(&self, kind: &str, id: &str) -> Result<bool, Status> {
        let mut resource = self.get(kind, id)?;
        owned(&resource.metadata)?;
        if resource.metadata.phase == Phase::Running {
            resource.metadata.phase = Phase::TearingDown;
            resource = self.update(resource, None)?;
        }
        Ok(resource.metadata.finalizers.is_empty())
    }

    pub(crate) fn destroy(&self, kind: &str, id: &str) -> Result<(), Status> {
        let mut inner = self.lock();
        let key = (kind.to_owned(), id.to_owned());
        let last = inner
            .resources
            .get(&key)
            .cloned()
            .ok_or_else(|| missing(kind, id))?;
        owned(&last.metadata)?;
        if !last.metadata.finalizers.is_empty() {
            let names = last.metadata.finalizers.join(" ");
            let text = format!(
                "resource {} has pending finalizers &[{names}]",
                last.metadata
            );
            return Err(Status::failed_precondition(text));
        }
        inner.resources.remove(&key);
        self.log(inner, Logged::Destroyed(last));
        Ok(())
    }

    fn log(&self, mut inner: MutexGuard<'_, Inner>, event: Logged) {
        inner.log.push(event);
        let length = inner.log.len();
        drop(inner);
        self.length.send_replace(length);
    }
}

// === impl Inner ===

impl Inner {
    fn now(&self) -> prost_types::Timestamp {
        prost_types::Timestamp {
            seconds: self.seconds,
            nanos: 0,
        }
    }
}

fn key(metadata: &Metadata) -> (String, String) {
    (metadata.type_name.to_string(), metadata.id.to_string())
}

fn missing(kind: &str, id: &str) -> Status {
    Status::not_found(format!(
        "resource {kind}(default/{id}@undefined) doesn't exist"
    ))
}

fn owned(metadata: &Metadata) -> Result<(), Status> {
    if metadata.owner.is_empty() {
        return Ok(());
    }
    let text = format!("resource {metadata} is owned by \"{}\"", metadata.owner);
    Err(Status::permission_denied(text))
}
