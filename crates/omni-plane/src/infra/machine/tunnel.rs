//! Whether a machine reaches Omni through gRPC: by the arguments that it booted with, or by what its user wants since.
//!
//! A wish that differs from how the machine comes cuts the tunnel; the machine notices and comes anew, the other way, after a while.

use omni_api::kind;
use sha2::{Digest as _, Sha256};

use crate::Moment;
use crate::engine::{Context, Error};
use crate::join;

use super::state::MachineStateSpec;
use super::timings::Timings;

/// The port of every machine that comes through gRPC.
const PORT: u16 = 50889;

/// How a machine comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Way {
    /// Its address inside of the gRPC stream; empty for one that comes through WireGuard.
    pub(super) address: String,
    /// When it will come the other way; until then the tunnel is cut.
    pub(super) switches: Option<Moment>,
}

/// How the machine comes now.
pub(super) fn way(
    cx: &Context<'_>,
    id: &str,
    machine: &MachineStateSpec,
    timings: &Timings,
) -> Result<Way, Error> {
    let booted = join::tunnels(&machine.build().join_args);
    let link = cx.get::<kind::Link>(id)?;
    let now = link
        .as_ref()
        .map(|link| !link.spec.virtual_addrport.is_empty());
    let wish = cx.running::<kind::GrpcTunnelConfig>(id)?;
    let wanted = wish.as_ref().map(|wish| wish.spec.enabled);
    let (Some(now), Some(wanted)) = (now, wanted) else {
        // Before the first contact there is nothing to cut.
        let tunnels = now.or(wanted).unwrap_or(booted);
        return Ok(Way::of(id, tunnels, None));
    };
    let since = wish.and_then(|wish| wish.metadata.updated.or(wish.metadata.created));
    let switches = since.map(Moment::from).unwrap_or_default() + timings.comes_anew;
    if now == wanted || switches <= cx.now() {
        return Ok(Way::of(id, wanted, None));
    }
    Ok(Way::of(id, now, Some(switches)))
}

// === impl Way ===

impl Way {
    fn of(id: &str, tunnels: bool, switches: Option<Moment>) -> Self {
        let address = if tunnels { address(id) } else { String::new() };
        Self { address, switches }
    }
}

/// The same for the life of the machine, in the network that Omni has for this.
fn address(id: &str) -> String {
    let digest = Sha256::digest(format!("grpc/{id}"));
    let words: Vec<_> = digest
        .chunks_exact(2)
        .take(4)
        .map(|pair| format!("{:x}", u16::from_be_bytes([pair[0], pair[1]])))
        .collect();
    format!("[fdae:41e4:649b:9304:{}]:{PORT}", words.join(":"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::Engine;
    use crate::infra::machine::{Machines, NewMachine, add, plain_id};
    use crate::{Clock, Store};

    const HOUR: Duration = Duration::from_hours(1);

    /// The machine's address in the tunnel, once as itself says it and once as Omni's end does; and whether Omni counts it so.
    fn seen(store: &Store) -> (String, Option<String>, bool) {
        let id = plain_id(1);
        let link = store.peek::<kind::Link>(&id).expect("a link");
        let status = store.peek::<kind::LinkStatus>(&format!("{id}/Links.omni.sidero.dev"));
        let machine = store.peek::<kind::Machine>(&id).expect("a machine");
        (
            link.spec.virtual_addrport.clone(),
            status.map(|status| status.spec.virtual_addrport.clone()),
            machine.spec.use_grpc_tunnel,
        )
    }

    fn bench(args: &[String]) -> (Store, Engine) {
        let clock = Clock::manual();
        let store = Store::in_memory(clock.clone());
        let machines = Machines::new(Timings::lab());
        let engine = Engine::new(store.clone(), clock, vec![Box::new(machines)]);
        let mut engine = engine.expect("one controller");
        add(&store, &NewMachine::plain(1, "1.13.7", args)).expect("added");
        engine.settle(HOUR);
        (store, engine)
    }

    #[test]
    fn a_machine_comes_as_its_arguments_say() {
        let (store, _) = bench(&[]);
        assert_eq!(seen(&store), (String::new(), Some(String::new()), false));
        let (store, _) = bench(&["siderolink.api=grpc://here?grpc_tunnel=true".to_owned()]);
        let (address, status, tunnel) = seen(&store);
        assert!(
            address.starts_with("[fdae:41e4:649b:9304:") && address.ends_with("]:50889"),
            "{address}"
        );
        assert_eq!((status, tunnel), (Some(address), true));
    }

    #[test]
    fn another_wish_cuts_the_tunnel_and_the_machine_comes_anew_the_other_way() {
        let (store, mut engine) = bench(&[]);
        store
            .put::<kind::GrpcTunnelConfig>("", &plain_id(1), |wish| wish.spec.enabled = true)
            .expect("written");
        engine.pass(Duration::from_secs(1));
        assert_eq!(seen(&store), (String::new(), None, false), "cut");
        engine.pass(Timings::lab().comes_anew);
        let (address, status, tunnel) = seen(&store);
        assert!(!address.is_empty() && tunnel);
        assert_eq!(status, Some(address));
    }
}
