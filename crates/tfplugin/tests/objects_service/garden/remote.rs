//! The garden itself: what a remote system is to a provider.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use tfplugin::Value;

/// A garden, shared by the test and the provider.
#[derive(Clone, Default)]
pub struct Garden {
    inside: Arc<Mutex<Inside>>,
}

#[derive(Default)]
struct Inside {
    beds: BTreeMap<String, Value>,
    next: u64,
    faults: VecDeque<Fault>,
    calls: Vec<String>,
    secrets: Vec<String>,
}

/// What goes wrong with the next create, update or delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refused before anything happened.
    Refused,
    /// Done in part; the verb answers the state with the error.
    Halfway,
    /// Done in part and put into safety; then the verb fails without a state.
    Kept,
    /// Done and put into safety; then the code panics.
    Panic,
    /// Another value than was planned comes back.
    Liar,
    /// A computed value stays unknown.
    Forgetful,
    /// Waits until it is cancelled or its time is up.
    Slow,
}

impl Garden {
    pub fn fail(&self, fault: Fault) {
        self.with(|inside| inside.faults.push_back(fault));
    }

    pub fn fault(&self) -> Option<Fault> {
        self.with(|inside| inside.faults.pop_front())
    }

    pub fn put(&self, name: &str, bed: Value) {
        self.with(|inside| inside.beds.insert(name.to_owned(), bed));
    }

    pub fn get(&self, name: &str) -> Option<Value> {
        self.with(|inside| inside.beds.get(name).cloned())
    }

    pub fn remove(&self, name: &str) -> Option<Value> {
        self.with(|inside| inside.beds.remove(name))
    }

    pub fn names(&self) -> Vec<String> {
        self.with(|inside| inside.beds.keys().cloned().collect())
    }

    /// A number that the garden gives.
    pub fn number(&self) -> u64 {
        self.with(|inside| {
            inside.next += 1;
            inside.next
        })
    }

    pub fn called(&self, verb: &str) {
        self.with(|inside| inside.calls.push(verb.to_owned()));
    }

    /// The verbs that were called since the last time.
    pub fn calls(&self) -> Vec<String> {
        self.with(|inside| std::mem::take(&mut inside.calls))
    }

    pub fn told_secret(&self, secret: &str) {
        self.with(|inside| inside.secrets.push(secret.to_owned()));
    }

    pub fn secrets(&self) -> Vec<String> {
        self.with(|inside| inside.secrets.clone())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inside) -> T) -> T {
        work(
            &mut self
                .inside
                .lock()
                .expect("no test panics while it holds the garden"),
        )
    }
}
