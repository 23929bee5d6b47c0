//! What a controller sees of the plane while it reconciles.
//!
//! Reads and writes of the store in the controller's name, each checked against its declaration. Writes are atomic one by one
//! and change nothing when nothing differs; a reconciliation that stops half-way is finished by the next one.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use omni_api::{Kind, Resource};

use super::controller::{Access, Error};
use super::later::Later;
use super::ledger::Ledgers;
use super::port::Ports;
use crate::release::Release;
use crate::store::{Key, Query, StoreError};
use crate::{Clock, Moment, Store};

/// The plane in the hands of one controller.
#[derive(Debug)]
pub struct Context<'a> {
    pub(super) controller: &'static str,
    pub(super) store: &'a Store,
    pub(super) clock: &'a Clock,
    pub(super) ports: &'a Ports,
    pub(super) ledgers: &'a Ledgers,
    /// What the turn costs beside its looks.
    pub(super) weight: &'a Cell<u64>,
}

// === impl Context ===

impl Context<'_> {
    /// The present moment.
    pub fn now(&self) -> Moment {
        self.clock.moment()
    }

    /// Wall time since the Unix epoch, for what other computers judge: the life of keys.
    pub fn wall(&self) -> Duration {
        self.clock.wall()
    }

    /// A way to write resources of this kind after the reconciliation has ended.
    ///
    /// # Errors
    /// [`Error::Undeclared`].
    pub fn later<K: Kind>(&self) -> Result<Later<K>, Error> {
        self.may::<K>(Access::Write)?;
        Ok(Later {
            store: self.store.clone(),
            owner: self.controller,
            kind: PhantomData,
        })
    }

    /// The release of Omni that the plane is; it stays the same while controllers run.
    pub(crate) fn omni(&self) -> Release {
        Release::of(self.store)
    }

    /// The name of the controller.
    pub fn controller(&self) -> &'static str {
        self.controller
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// [`Error::Undeclared`]; a missing resource is no error.
    pub fn get<K: Kind>(&self, id: &str) -> Result<Option<Arc<Resource<K>>>, Error> {
        self.may::<K>(Access::Read)?;
        Ok(self.store.peek::<K>(id))
    }

    /// Reads a resource that is not on its way out.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn running<K: Kind>(&self, id: &str) -> Result<Option<Arc<Resource<K>>>, Error> {
        let resource = self.get::<K>(id)?;
        Ok(resource.filter(|resource| !resource.metadata.tearing_down()))
    }

    /// Reads the resources that match, sorted by id.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn list<K: Kind>(&self, query: &Query) -> Result<Vec<Arc<Resource<K>>>, Error> {
        self.may::<K>(Access::Read)?;
        Ok(self.store.peek_all::<K>(query))
    }

    /// The ids of the resources that match, sorted.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn ids<K: Kind>(&self, query: &Query) -> Result<Vec<Arc<str>>, Error> {
        self.may::<K>(Access::Read)?;
        Ok(self.store.ids(K::NAMESPACE, K::TYPE, query))
    }

    /// Reads the first resources that match, sorted by id, from after an id on.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn page<K: Kind>(
        &self,
        query: &Query,
        after: Option<&str>,
        most: usize,
    ) -> Result<Vec<Arc<Resource<K>>>, Error> {
        self.may::<K>(Access::Read)?;
        Ok(self.store.peek_page::<K>(query, after, most))
    }

    /// How many resources of a kind there are.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn count<K: Kind>(&self) -> Result<usize, Error> {
        self.may::<K>(Access::Read)?;
        Ok(self.store.count(K::NAMESPACE, K::TYPE))
    }

    /// Creates or changes a resource of this controller; whether anything changed.
    ///
    /// # Errors
    /// [`Error::Undeclared`]; [`Error::Store`] when it is another's or on its way out.
    pub fn put<K: Kind>(
        &self,
        id: &str,
        change: impl FnMut(&mut Resource<K>),
    ) -> Result<bool, Error> {
        self.put_for(self.controller, id, change)
    }

    /// Creates or changes a resource that belongs to users, who may change it, too; whether anything changed.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_for_user<K: Kind>(
        &self,
        id: &str,
        change: impl FnMut(&mut Resource<K>),
    ) -> Result<bool, Error> {
        self.put_for("", id, change)
    }

    /// Creates or changes a resource in the name of another owner, for controllers that speak for a party outside of Omni.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_for<K: Kind>(
        &self,
        owner: &str,
        id: &str,
        change: impl FnMut(&mut Resource<K>),
    ) -> Result<bool, Error> {
        self.may::<K>(Access::Write)?;
        Ok(self.store.put::<K>(owner, id, change)?)
    }

    /// Creates or changes a resource that belongs to users, and adds rows to a stream of the annals in the same commit.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_with_notes<K: Kind>(
        &self,
        id: &str,
        stream: &str,
        rows: Vec<Vec<u8>>,
        change: impl FnMut(&mut Resource<K>),
    ) -> Result<bool, Error> {
        self.may::<K>(Access::Write)?;
        if rows.is_empty() {
            return Ok(self.store.put::<K>("", id, change)?);
        }
        let written = self.store.transaction(|tx| {
            for row in rows {
                tx.note(stream, row);
            }
            tx.put::<K>("", id, change)
        });
        Ok(written?)
    }

    /// Ends a stream of the annals.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn end_notes(&self, stream: &str) -> Result<(), Error> {
        let ended = self.store.transaction(|tx| {
            tx.end_notes(stream);
            Ok(())
        });
        Ok(ended?)
    }

    /// Creates a resource that belongs to users; false when there is one of its id already, whosever it is.
    ///
    /// # Errors
    /// [`Error::Undeclared`], [`Error::Store`].
    pub fn create_for_user<K: Kind>(&self, resource: &Resource<K>) -> Result<bool, Error> {
        self.may::<K>(Access::Write)?;
        match self.store.create(resource.to_any(), "") {
            Ok(_) => Ok(true),
            Err(StoreError::AlreadyExists(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks that the resource is not destroyed before [`release`](Self::release); whether that is new.
    ///
    /// # Errors
    /// [`Error::Undeclared`]; [`Error::Store`] when it is gone or on its way out.
    pub fn hold<K: Kind>(&self, id: &str) -> Result<bool, Error> {
        self.hold_as::<K>(id, self.controller)
    }

    /// Holds a resource by a finalizer of another name, as a sign that others can read.
    ///
    /// # Errors
    /// As [`hold`](Self::hold).
    pub fn hold_as<K: Kind>(&self, id: &str, finalizer: &str) -> Result<bool, Error> {
        self.may::<K>(Access::Read)?;
        if self.holds::<K>(id, finalizer) {
            return Ok(false);
        }
        Ok(self.store.add_finalizer::<K>(id, finalizer)?)
    }

    /// Lets the resource go; whether it was held. A resource that is gone needs no letting go.
    ///
    /// # Errors
    /// [`Error::Undeclared`], [`Error::Store`].
    pub fn release<K: Kind>(&self, id: &str) -> Result<bool, Error> {
        self.release_as::<K>(id, self.controller)
    }

    /// Lets a resource go that was held by a finalizer of another name.
    ///
    /// # Errors
    /// As [`release`](Self::release).
    pub fn release_as<K: Kind>(&self, id: &str, finalizer: &str) -> Result<bool, Error> {
        self.may::<K>(Access::Read)?;
        if !self.holds::<K>(id, finalizer) {
            return Ok(false);
        }
        Ok(self.store.remove_finalizer::<K>(id, finalizer)?)
    }

    /// Takes a resource of this controller away: torn down at once, destroyed when nobody holds it. Whether it is gone.
    ///
    /// # Errors
    /// [`Error::Undeclared`]; [`Error::Store`] when it is another's.
    pub fn remove<K: Kind>(&self, id: &str) -> Result<bool, Error> {
        self.remove_for::<K>(self.controller, id)
    }

    /// Takes a resource of another owner away, as [`remove`](Self::remove) does; the empty owner is the user.
    ///
    /// # Errors
    /// As [`remove`](Self::remove).
    pub fn remove_for<K: Kind>(&self, owner: &str, id: &str) -> Result<bool, Error> {
        self.may::<K>(Access::Write)?;
        Ok(self.store.remove::<K>(owner, id)?)
    }

    /// Destroys one of this controller's own resources that nobody holds, without tearing it down first. One that is not there is
    /// fine.
    ///
    /// # Errors
    /// [`Error::Undeclared`], [`Error::Store`]; the latter when somebody holds it.
    pub fn destroy<K: Kind>(&self, id: &str) -> Result<(), Error> {
        self.may::<K>(Access::Write)?;
        match self.store.destroy(&Key::of::<K>(id), self.controller) {
            Ok(()) | Err(StoreError::NotFound(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts a resource of an owner on its way out, without destroying it; the empty owner is the user.
    ///
    /// # Errors
    /// As [`remove`](Self::remove).
    pub fn teardown_for<K: Kind>(&self, owner: &str, id: &str) -> Result<(), Error> {
        self.may::<K>(Access::Write)?;
        match self.store.teardown(&Key::of::<K>(id), owner) {
            Ok(_) | Err(StoreError::NotFound(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the resource is there and held: nobody else writes this finalizer, so that a look without a lock is enough.
    fn holds<K: Kind>(&self, id: &str, finalizer: &str) -> bool {
        let resource = self.store.peek::<K>(id);
        let holders = resource
            .as_ref()
            .map(|resource| &resource.metadata.finalizers);
        holders.is_some_and(|holders| holders.iter().any(|holder| holder == finalizer))
    }

    fn may<K: Kind>(&self, access: Access) -> Result<(), Error> {
        let declared = match access {
            Access::Read => self.ports.may_read(K::TYPE),
            Access::Write => self.ports.may_write(K::TYPE),
        };
        if declared {
            return Ok(());
        }
        Err(Error::Undeclared {
            controller: self.controller,
            access,
            kind: K::TYPE,
        })
    }
}
