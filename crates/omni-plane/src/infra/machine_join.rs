//! What a machine is told about the way back to Omni.
//!
//! Keeps true: [`kind::MachineJoinConfig`] of every machine, with the token that it joined with, what goes along in it, and whether its
//! user wants it to come through gRPC.

use omni_api::kind::{GrpcTunnelConfig, JoinTokenUsage, Machine, MachineJoinConfig};
use omni_api::{Resource, kind, labels};

use super::connection::unusable;
use crate::engine::{Context, Error, Input, Transform, Verdict};
use crate::join::{Extra, Join, SIDEROLINK};

/// The ways of machines.
#[derive(Debug, Clone, Copy, Default)]
pub struct MachineJoins;

impl Transform for MachineJoins {
    type In = Machine;
    type Out = MachineJoinConfig;
    const NAME: &'static str = "MachineJoinConfigController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::quiet::<kind::SiderolinkApiConfig>(),
            Input::by_id::<JoinTokenUsage>(),
            Input::by_id::<GrpcTunnelConfig>(),
        ]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        machine: &Resource<Machine>,
        output: &mut Resource<MachineJoinConfig>,
    ) -> Result<Verdict, Error> {
        let id = machine.id();
        let usage = cx.get::<JoinTokenUsage>(id)?;
        let account = cx.get::<kind::SiderolinkApiConfig>(SIDEROLINK)?;
        let (Some(usage), Some(account)) = (usage, account) else {
            return Ok(Verdict::SKIP);
        };
        let wanted = cx.get::<GrpcTunnelConfig>(id)?;
        let tunnel = wanted.map_or(machine.spec.use_grpc_tunnel, |wanted| wanted.spec.enabled);
        let token = &usage.spec.token_id;
        let join = Join::new(&account.spec, token, tunnel, &along(machine));
        output.spec.config = Some(join.map_err(|error| unusable(id, &error))?.config());
        Ok(Verdict::DONE)
    }
}

/// What goes along in the token of a machine that a provider has made.
fn along(machine: &Resource<Machine>) -> Extra {
    let keys = [labels::MACHINE_REQUEST, labels::INFRA_PROVIDER_ID];
    let told = keys.into_iter().filter_map(|key| {
        let value = machine.metadata.label(key)?;
        Some((key.to_owned(), value.to_owned()))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::{Engine, Transformed};
    use crate::store::Key;
    use crate::{Clock, Store};

    const SOON: Duration = Duration::from_secs(1);

    fn bench() -> (Store, Engine) {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        store
            .put::<kind::SiderolinkApiConfig>("", SIDEROLINK, |account| {
                account.spec.machine_api_advertised_url = "grpc://x".into();
                account.spec.events_port = 1;
                account.spec.logs_port = 2;
            })
            .expect("written");
        store.put::<Machine>("", "m", |_| {}).expect("written");
        let controllers = vec![Transformed::boxed(MachineJoins)];
        let engine = Engine::new(store.clone(), clock, controllers).expect("one controller");
        (store, engine)
    }

    fn way(store: &Store) -> Option<String> {
        let config = store.peek::<MachineJoinConfig>("m")?.spec.config.clone();
        config.expect("a part").kernel_args.first().cloned()
    }

    #[test]
    fn a_machine_goes_back_the_way_it_came_unless_its_user_wants_another() {
        let (store, mut engine) = bench();
        engine.settle(SOON);
        assert_eq!(way(&store), None, "it has not joined yet");
        store
            .put::<JoinTokenUsage>("", "m", |usage| usage.spec.token_id = "t".into())
            .expect("written");
        engine.settle(SOON);
        let plain = "siderolink.api=grpc://x?jointoken=t";
        assert_eq!(way(&store).as_deref(), Some(plain));
        let wants = |enabled| {
            let put =
                store.put::<GrpcTunnelConfig>("", "m", |wanted| wanted.spec.enabled = enabled);
            put.expect("written");
        };
        wants(true);
        engine.settle(SOON);
        let tunnel = "siderolink.api=grpc://x?grpc_tunnel=true&jointoken=t";
        assert_eq!(way(&store).as_deref(), Some(tunnel));
        wants(false);
        engine.settle(SOON);
        assert_eq!(way(&store).as_deref(), Some(plain));
    }

    #[test]
    fn the_way_goes_with_the_machine() {
        let (store, mut engine) = bench();
        store
            .put::<JoinTokenUsage>("", "m", |usage| usage.spec.token_id = "t".into())
            .expect("written");
        engine.settle(SOON);
        let machine = Key::of::<Machine>("m");
        assert!(!store.teardown(&machine, "").expect("torn down"), "held");
        engine.settle(SOON);
        assert_eq!(way(&store), None);
        store.destroy(&machine, "").expect("let go");
    }
}
