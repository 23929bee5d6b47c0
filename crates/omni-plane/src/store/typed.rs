//! The verbs of controllers: typed, and quiet when nothing changes.

use std::sync::Arc;

use omni_api::{Kind, Phase, Resource, Version};

use super::{Key, Query, Store, StoreError, Transaction};

impl Store {
    /// A resource of a known kind. A damaged one reads as missing, with a line in the log.
    pub fn read<K: Kind>(&self, id: &str) -> Option<Resource<K>> {
        self.peek::<K>(id).map(Arc::unwrap_or_clone)
    }

    /// The same, shared instead of copied: for readers that only look.
    pub fn peek<K: Kind>(&self, id: &str) -> Option<Arc<Resource<K>>> {
        self.state().read::<K>(id)
    }

    /// The resources of a known kind that the query asks for, sorted by id.
    pub fn read_all<K: Kind>(&self, query: &Query) -> Vec<Resource<K>> {
        let found = self.peek_all::<K>(query);
        found.into_iter().map(Arc::unwrap_or_clone).collect()
    }

    /// The same, shared instead of copied.
    pub fn peek_all<K: Kind>(&self, query: &Query) -> Vec<Arc<Resource<K>>> {
        self.state().read_all::<K>(query)
    }

    /// The first of them, from after an id on: costs what it looks at until it has found so many.
    pub fn peek_page<K: Kind>(
        &self,
        query: &Query,
        after: Option<&str>,
        most: usize,
    ) -> Vec<Arc<Resource<K>>> {
        self.state().read_page::<K>(query, after, most)
    }

    /// The first id of each value of a label that has an index.
    pub fn first_of_each<K: Kind>(&self, label: &str) -> Vec<Arc<str>> {
        let state = self.state();
        let collection = state.collection(K::NAMESPACE, K::TYPE);
        collection.map_or_else(Vec::new, |collection| collection.first_of_each(label))
    }

    /// Creates the resource or modifies it, and answers whether anything changed. Where nothing does, nothing is written.
    ///
    /// The closure may run several times: once per attempt against a writer that was faster.
    ///
    /// # Errors
    /// [`StoreError::Owner`] when somebody else owns it, [`StoreError::Refused`] by a hook.
    pub fn put<K: Kind>(
        &self,
        owner: &str,
        id: &str,
        mut change: impl FnMut(&mut Resource<K>),
    ) -> Result<bool, StoreError> {
        loop {
            let current = self.peek::<K>(id);
            let mut wanted = current
                .as_deref()
                .cloned()
                .unwrap_or_else(|| Resource::new(id, K::Spec::default()));
            change(&mut wanted);
            let written = match current {
                Some(current) if *current == wanted => return Ok(false),
                Some(_) => {
                    self.transaction(|tx| tx.merging(|tx| tx.update(wanted.to_any(), owner, None)))
                }
                None => self.create(wanted.to_any(), owner),
            };
            match written {
                Ok(_) => return Ok(true),
                Err(
                    StoreError::Version { .. }
                    | StoreError::AlreadyExists(_)
                    | StoreError::NotFound(_),
                ) => {}
                Err(other) => return Err(other),
            }
        }
    }

    /// Adds a finalizer, and answers whether it was missing. The owner of the resource does not matter.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Phase`] when the resource is tearing down already, as a new holder would come too late.
    pub fn add_finalizer<K: Kind>(&self, id: &str, name: &str) -> Result<bool, StoreError> {
        self.transaction(|tx| tx.add_finalizer::<K>(id, name))
    }

    /// Removes a finalizer, and answers whether it was there. A missing resource has none.
    ///
    /// # Errors
    /// None of its own.
    pub fn remove_finalizer<K: Kind>(&self, id: &str, name: &str) -> Result<bool, StoreError> {
        self.transaction(|tx| tx.remove_finalizer::<K>(id, name))
    }

    /// Tears a resource down and destroys it when nobody holds it. Answers whether it is gone, as a missing one is.
    ///
    /// # Errors
    /// [`StoreError::Owner`].
    pub fn remove<K: Kind>(&self, owner: &str, id: &str) -> Result<bool, StoreError> {
        self.transaction(|tx| tx.remove::<K>(owner, id))
    }
}

impl Transaction<'_> {
    /// Creates the resource or modifies it, and answers whether anything changed; see [`Store::put`].
    ///
    /// # Errors
    /// [`StoreError::Owner`] when somebody else owns it, [`StoreError::Refused`] by a hook.
    pub fn put<K: Kind>(
        &mut self,
        owner: &str,
        id: &str,
        change: impl FnOnce(&mut Resource<K>),
    ) -> Result<bool, StoreError> {
        let current = self.read::<K>(id);
        let mut wanted = current
            .clone()
            .unwrap_or_else(|| Resource::new(id, K::Spec::default()));
        change(&mut wanted);
        match current {
            Some(current) if current == wanted => return Ok(false),
            Some(_) => self.merging(|tx| tx.update(wanted.to_any(), owner, None))?,
            None => self.create(wanted.to_any(), owner)?,
        };
        Ok(true)
    }

    /// Adds a finalizer; see [`Store::add_finalizer`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Phase`].
    pub fn add_finalizer<K: Kind>(&mut self, id: &str, name: &str) -> Result<bool, StoreError> {
        let key = Key::of::<K>(id);
        let stored = self.get(K::NAMESPACE, K::TYPE, id);
        let stored = stored.ok_or_else(|| StoreError::NotFound(key.at(Version::UNDEFINED)))?;
        if stored.metadata.finalizers.iter().any(|held| held == name) {
            return Ok(false);
        }
        let mut resource = Arc::unwrap_or_clone(stored);
        resource.metadata.finalizers.push(name.to_owned());
        let owner = resource.metadata.owner.clone();
        self.update(resource, &owner, Some(Phase::Running))?;
        Ok(true)
    }

    /// Removes a finalizer; see [`Store::remove_finalizer`].
    ///
    /// # Errors
    /// None of its own.
    pub fn remove_finalizer<K: Kind>(&mut self, id: &str, name: &str) -> Result<bool, StoreError> {
        let Some(stored) = self.get(K::NAMESPACE, K::TYPE, id) else {
            return Ok(false);
        };
        if !stored.metadata.finalizers.iter().any(|held| held == name) {
            return Ok(false);
        }
        let mut resource = Arc::unwrap_or_clone(stored);
        resource.metadata.finalizers.retain(|held| held != name);
        let owner = resource.metadata.owner.clone();
        self.update(resource, &owner, None)?;
        Ok(true)
    }

    /// Tears a resource down and destroys it when nobody holds it; see [`Store::remove`].
    ///
    /// # Errors
    /// [`StoreError::Owner`].
    pub fn remove<K: Kind>(&mut self, owner: &str, id: &str) -> Result<bool, StoreError> {
        let key = Key::of::<K>(id);
        match self.teardown(&key, owner) {
            Ok(true) => self.destroy(&key, owner).map(|()| true),
            Ok(false) => Ok(false),
            Err(StoreError::NotFound(_)) => Ok(true),
            Err(other) => Err(other),
        }
    }
}
