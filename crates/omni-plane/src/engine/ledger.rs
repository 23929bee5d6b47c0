//! What a controller knows of each of many: kept between its turns, and brought up to date by those that something has happened to.
//!
//! Some ids stand for many resources: a cluster for its machines, a token for those that joined with it. A turn that looks at all of them,
//! whenever something happens to one, is quadratic work. A [`Ledger`] has an entry for each member and a summary of all entries; the events of
//! [inputs of members](super::Input::of_member) say whose entry is to be looked at again.
//!
//! # Guarantees
//! * An entry is a function of the store alone, and the summary one of the entries alone: a ledger is memory that may be lost at any time, and is
//!   after a restart, after an error, and when its basis changes. It is made anew then, from everybody.
//! * At the beginning of a turn the ledger is as new as the events that the engine has seen.
//! * What is still to be done is in the summary until it is done, not in the event: a turn that fails loses nothing.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::context::Context;
use super::controller::Error;
use crate::store::uncounted;

/// The summary of what is known of the members of an id.
pub trait Ledger: Default + PartialEq + Debug + Send + Sync + 'static {
    /// What all entries depend on beside their members' own resources.
    type Basis: Clone + PartialEq + Debug + Send + Sync;
    /// What is known of one member.
    type Entry: PartialEq + Debug + Send + Sync;

    /// Everybody of whom there may be something to know, in any order, and some of them twice.
    ///
    /// # Errors
    /// Those of the context.
    fn everybody(cx: &Context<'_>, id: &str) -> Result<Vec<Arc<str>>, Error>;

    /// What is known of a member now; `None` only of one that is none. A ledger without entries is not kept: who answers that of many
    /// is asked for all of them again.
    ///
    /// # Errors
    /// Those of the context.
    fn look(
        cx: &Context<'_>,
        id: &str,
        basis: &Self::Basis,
        member: &str,
    ) -> Result<Option<Self::Entry>, Error>;

    /// Counts an entry in.
    fn enter(&mut self, member: &Arc<str>, entry: &Self::Entry);

    /// Counts an entry out that was counted in before.
    fn strike(&mut self, member: &Arc<str>, entry: &Self::Entry);

    /// One entry stands in the place of another: for what is not a sum of the entries, and has to be worked out again.
    fn replaced(&mut self, former: Option<&Self::Entry>, now: Option<&Self::Entry>) {
        let _ = (former, now);
    }
}

/// A part of a summary that is worked out of the entries when somebody asks, and kept until [`Ledger::replaced`] empties it. It is nothing to
/// compare summaries by.
#[derive(Debug)]
pub struct Memo<T>(OnceLock<T>);

/// A ledger with its entries.
#[derive(Debug)]
pub struct Book<L: Ledger> {
    basis: L::Basis,
    entries: BTreeMap<Arc<str>, L::Entry>,
    summary: L,
}

/// The ledgers of one controller, by the ids that it reconciles.
#[derive(Debug, Default)]
pub(super) struct Ledgers {
    pages: RefCell<HashMap<Arc<str>, Page>>,
    /// What the checks have found wrong; `None` where nobody checks.
    found: Option<RefCell<Vec<String>>>,
}

#[derive(Debug)]
struct Page {
    book: Box<dyn Any + Send>,
    /// How many entries it has.
    members: usize,
    /// Whose entries are to be looked at again.
    stale: BTreeSet<Arc<str>>,
}

// === impl Context ===

impl Context<'_> {
    /// The ledger of an id, as it stands now: mostly of the id whose turn it is. A controller has one sort of ledger.
    ///
    /// # Errors
    /// Those of looking at the members.
    pub fn ledger<L: Ledger>(&self, id: &str, basis: &L::Basis) -> Result<Arc<Book<L>>, Error> {
        let kept = self.ledgers.take(id);
        let kept = kept.and_then(|page| Some((unpack::<L>(page.book, basis)?, page.stale)));
        let (mut book, stale) = if let Some(kept) = kept {
            kept
        } else {
            let everybody = L::everybody(self, id)?;
            (Book::new(basis.clone()), everybody.into_iter().collect())
        };
        for member in &stale {
            book.look(self, id, member)?;
        }
        if let Some(found) = &self.ledgers.found {
            found.borrow_mut().extend(book.fault(self, id)?);
        }
        let book = Arc::new(book);
        if !book.entries.is_empty() {
            self.ledgers.keep(id, book.clone());
        }
        Ok(book)
    }
}

/// The book, if it is of this sort and of this basis, and nobody reads it any more.
fn unpack<L: Ledger>(book: Box<dyn Any + Send>, basis: &L::Basis) -> Option<Book<L>> {
    let book = book.downcast::<Arc<Book<L>>>().ok()?;
    Arc::into_inner(*book).filter(|book| book.basis == *basis)
}

// === impl Ledgers ===

impl Ledgers {
    /// Compares each ledger with the store whenever it is used: for tests on one thread.
    pub(super) fn check(&mut self) {
        self.found = Some(RefCell::default());
    }

    /// Fails where a ledger was not what the store said: an input of the controller is missing.
    ///
    /// # Panics
    /// Then.
    pub(super) fn assert_true(&self) {
        if let Some(found) = &self.found {
            let found = found.borrow();
            assert!(found.is_empty(), "{}", found.join("\n"));
        }
    }

    /// Something has happened to a member. Where there is no ledger it will be made from everybody.
    pub(super) fn note(&self, id: &str, member: &Arc<str>) {
        if let Some(page) = self.pages.borrow_mut().get_mut(id) {
            page.stale.insert(member.clone());
        }
    }

    /// Forgets what is not true of anybody any more, and was not asked for in the turn that has ended: its id is most likely gone.
    pub(super) fn tidy(&self, id: &str) {
        let mut pages = self.pages.borrow_mut();
        if pages
            .get(id)
            .is_some_and(|page| page.stale.len() >= page.members)
        {
            pages.remove(id);
        }
    }

    /// Out of the map while it is worked on: what fails half-way is made anew.
    fn take(&self, id: &str) -> Option<Page> {
        self.pages.borrow_mut().remove(id)
    }

    fn keep<L: Ledger>(&self, id: &str, book: Arc<Book<L>>) {
        let page = Page {
            members: book.entries.len(),
            book: Box::new(book),
            stale: BTreeSet::new(),
        };
        self.pages.borrow_mut().insert(id.into(), page);
    }
}

// === impl Book ===

impl<L: Ledger> Book<L> {
    fn new(basis: L::Basis) -> Self {
        Self {
            basis,
            entries: BTreeMap::new(),
            summary: L::default(),
        }
    }

    /// The members and what is known of them, by their ids.
    pub fn entries(&self) -> &BTreeMap<Arc<str>, L::Entry> {
        &self.entries
    }

    fn look(&mut self, cx: &Context<'_>, id: &str, member: &Arc<str>) -> Result<(), Error> {
        let entry = L::look(cx, id, &self.basis, member)?;
        if self.entries.get(member) == entry.as_ref() {
            return Ok(());
        }
        let former = self.entries.remove(member);
        self.summary.replaced(former.as_ref(), entry.as_ref());
        if let Some(former) = former {
            self.summary.strike(member, &former);
        }
        if let Some(entry) = entry {
            self.summary.enter(member, &entry);
            self.entries.insert(member.clone(), entry);
        }
        Ok(())
    }

    /// What differs from the ledger that is made anew.
    fn fault(&self, cx: &Context<'_>, id: &str) -> Result<Option<String>, Error> {
        uncounted(|| {
            let mut fresh = Self::new(self.basis.clone());
            for member in L::everybody(cx, id)? {
                fresh.look(cx, id, &member)?;
            }
            let controller = cx.controller();
            let wrong = if self.entries != fresh.entries {
                "has not heard of all that happened to"
            } else if self.summary != fresh.summary {
                "has not counted right"
            } else {
                return Ok(None);
            };
            Ok(Some(format!(
                "{controller} {wrong} the members of {id}: {self:#?} instead of {fresh:#?}"
            )))
        })
    }
}

impl<L: Ledger> Deref for Book<L> {
    type Target = L;

    fn deref(&self) -> &L {
        &self.summary
    }
}

// === impl Memo ===

impl<T> Memo<T> {
    /// What is kept, or is worked out now.
    pub fn get(&self, work_out: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(work_out)
    }
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> PartialEq for Memo<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
