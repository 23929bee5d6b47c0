//! What a controller declares: the kinds it looks at and the kinds it writes.
//!
//! An [`Input`] also says which ids of the controller an event about a resource concerns. The mapping sees metadata only, and
//! the store where it needs more; it must find its ids through an index (an id, a label), never by looking at everything.
//! Every event is mapped twice where it must be: with the resource as it is, and as it was, so that a resource which loses a
//! label still wakes those who knew it by it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use omni_api::kind::Facts;
use omni_api::{Kind, Metadata};

use crate::Store;

/// Finds the ids that an event concerns.
pub type Map = fn(&Store, &Metadata) -> Vec<Arc<str>>;

/// Finds the ids that an event concerns, and which member of each.
pub type MemberMap = fn(&Store, &Metadata) -> Vec<(Arc<str>, Arc<str>)>;

/// A kind that a controller looks at.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    facts: &'static Facts,
    mapping: Mapping,
    /// Whether the resource's id is that of a member of what the event concerns.
    of_member: bool,
    silent: bool,
}

#[derive(Clone, Copy)]
enum Mapping {
    Nothing,
    Id,
    Label(&'static str),
    With(Map),
    Members(MemberMap),
}

/// An id that an event concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Concerned {
    pub(super) id: Arc<str>,
    /// Whose entry in the id's ledger is not true any more.
    pub(super) member: Option<Arc<str>>,
}

/// A kind that a controller writes.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    facts: &'static Facts,
    exclusive: bool,
}

/// The declarations of one controller, and which of them it ever used.
#[derive(Debug)]
pub(super) struct Ports {
    pub(super) inputs: Vec<Input>,
    pub(super) outputs: Vec<Output>,
    reads: HashMap<&'static str, AtomicBool>,
    writes: HashMap<&'static str, AtomicBool>,
}

// === impl Input ===

impl Input {
    /// The id of the resource is the id to reconcile.
    pub fn by_id<K: Kind>() -> Self {
        Self::new::<K>(Mapping::Id)
    }

    /// The value of a label of the resource is the id to reconcile.
    pub fn by_label<K: Kind>(label: &'static str) -> Self {
        Self::new::<K>(Mapping::Label(label))
    }

    /// A function finds the ids to reconcile.
    pub fn mapped<K: Kind>(map: Map) -> Self {
        Self::new::<K>(Mapping::With(map))
    }

    /// It is read, and no event about it needs a reconciliation.
    pub fn quiet<K: Kind>() -> Self {
        Self::new::<K>(Mapping::Nothing)
    }

    /// A function finds the ids to reconcile, and the members whose entries in their ledgers are not true any more.
    pub fn mapped_members<K: Kind>(map: MemberMap) -> Self {
        Self::new::<K>(Mapping::Members(map))
    }

    /// The same, where the id of a resource is also that of a member, whose entry in the [ledger](super::Ledger) of what the event concerns is not
    /// true any more.
    #[must_use]
    pub const fn of_member(mut self) -> Self {
        self.of_member = true;
        self
    }

    /// The same, without waking anybody: what it says is seen in the next turn.
    #[must_use]
    pub const fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    const fn new<K: Kind>(mapping: Mapping) -> Self {
        Self {
            facts: K::FACTS,
            mapping,
            of_member: false,
            silent: false,
        }
    }

    /// What is known about the kind.
    pub fn facts(&self) -> &'static Facts {
        self.facts
    }

    /// Whether events about it wake the controller.
    pub fn wakes(&self) -> bool {
        self.is_heard() && !self.silent
    }

    /// Whether events about it change anything.
    pub(super) fn is_heard(&self) -> bool {
        !matches!(self.mapping, Mapping::Nothing)
    }

    /// Whether an event about a resource concerns what has the same id.
    pub fn is_primary(&self) -> bool {
        matches!(self.mapping, Mapping::Id)
    }

    /// Whom a resource with this metadata concerns.
    pub(super) fn concerned(&self, store: &Store, metadata: &Metadata) -> Vec<Concerned> {
        let ids = match self.mapping {
            Mapping::Nothing => Vec::new(),
            Mapping::Id => vec![metadata.id.clone()],
            Mapping::Label(key) => metadata.label(key).map(Arc::from).into_iter().collect(),
            Mapping::With(map) => map(store, metadata),
            Mapping::Members(map) => {
                let concerned = map(store, metadata).into_iter();
                return concerned.map(Concerned::member).collect();
            }
        };
        let member = self.of_member.then(|| metadata.id.clone());
        let concerned = ids.into_iter().map(|id| Concerned {
            id,
            member: member.clone(),
        });
        concerned.collect()
    }
}

// === impl Concerned ===

impl Concerned {
    fn member((id, member): (Arc<str>, Arc<str>)) -> Self {
        let member = Some(member);
        Self { id, member }
    }
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("quiet"),
            Self::Id => f.write_str("id"),
            Self::Label(key) => write!(f, "label {key}"),
            Self::With(_) | Self::Members(_) => f.write_str("mapped"),
        }
    }
}

// === impl Output ===

impl Output {
    /// Every resource of this kind is this controller's.
    pub fn exclusive<K: Kind>() -> Self {
        Self {
            facts: K::FACTS,
            exclusive: true,
        }
    }

    /// Users or other controllers write resources of this kind, too.
    pub fn shared<K: Kind>() -> Self {
        Self {
            facts: K::FACTS,
            exclusive: false,
        }
    }

    /// What is known about the kind.
    pub fn facts(&self) -> &'static Facts {
        self.facts
    }

    /// Whether no other controller writes the kind.
    pub fn is_exclusive(&self) -> bool {
        self.exclusive
    }
}

// === impl Ports ===

impl Ports {
    pub(super) fn new(inputs: Vec<Input>, outputs: Vec<Output>) -> Self {
        let reads = inputs
            .iter()
            .map(|input| (input.facts.type_name, AtomicBool::default()));
        let writes = outputs
            .iter()
            .map(|output| (output.facts.type_name, AtomicBool::default()));
        Self {
            reads: reads.collect(),
            writes: writes.collect(),
            inputs,
            outputs,
        }
    }

    /// Notes a read; false when it was not declared. What a controller writes, it may read.
    pub(super) fn may_read(&self, type_name: &'static str) -> bool {
        match self.reads.get(type_name) {
            Some(used) => {
                used.store(true, Ordering::Relaxed);
                true
            }
            None => self.writes.contains_key(type_name),
        }
    }

    /// Notes a write; false when it was not declared.
    pub(super) fn may_write(&self, type_name: &'static str) -> bool {
        let declared = self.writes.get(type_name);
        if let Some(used) = declared {
            used.store(true, Ordering::Relaxed);
        }
        declared.is_some()
    }

    /// Notes that an event about the kind woke the controller: that, too, is a use.
    pub(super) fn woken_by(&self, type_name: &str) {
        if let Some(used) = self.reads.get(type_name) {
            used.store(true, Ordering::Relaxed);
        }
    }

    /// The kinds that were declared and never used.
    pub(super) fn unused(&self) -> Vec<&'static str> {
        let idle = |uses: &HashMap<&'static str, AtomicBool>| -> Vec<&'static str> {
            let unused = uses
                .iter()
                .filter(|(_, used)| !used.load(Ordering::Relaxed));
            unused.map(|(type_name, _)| *type_name).collect()
        };
        let mut unused = idle(&self.reads);
        unused.extend(idle(&self.writes));
        unused.sort_unstable();
        unused
    }
}
