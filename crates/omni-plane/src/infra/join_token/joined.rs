//! Who joined with which token, and who would not come back without it.
//!
//! A ledger of the account, under an id of its own: a machine that joins again with another token is one of that token's from then on, without
//! anybody knowing which one it had before. A turn looks at the machines that something has happened to.

use std::collections::BTreeMap;
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

/// The machines that joined, by their tokens.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Joined(BTreeMap<String, Users>);

/// The machines that joined with one token.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Users {
    /// How many there are.
    pub(super) count: u64,
    /// Those that still need it, and why.
    in_need: BTreeMap<Arc<str>, &'static str>,
}

/// A machine that joined.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct User {
    token: String,
    /// Why it still needs the token.
    need: Option<&'static str>,
}

/// The id of the ledger. No token has it: that of a token is what is presented.
pub(super) const LEDGER: &str = "";

// === impl Users ===

impl Users {
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

// === impl Joined ===

impl Joined {
    /// What wakes a token, and what the ledger is made from.
    pub(super) fn inputs() -> Vec<Input> {
        vec![
            Input::mapped::<JoinTokenUsage>(token_of),
            Input::mapped::<NodeUniqueTokenStatus>(token_of),
            Input::mapped::<JoinTokenUsage>(ledger).of_member().silent(),
            Input::mapped::<NodeUniqueTokenStatus>(ledger)
                .of_member()
                .silent(),
        ]
    }

    /// The machines that joined with a token; `None` when there are none.
    pub(super) fn with(&self, token: &str) -> Option<&Users> {
        self.0.get(token)
    }
}

impl Ledger for Joined {
    type Basis = ();
    type Entry = User;

    fn everybody(cx: &Context<'_>, _: &str) -> Result<Vec<Arc<str>>, Error> {
        cx.ids::<JoinTokenUsage>(&Query::all())
    }

    fn look(cx: &Context<'_>, _: &str, (): &(), machine: &str) -> Result<Option<User>, Error> {
        let Some(usage) = cx.get::<JoinTokenUsage>(machine)? else {
            return Ok(None);
        };
        let own = cx.get::<NodeUniqueTokenStatus>(machine)?;
        Ok(Some(User {
            token: usage.spec.token_id.clone(),
            need: needs_it(own.map(|own| own.spec.state())),
        }))
    }

    fn enter(&mut self, machine: &Arc<str>, user: &User) {
        let users = self.0.entry(user.token.clone()).or_default();
        users.count += 1;
        let need = user.need.map(|why| (machine.clone(), why));
        users.in_need.extend(need);
    }

    fn strike(&mut self, machine: &Arc<str>, user: &User) {
        let Some(users) = self.0.get_mut(&user.token) else {
            return;
        };
        users.count -= 1;
        users.in_need.remove(machine);
        if users.count == 0 {
            self.0.remove(&user.token);
        }
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

fn ledger(_: &Store, _: &Metadata) -> Vec<Arc<str>> {
    vec![LEDGER.into()]
}
