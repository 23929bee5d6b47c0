//! The machines of a fixed provider.
//!
//! Keeps true: a played fixed provider has its machines, each booted over the network into the provider's agent. One whose link
//! is removed boots again and waits for acceptance anew, as real hardware does.

use omni_api::{kind, labels};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::infra::machine::{Build, MachineState, NewMachine, Timings, keep};
use crate::infra::provider::Play;
use crate::store::Query;

/// Puts the machines into the racks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Racks {
    timings: Timings,
}

/// UUID of a fixed provider's machine with this number, from 1: the same in every plane.
pub fn fixed_id(provider: &str, number: u32) -> String {
    let digest = Sha256::digest(format!("{provider}/{number}"));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

// === impl Racks ===

impl Racks {
    /// Machines that take as long as this to boot.
    pub const fn new(timings: Timings) -> Self {
        Self { timings }
    }

    fn mount(&self, cx: &Context<'_>, provider: &str, number: u32) -> Result<(), Error> {
        let id = fixed_id(provider, number);
        if cx.get::<MachineState>(&id)?.is_some() || cx.get::<kind::Link>(&id)?.is_some() {
            return Ok(());
        }
        let way = cx.get::<kind::ProviderJoinConfig>(provider)?;
        let Some(way) = way.and_then(|way| way.spec.config.clone()) else {
            return Ok(()); // The provider gets its token in a moment, which is an event.
        };
        let versions = cx.list::<kind::TalosVersion>(&Query::all())?;
        let newest = versions
            .iter()
            .filter(|version| !version.spec.deprecated && !version.spec.unsupported)
            .filter_map(|version| semver::Version::parse(version.id()).ok())
            .max();
        let Some(newest) = newest else {
            return Ok(());
        };
        let machine = NewMachine {
            talos_version: newest.to_string(),
            join_args: way.kernel_args,
            ..NewMachine::plain(0, "", &[])
        };
        let mut state = machine.made_of(Build {
            provider: provider.to_owned(),
            fixed: true,
            ..Build::metal()
        });
        if let Some(build) = &mut state.build {
            build.labels = [("rack".to_owned(), format!("{provider}-{number}"))].into();
        }
        state.joins_at = keep(cx.now() + self.timings.join);
        cx.put_for_user::<MachineState>(&id, |resource| {
            let key = labels::INFRA_PROVIDER_ID.to_owned();
            resource.metadata.labels.insert(key, provider.to_owned());
            resource.spec = state.clone();
        })?;
        Ok(())
    }
}

impl Controller for Racks {
    fn name(&self) -> &'static str {
        "EmulatedRackController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<Play>(),
            Input::by_label::<kind::Link>(labels::INFRA_PROVIDER_ID),
            Input::by_id::<kind::ProviderJoinConfig>(),
            Input::mapped::<kind::TalosVersion>(|store, _| {
                let plays = store.peek_all::<Play>(&Query::all());
                plays
                    .iter()
                    .map(|play| Arc::clone(&play.metadata.id))
                    .collect()
            }),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<MachineState>()]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let play = cx.running::<Play>(id)?;
        let Some(play) = play.filter(|play| play.spec.fixed && !play.spec.aside) else {
            return Ok(Next::Done);
        };
        (1..=play.spec.machines).try_for_each(|number| self.mount(cx, id, number))?;
        Ok(Next::Done)
    }
}
