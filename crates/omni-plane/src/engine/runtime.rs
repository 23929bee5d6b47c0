//! The engine: events in, reconciliations out.
//!
//! Events of the store become [`Key`]s in a queue, a key at a time is reconciled, and what it asks for (a timer, a retry) is
//! remembered. One thread does it all: the store lives in memory and a step takes microseconds, so that one thread keeps up,
//! and one thread is what makes the order of everything the same in every run. A controller that fails or panics is tried
//! again later and disturbs nobody else.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use omni_api::Metadata;

use super::backoff::Backoff;
use super::context::Context;
use super::controller::{Controller, Error, Next};
use super::ledger::Ledgers;
use super::pace::Pace;
use super::port::{Concerned, Ports};
use super::queue::{Key, Queue};
use super::stats::Stats;
use super::timers::{Timers, Urgency};
use crate::store::{Event, Filter, Receiver, looks};
use crate::{Clock, Store};

/// Runs controllers on a store.
#[derive(Debug)]
pub struct Engine {
    store: Store,
    pub(super) clock: Clock,
    seats: Vec<Seat>,
    routes: HashMap<&'static str, Vec<Route>>,
    pub(super) events: Receiver,
    queue: Queue,
    pub(super) timers: Timers,
    failures: HashMap<Key, u32>,
    pace: Pace,
    backoff: Backoff,
    stats: Arc<Stats>,
}

/// Why a set of controllers does not make an engine: a mistake in the program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// Two controllers go by one name, so that neither's resources and finalizers could be told apart.
    #[error("two controllers are called {0}")]
    SameName(&'static str),
    /// A kind that one controller has for itself is written by another, too.
    #[error("both {first} and {second} write {kind}, which one of them has for itself")]
    TwoWriters {
        /// The type of the resource.
        kind: &'static str,
        /// One of them.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
}

struct Seat {
    controller: Box<dyn Controller>,
    ports: Ports,
    ledgers: Ledgers,
    /// What the turn costs beside its looks.
    weight: Cell<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Route {
    controller: usize,
    input: usize,
}

// === impl Engine ===

impl Engine {
    /// An engine that has not begun; it takes in what the store holds at its first step.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn new(
        store: Store,
        clock: Clock,
        controllers: Vec<Box<dyn Controller>>,
    ) -> Result<Self, BuildError> {
        let seats: Vec<Seat> = controllers.into_iter().map(Seat::new).collect();
        check(&seats)?;
        let routes = routes(&seats);
        let names = seats.iter().map(|seat| seat.controller.name());
        let tallies = Arc::new(Stats::of(names));
        let events = store.subscribe(Filter::types(routes.keys().copied()));
        let mut engine = Self {
            store,
            clock,
            seats,
            routes,
            events,
            queue: Queue::default(),
            timers: Timers::default(),
            failures: HashMap::new(),
            pace: Pace::default(),
            backoff: Backoff::default(),
            stats: tallies,
        };
        engine.take_stock();
        Ok(engine)
    }

    /// The same engine with another way to wait after failures.
    #[must_use]
    pub fn with_backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// The same engine, which panics when a ledger differs from the store. For tests: it looks at everything, and nobody may write meanwhile.
    #[must_use]
    pub fn with_checked_ledgers(mut self) -> Self {
        self.seats.iter_mut().for_each(|seat| seat.ledgers.check());
        self
    }

    /// What it counts; shared, for those who watch it from outside.
    pub fn stats(&self) -> Arc<Stats> {
        self.stats.clone()
    }

    /// The store it works on.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Declarations that no reconciliation used so far, as `controller: kind`.
    pub fn unused(&self) -> Vec<String> {
        let of = |seat: &Seat| {
            let name = seat.controller.name();
            let kinds = seat.ports.unused();
            kinds.into_iter().map(move |kind| format!("{name}: {kind}"))
        };
        self.seats.iter().flat_map(of).collect()
    }

    /// Does the next thing that can be done now; false when there is none.
    pub fn step(&mut self) -> bool {
        while let Ok(event) = self.events.try_recv() {
            self.dispatch(&event);
        }
        while let Some(key) = self.timers.pop_due(self.clock.moment()) {
            self.queue.push(key);
        }
        let key = self.next();
        if let Some(key) = &key {
            self.reconcile(key);
        }
        let pending = self.queue.len() + self.timers.working() + self.events.len();
        self.stats.set_pending(pending);
        key.is_some()
    }

    /// Takes the key whose turn it is; those that must wait get a timer.
    fn next(&mut self) -> Option<Key> {
        loop {
            let key = self.queue.pop()?;
            match self.pace.wait(&key, self.clock.moment()) {
                None => return Some(key),
                Some(until) => self.timers.set(key, until, Urgency::Work),
            }
        }
    }

    /// Queues the keys that an event concerns.
    pub(super) fn dispatch(&mut self, event: &Event) {
        self.notify(&event.resource.metadata);
        if let Some(old) = &event.old {
            self.notify(&old.metadata);
        }
    }

    fn notify(&mut self, metadata: &Metadata) {
        for route in self.routes.get(&*metadata.type_name).into_iter().flatten() {
            let Seat { ports, ledgers, .. } = &self.seats[route.controller];
            let input = &ports.inputs[route.input];
            let before = looks();
            let concerned = input.concerned(&self.store, metadata);
            let looked = looks() - before;
            if looked > 0 {
                self.stats.looked(route.controller, looked);
            }
            if !concerned.is_empty() {
                ports.woken_by(&metadata.type_name);
            }
            for Concerned { id, member } in concerned {
                if let Some(member) = member {
                    ledgers.note(&id, &member);
                }
                if input.wakes() {
                    self.queue.push(Key {
                        controller: route.controller,
                        id,
                    });
                }
            }
        }
    }

    /// Treats everything that is there as new.
    fn take_stock(&mut self) {
        let mut facts: Vec<_> = (self.seats.iter())
            .flat_map(|seat| seat.ports.inputs.iter().filter(|input| input.wakes()))
            .map(super::port::Input::facts)
            .collect();
        facts.sort_by_key(|facts| facts.type_name);
        facts.dedup();
        for facts in facts {
            for resource in self.store.list(
                facts.namespace,
                facts.type_name,
                &crate::store::Query::all(),
            ) {
                self.notify(&resource.metadata);
            }
        }
    }

    fn reconcile(&mut self, key: &Key) {
        self.timers.cancel(key);
        let (started, before) = (Instant::now(), looks());
        let result = self.seats[key.controller].reconcile(&self.store, &self.clock, &key.id);
        let (took, looks) = (started.elapsed(), looks() - before);
        let ledgers = &self.seats[key.controller].ledgers;
        ledgers.tidy(&key.id);
        ledgers.assert_true();
        let weight = self.seats[key.controller].weight.take();
        self.pace.paid(key, looks + weight, self.clock.moment());
        let rest = self.seats[key.controller].controller.rest();
        self.pace.rest(key, rest, self.clock.moment());
        self.stats
            .record(key.controller, took, looks, result.is_err());
        match result {
            Ok(next) => {
                self.failures.remove(key);
                self.schedule(key, next);
            }
            Err(error) => self.retry_later(key, &error),
        }
    }

    fn schedule(&mut self, key: &Key, next: Next) {
        let (span, urgency) = match next {
            Next::Done => return,
            Next::After(span) => (span, Urgency::Work),
            Next::Idle(span) => (span, Urgency::Idle),
        };
        self.timers
            .set(key.clone(), self.clock.moment() + span, urgency);
    }

    fn retry_later(&mut self, key: &Key, error: &Error) {
        let failures = self.failures.entry(key.clone()).or_default();
        *failures += 1;
        let wait = self.backoff.after(*failures);
        let controller = self.seats[key.controller].controller.name();
        tracing::warn!(
            controller,
            id = &*key.id,
            failures,
            ?wait,
            error = describe(error),
            "reconciliation failed"
        );
        self.timers
            .set(key.clone(), self.clock.moment() + wait, Urgency::Work);
    }
}

// === impl Seat ===

impl Seat {
    fn new(controller: Box<dyn Controller>) -> Self {
        let ports = Ports::new(controller.inputs(), controller.outputs());
        Self {
            controller,
            ports,
            ledgers: Ledgers::default(),
            weight: Cell::default(),
        }
    }

    fn reconcile(&self, store: &Store, clock: &Clock, id: &str) -> Result<Next, Error> {
        let cx = Context {
            controller: self.controller.name(),
            store,
            clock,
            ports: &self.ports,
            ledgers: &self.ledgers,
            weight: &self.weight,
        };
        // A controller keeps nothing between its calls but ledgers, and one that is being worked on is lost: there is nothing that a panic
        // could leave half-changed.
        catch_unwind(AssertUnwindSafe(|| self.controller.reconcile(&cx, id))).unwrap_or_else(
            |panic| {
                let text = panic.downcast_ref::<&str>().map(ToString::to_string);
                let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                Err(Error::Panicked(text.unwrap_or_default()))
            },
        )
    }
}

impl std::fmt::Debug for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.controller.name())
    }
}

fn check(seats: &[Seat]) -> Result<(), BuildError> {
    let mut names = HashSet::new();
    let mut writers: HashMap<&'static str, (&'static str, bool)> = HashMap::new();
    for seat in seats {
        let name = seat.controller.name();
        if !names.insert(name) {
            return Err(BuildError::SameName(name));
        }
        for output in &seat.ports.outputs {
            let kind = output.facts().type_name;
            let (first, alone) = *writers.entry(kind).or_insert((name, output.is_exclusive()));
            if first != name && (alone || output.is_exclusive()) {
                let second = name;
                return Err(BuildError::TwoWriters {
                    kind,
                    first,
                    second,
                });
            }
        }
    }
    Ok(())
}

fn routes(seats: &[Seat]) -> HashMap<&'static str, Vec<Route>> {
    let mut routes: HashMap<_, Vec<Route>> = HashMap::new();
    for (controller, seat) in seats.iter().enumerate() {
        for (input, port) in seat.ports.inputs.iter().enumerate() {
            if port.is_heard() {
                let route = Route { controller, input };
                routes
                    .entry(port.facts().type_name)
                    .or_default()
                    .push(route);
            }
        }
    }
    routes
}

/// The error and what caused it, on one line.
fn describe(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
