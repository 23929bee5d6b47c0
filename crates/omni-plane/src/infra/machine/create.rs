//! New machines.

use std::collections::BTreeMap;

use omni_api::Resource;

use crate::Moment;
use crate::store::{Store, StoreError, Transaction};

use super::diary::{self, Diary};
use super::hardware::schematic;
use super::state::{Build, Disk, Image, MachineState, MachineStateSpec, Stage, keep};

/// A machine that is to appear.
#[derive(Debug, Clone)]
pub struct NewMachine {
    /// Its UUID.
    pub id: String,
    /// The Talos it boots, without a leading `v`.
    pub talos_version: String,
    /// Labels that come with its image.
    pub labels: BTreeMap<String, String>,
    /// Whether Talos is on its disk already, as after an earlier life.
    pub installed: bool,
    /// Kernel arguments of the join.
    pub join_args: Vec<String>,
    /// Extensions of the image that it boots.
    pub extensions: Vec<String>,
    /// Whether it has a big slow disk beside the first one.
    pub data_disk: bool,
}

/// UUID of the plain machine with this number, from 1: the same in every plane.
pub fn plain_id(number: usize) -> String {
    format!("00000000-0000-4000-a000-{number:012}")
}

// === impl NewMachine ===

impl NewMachine {
    /// The plain bare-metal machine with this number, from 1: fixed id, label `rack = r<number>`,
    /// two disks.
    pub fn plain(number: usize, talos_version: &str, join_args: &[String]) -> Self {
        Self {
            id: plain_id(number),
            talos_version: talos_version.to_owned(),
            labels: BTreeMap::from([("rack".to_owned(), format!("r{number}"))]),
            installed: false,
            join_args: join_args.to_vec(),
            extensions: Vec::new(),
            data_disk: true,
        }
    }

    /// The same machine, made of something.
    pub(crate) fn made_of(self, build: Build) -> MachineStateSpec {
        let mut image = Image {
            version: self.talos_version,
            extensions: self.extensions,
            ..Image::default()
        };
        image.schematic = schematic(&self.join_args, &image).id();
        let mut machine = MachineStateSpec {
            build: Some(Build {
                labels: self.labels,
                join_args: self.join_args,
                more_disks: self.data_disk.then(Disk::of_data).into_iter().collect(),
                initial: Some(image.clone()),
                ..build
            }),
            installed: self.installed,
            image: Some(image),
            ..MachineStateSpec::default()
        };
        machine.set_stage(Stage::Maintenance);
        machine.set_shown(Stage::Maintenance);
        machine
    }
}

/// Adds a plain bare-metal machine that Omni knows already; false when it is there.
///
/// # Errors
/// Those of the store.
pub fn add(store: &Store, machine: &NewMachine) -> Result<bool, StoreError> {
    let now = store.clock().moment();
    let mut state = machine.clone().made_of(Build::metal());
    state.joined = true;
    let mut diary = Diary::of(&state);
    diary.joined(&state);
    store.transaction(|tx| {
        let new = put(tx, &machine.id, state, now)?;
        if new {
            let stream = diary::stream(&machine.id);
            let lines = diary.lines().into_iter();
            lines.for_each(|line| tx.note(&stream, line));
        }
        Ok(new)
    })
}

/// Switches a plain bare-metal machine on that Omni has not seen yet; it speaks at a moment. False when it is there.
///
/// # Errors
/// Those of the store.
pub fn boot(store: &Store, machine: &NewMachine, joins: Moment) -> Result<bool, StoreError> {
    let state = machine.clone().made_of(Build::metal());
    store.transaction(|tx| put(tx, &machine.id, state, joins))
}

/// Puts a machine into the store, to speak to Omni at a moment. One that is there already stays as it is.
///
/// # Errors
/// Those of the store.
pub(crate) fn put(
    tx: &mut Transaction<'_>,
    id: &str,
    mut machine: MachineStateSpec,
    joins: Moment,
) -> Result<bool, StoreError> {
    if tx.read::<MachineState>(id).is_some() {
        return Ok(false);
    }
    machine.joins_at = keep(joins);
    tx.create(Resource::<MachineState>::new(id, machine).to_any(), "")?;
    Ok(true)
}
