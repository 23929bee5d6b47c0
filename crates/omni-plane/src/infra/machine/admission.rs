//! Whether a machine may join: by the token that it presents, as Omni judges it, and as long as there is room in the account.
//!
//! A plain token must be one of the account's that is active. One that carries the machine's provider along is signed with that
//! provider's own token; of the older sort, with the account's default token, which must be active, too.

use omni_api::kind;
use omni_api::labels;
use omni_api::specs::join_token_status_spec::State;

use super::state::MachineStateSpec;
use crate::engine::{Context, Error, Input};
use crate::instance::{self, Instances};
use crate::join::{self, JoinToken};

/// What [`admitted`] looks at, besides links.
pub(super) fn inputs() -> [Input; 3] {
    [
        Input::quiet::<Instances>(),
        Input::quiet::<kind::JoinTokenStatus>(),
        Input::quiet::<kind::ProviderJoinConfig>(),
    ]
}

/// Whether the machine may join now. One that was put into the account without a token is a part of it already.
pub(super) fn admitted(
    cx: &Context<'_>,
    id: &str,
    machine: &MachineStateSpec,
) -> Result<bool, Error> {
    Ok(has_room(cx, id)? && is_welcome(cx, machine)?)
}

/// Whether the account may have one more machine. One that has a link counts already.
fn has_room(cx: &Context<'_>, id: &str) -> Result<bool, Error> {
    let instance = cx.get::<Instances>(instance::ID)?;
    let limit = instance.map_or(0, |instance| instance.spec.account_max_registered_machines);
    if limit == 0 || cx.get::<kind::Link>(id)?.is_some() {
        return Ok(true);
    }
    Ok(cx.count::<kind::Link>()? < limit as usize)
}

fn is_welcome(cx: &Context<'_>, machine: &MachineStateSpec) -> Result<bool, Error> {
    let Some(presented) = presented(machine) else {
        return Ok(true);
    };
    let Ok(token) = JoinToken::parse(&presented) else {
        return Ok(false);
    };
    let JoinToken::Signed {
        of_provider, extra, ..
    } = &token
    else {
        return is_active(cx, &presented);
    };
    let provider = extra.get(labels::INFRA_PROVIDER_ID);
    let Some(provider) = provider.filter(|_| *of_provider) else {
        let default = cx.get::<kind::DefaultJoinToken>("default")?;
        let Some(default) = default else {
            return Ok(false);
        };
        let id = &default.spec.token_id;
        return Ok(is_active(cx, id)? && token.is_of(id));
    };
    let config = cx.get::<kind::ProviderJoinConfig>(provider)?;
    Ok(config.is_some_and(|config| token.is_of(&config.spec.join_token)))
}

/// The token in the machine's kernel arguments.
pub(super) fn presented(machine: &MachineStateSpec) -> Option<String> {
    let args = &machine.build.as_ref()?.join_args;
    join::presented(args)
}

fn is_active(cx: &Context<'_>, token: &str) -> Result<bool, Error> {
    let status = cx.get::<kind::JoinTokenStatus>(token)?;
    Ok(status.is_some_and(|status| status.spec.state() == State::Active))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use omni_api::specs::SiderolinkApiConfigSpec;

    use super::*;
    use crate::engine::Engine;
    use crate::infra::join_token::JoinTokens;
    use crate::infra::machine::{Machines, NewMachine, Timings, boot as switch_on, plain_id};
    use crate::join::{Extra, Join};
    use crate::seed::{Seed, seed};
    use crate::store::Key;
    use crate::{Clock, Instance, Store};

    const HOUR: Duration = Duration::from_hours(1);

    /// A plane with a provider's token; its default token, too.
    fn bench() -> (Store, Engine, String) {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        let account = Seed {
            account: "lab".to_owned(),
            versions: None,
        };
        seed(&store, &account).expect("seeded");
        store
            .put::<kind::ProviderJoinConfig>("", "vms", |config| {
                config.spec.join_token = "of-vms".into();
            })
            .expect("written");
        let machines = Machines::new(Timings::lab());
        let engine = Engine::new(
            store.clone(),
            clock,
            vec![Box::new(JoinTokens), Box::new(machines)],
        );
        let default = store.peek::<kind::DefaultJoinToken>("default");
        let token = default.expect("seeded").spec.token_id.clone();
        (store, engine.expect("two controllers"), token)
    }

    fn args(token: &str, along: &Extra) -> Vec<String> {
        let account = SiderolinkApiConfigSpec {
            machine_api_advertised_url: "grpc://here".into(),
            events_port: 1,
            logs_port: 2,
            ..SiderolinkApiConfigSpec::default()
        };
        let way = Join::new(&account, token, false, along).expect("a way");
        way.kernel_args()
    }

    fn boot(store: &Store, number: usize, args: &[String]) {
        let machine = NewMachine::plain(number, "1.13.7", args);
        let now = store.clock().moment();
        assert!(switch_on(store, &machine, now).expect("switched on"));
    }

    fn joined(store: &Store, number: usize) -> bool {
        store.peek::<kind::Link>(&plain_id(number)).is_some()
    }

    #[test]
    fn only_who_presents_a_token_of_the_account_joins() {
        let (store, mut engine, default) = bench();
        store
            .put::<kind::JoinToken>("", "old", |token| {
                token.spec.expiration_time = Some(crate::Moment::default().into());
            })
            .expect("written");
        engine.settle(HOUR);
        let (none, of_vms) = (Extra::new(), join::of_provider("vms"));
        let garbage = vec!["siderolink.api=grpc://here?jointoken=v2%3A%23".to_owned()];
        let cases = [
            (args(&default, &none), true),
            (args("nobody-s", &none), false),
            (args("old", &none), false),
            (args("of-vms", &of_vms), true),
            (args("of-vms", &join::of_provider("others")), false),
            (args(&default, &of_vms), false),
            (garbage, false),
            (Vec::new(), true),
        ];
        for (number, (args, _)) in (1..).zip(&cases) {
            boot(&store, number, args);
        }
        engine.settle(HOUR);
        for (number, (args, expected)) in (1..).zip(&cases) {
            assert_eq!(joined(&store, number), *expected, "{args:?}");
        }
        let usage = store.peek::<kind::JoinTokenUsage>(&plain_id(1));
        assert_eq!(usage.expect("it joined").spec.token_id, default);
    }

    #[test]
    fn a_machine_that_was_refused_asks_again() {
        let (store, mut engine, default) = bench();
        let revoke = |revoked| {
            let put = store.put::<kind::JoinToken>("", &default, |token| {
                token.spec.revoked = revoked;
            });
            put.expect("written");
        };
        revoke(true);
        engine.settle(HOUR);
        boot(&store, 1, &args(&default, &Extra::new()));
        engine.settle(HOUR);
        assert!(!joined(&store, 1));
        revoke(false);
        engine.pass(Timings::lab().asks_again * 2);
        assert!(joined(&store, 1));
    }

    #[test]
    fn a_full_account_takes_no_machine_until_one_has_left() {
        let (store, mut engine, _) = bench();
        let limited = Instance {
            account_max_registered_machines: 2,
            ..Instance::default()
        };
        instance::install(&store, &limited).expect("installed");
        for number in 1..=3 {
            boot(&store, number, &[]);
            engine.settle(HOUR);
        }
        let all = |store: &Store| [1, 2, 3].map(|number| joined(store, number));
        assert_eq!(all(&store), [true, true, false]);
        let link = Key::of::<kind::Link>(&plain_id(1));
        store.teardown(&link, "").expect("torn down");
        engine.settle(HOUR);
        store.destroy(&link, "").expect("nobody holds it");
        engine.pass(Timings::lab().asks_again * 2);
        assert_eq!(all(&store), [false, true, true]);
    }

    #[test]
    fn a_machine_without_a_token_of_its_own_gets_another() {
        let (store, mut engine, default) = bench();
        engine.settle(HOUR);
        boot(&store, 1, &args(&default, &Extra::new()));
        engine.settle(HOUR);
        let own = |store: &Store| {
            let token = store.peek::<kind::NodeUniqueToken>(&plain_id(1));
            token.map(|token| token.spec.token.clone())
        };
        let first = own(&store).expect("it has joined");
        store
            .remove::<kind::NodeUniqueToken>("", &plain_id(1))
            .expect("reset");
        engine.settle(HOUR);
        let second = own(&store).expect("another one");
        assert_ne!(first, second);
    }
}
