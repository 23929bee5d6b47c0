//! Ledgers under an engine: who is looked at, and what is remembered.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use omni_api::kind::{Cluster, ConfigPatch, MachineSet};
use omni_api::{Resource, labels};
use parking_lot::Mutex;

use super::{Backoff, Context, Controller, Engine, Error, Input, Ledger, Next, Output, Settled};
use crate::store::{Query, looks};
use crate::{Clock, Store};

/// A set that is never counted out: a mistake.
const INDELIBLE: &str = "indelible";

const HOUR: Duration = Duration::from_hours(1);

/// The sets of a cluster whose role is the basis, and how many patches they have in all: the patch of a set has its id.
#[derive(Debug, Default, PartialEq)]
struct Sets {
    ids: BTreeSet<Arc<str>>,
    patched: usize,
}

/// A controller of clusters that notes what it finds in the ledger.
#[derive(Clone)]
struct Clerk {
    inputs: Vec<Input>,
    turns: Arc<Mutex<Vec<Turn>>>,
    failing: Arc<AtomicUsize>,
}

#[derive(Debug, PartialEq, Eq)]
struct Turn {
    sets: String,
    patched: usize,
    looks: u64,
}

impl Ledger for Sets {
    type Basis = String;
    type Entry = bool;

    fn everybody(cx: &Context<'_>, cluster: &str) -> Result<Vec<Arc<str>>, Error> {
        cx.ids::<MachineSet>(&Query::cluster(cluster))
    }

    fn look(cx: &Context<'_>, _: &str, role: &String, set: &str) -> Result<Option<bool>, Error> {
        let found = cx.get::<MachineSet>(set)?;
        if found.is_none_or(|set| set.metadata.label(role).is_none()) {
            return Ok(None);
        }
        Ok(Some(cx.get::<ConfigPatch>(set)?.is_some()))
    }

    fn enter(&mut self, set: &Arc<str>, patched: &bool) {
        self.ids.insert(set.clone());
        self.patched += usize::from(*patched);
    }

    fn strike(&mut self, set: &Arc<str>, patched: &bool) {
        if **set != *INDELIBLE {
            self.ids.remove(set);
        }
        self.patched -= usize::from(*patched);
    }
}

impl Clerk {
    fn new() -> Self {
        Self {
            inputs: vec![
                Input::by_id::<Cluster>(),
                Input::by_label::<MachineSet>(labels::CLUSTER).of_member(),
                Input::by_label::<ConfigPatch>(labels::CLUSTER)
                    .of_member()
                    .silent(),
            ],
            turns: Arc::default(),
            failing: Arc::default(),
        }
    }

    fn turns(&self) -> Vec<Turn> {
        std::mem::take(&mut self.turns.lock())
    }
}

impl Controller for Clerk {
    fn name(&self) -> &'static str {
        "Clerk"
    }

    fn inputs(&self) -> Vec<Input> {
        self.inputs.clone()
    }

    fn outputs(&self) -> Vec<Output> {
        Vec::new()
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(cluster) = cx.get::<Cluster>(id)? else {
            return Ok(Next::Done);
        };
        let before = looks();
        let sets = cx.ledger::<Sets>(id, &cluster.spec.talos_version)?;
        let names: Vec<&str> = sets.ids.iter().map(AsRef::as_ref).collect();
        self.turns.lock().push(Turn {
            sets: names.join(" "),
            patched: sets.patched,
            looks: looks() - before,
        });
        let fails = self.failing.load(Ordering::Relaxed) > 0;
        assert!(!fails, "out of order");
        Ok(Next::Done)
    }
}

struct Lab {
    store: Store,
    clerk: Clerk,
    engine: Engine,
}

impl Lab {
    /// A cluster with so many sets, of which the clerk has heard.
    fn new(clerk: Clerk, sets: usize) -> Self {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        let engine = Engine::new(store.clone(), clock, vec![Box::new(clerk.clone())]);
        let mut lab = Self {
            engine: engine
                .expect("one controller")
                .with_backoff(Backoff::new(HOUR, HOUR)),
            store,
            clerk,
        };
        lab.cluster("worker");
        (1..=sets).for_each(|number| lab.set(&format!("s{number}"), "worker"));
        lab.patch("nobody's");
        lab.settle();
        lab.clerk.turns();
        lab
    }

    fn cluster(&self, role: &str) {
        let put = self.store.put::<Cluster>("", "c", |cluster| {
            role.clone_into(&mut cluster.spec.talos_version);
        });
        put.expect("written");
    }

    fn set(&self, id: &str, role: &str) {
        let put = self.store.put::<MachineSet>("", id, |set| {
            set.metadata.labels = [(role.to_owned(), String::new())].into();
            ours(set);
        });
        put.expect("written");
    }

    fn patch(&self, id: &str) {
        let put = self.store.put::<ConfigPatch>("", id, ours);
        put.expect("written");
    }

    fn settle(&mut self) {
        self.engine.settle(Duration::ZERO);
    }
}

fn ours<K: omni_api::Kind>(resource: &mut Resource<K>) {
    let marks = &mut resource.metadata.labels;
    marks.insert(labels::CLUSTER.to_owned(), "c".to_owned());
}

fn turn(sets: &str, patched: usize, looks: u64) -> Turn {
    Turn {
        sets: sets.to_owned(),
        patched,
        looks,
    }
}

#[test]
fn only_those_are_looked_at_that_something_has_happened_to() {
    let mut lab = Lab::new(Clerk::new(), 5);
    lab.set("s6", "worker");
    lab.settle();
    // The set and its patch.
    assert_eq!(lab.clerk.turns(), [turn("s1 s2 s3 s4 s5 s6", 0, 2)]);
    lab.set("s2", "other");
    lab.settle();
    assert_eq!(lab.clerk.turns(), [turn("s1 s3 s4 s5 s6", 0, 1)]);
}

#[test]
fn a_silent_input_wakes_nobody_and_is_seen_in_the_next_turn() {
    let mut lab = Lab::new(Clerk::new(), 2);
    lab.patch("s2");
    lab.settle();
    assert_eq!(lab.clerk.turns(), []);
    lab.set("s1", "other");
    lab.settle();
    assert_eq!(lab.clerk.turns(), [turn("s2", 1, 3)]);
}

#[test]
fn everybody_is_looked_at_again_when_the_basis_is_another() {
    let mut lab = Lab::new(Clerk::new(), 2);
    lab.set("s3", "other");
    lab.settle();
    lab.clerk.turns();
    lab.cluster("other");
    lab.settle();
    // Three ids, three sets, the patch of one.
    assert_eq!(lab.clerk.turns(), [turn("s3", 0, 7)]);
}

#[test]
fn a_turn_that_fails_forgets_nothing_of_what_happened() {
    let mut lab = Lab::new(Clerk::new(), 2);
    lab.clerk.failing.store(1, Ordering::Relaxed);
    lab.set("s3", "worker");
    lab.settle();
    lab.clerk.failing.store(0, Ordering::Relaxed);
    lab.set("s4", "worker");
    lab.settle();
    let turns = lab.clerk.turns();
    assert_eq!(turns.len(), 2);
    assert_eq!(turns[1].sets, "s1 s2 s3 s4");
}

#[test]
fn what_happened_before_the_first_turn_of_an_engine_is_known() {
    let lab = Lab::new(Clerk::new(), 3);
    let clerk = Clerk::new();
    let clock = lab.store.clock().clone();
    let engine = Engine::new(lab.store.clone(), clock, vec![Box::new(clerk.clone())]);
    let mut engine = engine.expect("one controller");
    assert_eq!(engine.settle(HOUR), Settled::Quiet);
    let turns = clerk.turns();
    assert_eq!(turns.len(), 1);
    assert_eq!(turns[0].sets, "s1 s2 s3");
}

#[test]
fn what_is_known_of_one_that_is_gone_is_forgotten() {
    let mut lab = Lab::new(Clerk::new(), 2);
    let gone = lab.store.remove::<Cluster>("", "c");
    gone.expect("nobody holds it");
    for set in ["s1", "s2"] {
        let gone = lab.store.remove::<MachineSet>("", set);
        gone.expect("nobody holds it");
    }
    lab.settle();
    lab.cluster("worker");
    lab.set("s3", "worker");
    lab.settle();
    // The id, the set and its patch: nobody looks for those that were there before.
    assert_eq!(lab.clerk.turns(), [turn("s3", 0, 3)]);
}

#[test]
#[should_panic(expected = "Clerk has not heard of all that happened to the members of c")]
fn an_input_that_is_missing_is_found_by_the_check() {
    let mut clerk = Clerk::new();
    clerk.inputs[2] = Input::quiet::<ConfigPatch>();
    let mut lab = Lab::new(clerk, 2);
    lab.engine = lab.engine.with_checked_ledgers();
    lab.patch("s2");
    lab.set("s3", "worker");
    lab.settle();
}

#[test]
#[should_panic(expected = "Clerk has not counted right the members of c")]
fn a_member_that_is_counted_out_wrongly_is_found_by_the_check() {
    let mut lab = Lab::new(Clerk::new(), 2);
    lab.engine = lab.engine.with_checked_ledgers();
    lab.set(INDELIBLE, "worker");
    lab.settle();
    lab.set(INDELIBLE, "other");
    lab.settle();
}
