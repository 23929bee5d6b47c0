//! What people paste to let a machine join: the kernel arguments with the account's default token.
//!
//! Keeps true: [`kind::ConnectionParams`] follows the addresses of the account and its default token.

use omni_api::{Metadata, kind};
use std::sync::Arc;

use crate::Store;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::join::{Extra, Join, SIDEROLINK};

/// The connection parameters.
#[derive(Debug, Clone, Copy, Default)]
pub struct Connection;

impl Controller for Connection {
    fn name(&self) -> &'static str {
        "ConnectionParamsController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::SiderolinkApiConfig>(),
            Input::mapped::<kind::DefaultJoinToken>(the_one),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::exclusive::<kind::ConnectionParams>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let account = cx.get::<kind::SiderolinkApiConfig>(id)?;
        let default = cx.get::<kind::DefaultJoinToken>("default")?;
        let (Some(account), Some(default)) = (account, default) else {
            return Ok(Next::Done);
        };
        let (spec, token) = (&account.spec, &default.spec.token_id);
        let join = Join::new(spec, token, false, &Extra::new());
        let join = join.map_err(|error| unusable(id, &error))?;
        cx.put::<kind::ConnectionParams>(id, |params| {
            let told = &mut params.spec;
            told.args = join.kernel_args().join(" ");
            told.api_endpoint
                .clone_from(&spec.machine_api_advertised_url);
            told.wireguard_endpoint
                .clone_from(&spec.wireguard_advertised_endpoint);
            told.join_token.clone_from(token);
            told.events_port = spec.events_port;
            told.logs_port = spec.logs_port;
        })?;
        Ok(Next::Done)
    }
}

/// An account whose addresses make no way for machines.
pub(crate) fn unusable(id: &str, error: &dyn std::fmt::Display) -> Error {
    Error::Unusable {
        what: format!("the way of machines {id:?}"),
        reason: error.to_string(),
    }
}

fn the_one(_: &Store, _: &Metadata) -> Vec<Arc<str>> {
    vec![SIDEROLINK.into()]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Clock;
    use crate::engine::Engine;
    use crate::seed::{Seed, seed};

    #[test]
    fn another_default_token_is_what_machines_join_with() {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        let account = Seed {
            account: "lab".to_owned(),
            versions: None,
        };
        seed(&store, &account).expect("seeded");
        let controllers: Vec<Box<dyn Controller>> = vec![Box::new(Connection)];
        let mut engine = Engine::new(store.clone(), clock, controllers).expect("one controller");
        let seeded = store.read::<kind::ConnectionParams>(SIDEROLINK);
        engine.settle(Duration::from_secs(1));
        assert_eq!(
            store.read::<kind::ConnectionParams>(SIDEROLINK),
            seeded,
            "a fresh account has them already"
        );
        store
            .put::<kind::DefaultJoinToken>("", "default", |token| {
                token.spec.token_id = "other".into();
            })
            .expect("written");
        engine.settle(Duration::from_secs(1));
        let params = store.read::<kind::ConnectionParams>(SIDEROLINK);
        let spec = params.expect("still there").spec;
        assert_eq!(spec.join_token, "other");
        assert!(
            spec.args
                .starts_with("siderolink.api=grpc://127.0.0.1:8090?jointoken=other talos.events"),
            "{}",
            spec.args
        );
    }
}
