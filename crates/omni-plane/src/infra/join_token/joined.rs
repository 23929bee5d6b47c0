//! Who joined with a token, and who would not come back without it.
//!
//! A ledger of the token: a turn looks at the machines that something has happened to. A machine's [`JoinTokenUsage`] is written once, when it joins:
//! as long as it is there, its token is the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use omni_api::Metadata;
use omni_api::kind::{JoinToken, JoinTokenUsage, NodeUniqueTokenStatus};
use omni_api::specs::join_token_status_spec::Warning;
use omni_api::specs::node_unique_token_status_spec::State;

use crate::Store;
use crate::controllers::common::ids;
use crate::engine::{Context, Error, Input, Ledger};
use crate::store::Query;

/// Why a machine would not come back without the token; nothing for one that has a lasting token of its own.
fn needs_it(own: Option<State>) -> Option<&'static str> {
    match own {
        None | Some(State::None) => Some("Does not have the node unique token"),
        Some(State::Ephemeral) => {
            Some("Talos is not installed so the generated node unique token is ephemeral")
        }
        Some(State::Unsupported) => {
            Some("Installed Talos version does not support unique node tokens")
        }
        Some(State::Unknown) => Some("The machine node unique token status is not determined"),
        Some(State::Persistent) => None,
    }
}

/// The machines that joined with a token.
#[derive(Debug, Default)]
pub(super) struct Joined {
    /// Those that still need it, and why.
    in_need: BTreeMap<Arc<str>, &'static str>,
}

/// Why a machine that joined still needs the token, if it does.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Need(Option<&'static str>);

// === impl Joined ===

impl Joined {
    /// What they are made from.
    pub(super) fn inputs() -> Vec<Input> {
        vec![
            Input::mapped::<JoinTokenUsage>(token_of).of_member(),
            Input::mapped::<NodeUniqueTokenStatus>(token_of).of_member(),
        ]
    }

    /// What is said of those that still need the token, by their ids.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let in_need = self.in_need.iter();
        in_need
            .map(|(machine, why)| Warning {
                machine: machine.to_string(),
                message: (*why).to_owned(),
            })
            .collect()
    }
}

impl Ledger for Joined {
    type Basis = ();
    type Entry = Need;

    fn everybody(cx: &Context<'_>, token: &str) -> Result<BTreeSet<Arc<str>>, Error> {
        let usages = cx.list::<JoinTokenUsage>(&Query::all())?;
        let ours = usages.iter().filter(|usage| usage.spec.token_id == token);
        Ok(ours.map(|usage| usage.metadata.id.clone()).collect())
    }

    fn look(cx: &Context<'_>, token: &str, (): &(), machine: &str) -> Result<Option<Need>, Error> {
        let usage = cx.get::<JoinTokenUsage>(machine)?;
        if usage.is_none_or(|usage| usage.spec.token_id != token) {
            return Ok(None);
        }
        let own = cx.get::<NodeUniqueTokenStatus>(machine)?;
        Ok(Some(Need(needs_it(own.map(|own| own.spec.state())))))
    }

    fn enter(&mut self, machine: &Arc<str>, need: &Need) {
        self.in_need
            .extend(need.0.map(|why| (machine.clone(), why)));
    }

    fn strike(&mut self, machine: &Arc<str>, _: &Need) {
        self.in_need.remove(machine);
    }
}

pub(super) fn all_tokens(store: &Store, _: &Metadata) -> Vec<Arc<str>> {
    ids::<JoinToken>(store, &Query::all())
}

/// The token of the machine with this id; of one that has none any more, any of them.
fn token_of(store: &Store, metadata: &Metadata) -> Vec<Arc<str>> {
    match store.peek::<JoinTokenUsage>(&metadata.id) {
        Some(usage) => vec![usage.spec.token_id.as_str().into()],
        None => all_tokens(store, metadata),
    }
}
