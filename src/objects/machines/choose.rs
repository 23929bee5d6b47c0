//! Which machines are taken, in which order, and why the others are not: pure.
//!
//! The order is: machines that the set has already, then free ones; inside each by id. With `spread_by` the failure domains take
//! turns, fullest turn first by name, so that the choice stays the same while the machines do.

use std::collections::{BTreeMap, VecDeque};

use omni_api::selector::Query;
use omni_api::{Resource, kind, labels};

/// A machine as it checked in.
pub type Candidate = Resource<kind::MachineStatus>;

/// What is asked for.
#[derive(Debug, Default, Clone)]
pub struct Wish<'a> {
    /// Conditions on the labels.
    pub selector: Option<&'a Query>,
    /// Only free machines.
    pub available: bool,
    /// Only machines of this set, and free ones.
    pub available_to: Option<&'a str>,
    /// At most so many.
    pub limit: Option<usize>,
    /// Label of failure domains.
    pub spread_by: Option<&'a str>,
}

/// The machines that were taken, and those that match and were refused.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Ids of the machines that were taken, in order.
    pub taken: Vec<String>,
    /// Ids of the machines that the selector matches and that were refused, with the reason.
    pub refused: Vec<(String, String)>,
}

/// Chooses among all machines of the account, given in the order of their ids.
pub fn choose(wish: &Wish<'_>, machines: &[Candidate]) -> Choice {
    let matching = machines.iter().filter(|machine| {
        wish.selector
            .is_none_or(|query| query.matches(&machine.metadata.labels))
    });
    let mut choice = Choice::default();
    let (mut own, mut free) = (Vec::new(), Vec::new());
    for machine in matching {
        match refusal(wish, machine) {
            Some(reason) => choice.refused.push((machine.id().to_owned(), reason)),
            None if belongs_to(machine, wish.available_to) => own.push(machine),
            None => free.push(machine),
        }
    }
    let ordered = spread(wish.spread_by, &own, &free);
    let limit = wish.limit.unwrap_or(usize::MAX);
    choice.taken = ordered
        .into_iter()
        .take(limit)
        .map(|machine| machine.id().to_owned())
        .collect();
    choice
}

/// Whether a machine is free.
pub fn is_free(machine: &Candidate) -> bool {
    machine
        .metadata
        .labels
        .contains_key(labels::MACHINE_AVAILABLE)
}

fn belongs_to(machine: &Candidate, set: Option<&str>) -> bool {
    set.is_some_and(|set| machine.metadata.label(labels::MACHINE_SET) == Some(set))
}

/// Why a machine that matches is not taken.
fn refusal(wish: &Wish<'_>, machine: &Candidate) -> Option<String> {
    if belongs_to(machine, wish.available_to) || (!wish.available && wish.available_to.is_none()) {
        return None;
    }
    let label = |key| machine.metadata.label(key);
    if let Some(cluster) = label(labels::CLUSTER) {
        return Some(format!("it belongs to the cluster {cluster:?}"));
    }
    if wish.available_to.is_some() && label(labels::NO_MANUAL_ALLOCATION).is_some() {
        return Some("it was made for a machine request".to_owned());
    }
    if is_free(machine) {
        return None;
    }
    Some(match label(labels::MACHINE_DISCONNECTED) {
        Some(_) => "it is not connected".to_owned(),
        None => "it is not free".to_owned(),
    })
}

/// Own machines first, then free ones, failure domains in turn.
fn spread<'a>(
    key: Option<&str>,
    own: &[&'a Candidate],
    free: &[&'a Candidate],
) -> Vec<&'a Candidate> {
    let Some(key) = key else {
        return own.iter().chain(free).copied().collect();
    };
    let domain = |machine: &Candidate| machine.metadata.label(key).unwrap_or_default().to_owned();
    // Domains that the set uses already come last in the turn, so that new machines go where it has none.
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    for machine in own {
        *used.entry(domain(machine)).or_default() += 1;
    }
    let mut waiting: BTreeMap<String, VecDeque<&Candidate>> = BTreeMap::new();
    for machine in free {
        waiting
            .entry(domain(machine))
            .or_default()
            .push_back(machine);
    }
    let mut ordered: Vec<&Candidate> = own.to_vec();
    while let Some(next) = waiting
        .keys()
        .min_by_key(|name| {
            (
                used.get(*name).copied().unwrap_or_default(),
                (*name).clone(),
            )
        })
        .cloned()
    {
        let queue = waiting.entry(next.clone()).or_default();
        ordered.extend(queue.pop_front());
        if queue.is_empty() {
            waiting.remove(&next);
        }
        *used.entry(next).or_default() += 1;
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::{selector, specs};

    fn machine(id: &str, entries: &[(&str, &str)]) -> Candidate {
        let mut machine = Resource::new(id, specs::MachineStatusSpec::default());
        machine.metadata.labels = entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        machine
    }

    fn free(id: &str, rack: &str) -> Candidate {
        machine(id, &[("omni.sidero.dev/available", ""), ("rack", rack)])
    }

    fn taken(id: &str, rack: &str, set: &str) -> Candidate {
        machine(
            id,
            &[
                ("omni.sidero.dev/cluster", "prod"),
                ("omni.sidero.dev/machine-set", set),
                ("rack", rack),
            ],
        )
    }

    #[test]
    fn the_second_plan_finds_the_machine_that_the_first_one_took() {
        let query = selector::parse("rack = r3").expect("a selector");
        let wish = Wish {
            selector: Some(&query),
            available_to: Some("prod-storage"),
            limit: Some(1),
            ..Wish::default()
        };
        let first = choose(&wish, &[free("a", "r1"), free("b", "r3"), free("c", "r3")]);
        assert_eq!(first.taken, ["b"]);
        let second = choose(
            &wish,
            &[
                free("a", "r1"),
                taken("b", "r3", "prod-storage"),
                free("c", "r3"),
            ],
        );
        assert_eq!(second.taken, ["b"]);
        let later = choose(&wish, &[free("0", "r3"), taken("c", "r3", "prod-storage")]);
        assert_eq!(
            later.taken,
            ["c"],
            "its own machines come first although another has a lower id"
        );
    }

    #[test]
    fn a_machine_that_matches_and_is_refused_says_why() {
        let wish = Wish {
            available: true,
            ..Wish::default()
        };
        let machines = [
            taken("a", "r1", "prod-workers"),
            machine("b", &[("omni.sidero.dev/disconnected", "")]),
            machine("c", &[]),
        ];
        let refused = choose(&wish, &machines).refused;
        let reasons: Vec<_> = refused
            .iter()
            .map(|(id, reason)| format!("{id}: {reason}"))
            .collect();
        assert_eq!(
            reasons,
            [
                "a: it belongs to the cluster \"prod\"",
                "b: it is not connected",
                "c: it is not free"
            ]
        );
    }

    #[test]
    fn failure_domains_take_turns() {
        let wish = Wish {
            available: true,
            spread_by: Some("rack"),
            limit: Some(3),
            ..Wish::default()
        };
        let machines = [
            free("a", "r1"),
            free("b", "r1"),
            free("c", "r2"),
            free("d", "r3"),
        ];
        assert_eq!(choose(&wish, &machines).taken, ["a", "c", "d"]);
    }

    #[test]
    fn new_machines_go_where_the_set_has_none() {
        let wish = Wish {
            available_to: Some("s"),
            spread_by: Some("rack"),
            limit: Some(2),
            ..Wish::default()
        };
        let machines = [taken("a", "r1", "s"), free("b", "r1"), free("c", "r2")];
        assert_eq!(choose(&wish, &machines).taken, ["a", "c"]);
    }

    #[test]
    fn without_conditions_every_machine_is_found() {
        assert_eq!(
            choose(&Wish::default(), &[taken("a", "r1", "s"), free("b", "r1")]).taken,
            ["a", "b"]
        );
    }
}
