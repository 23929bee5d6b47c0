//! As many machine requests as a set of them asks for.
//!
//! # Rules
//! * Given up first are those whose machine is in no cluster, then workers', then control planes', the oldest first.
//! * A machine whose link is taken away takes its request along; a new one follows.
//! * When the provider is gone, nobody is left to clean up for it: its hold on requests that go is taken off.

use std::sync::Arc;

use omni_api::kind::{InfraProvider, MachineRequest, MachineRequestSet, MachineStatusLabels};
use omni_api::specs::{MachineRequestSetSpec, MachineRequestSpec};
use omni_api::{Metadata, Resource, kind, labels};

use super::cluster_machine_request_status;
use crate::Store;
use crate::controllers::common::{is_control_plane, random_name};
use crate::engine::{Context, Error, Input, Output, Transform, Verdict};
use crate::store::Query;

/// Keeps requests.
#[derive(Debug)]
pub(super) struct MachineRequestSetStatus;

type Request = Arc<Resource<MachineRequest>>;

// === impl MachineRequestSetStatus ===

impl Transform for MachineRequestSetStatus {
    type In = MachineRequestSet;
    type Out = kind::MachineRequestSetStatus;
    const NAME: &'static str = "MachineRequestSetStatusController";

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_label::<MachineRequest>(labels::MACHINE_REQUEST_SET),
            Input::by_label::<MachineStatusLabels>(labels::MACHINE_REQUEST_SET),
            Input::mapped::<InfraProvider>(sets_of_provider),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![Output::shared::<MachineRequest>()]
    }

    fn transform(
        &self,
        cx: &Context<'_>,
        set: &Resource<Self::In>,
        _: &mut Resource<Self::Out>,
    ) -> Result<Verdict, Error> {
        let mut requests = Vec::new();
        for request in requests_of(cx, set.id())? {
            let machine = machine_of(cx, request.id())?;
            let leaves = machine
                .as_ref()
                .is_some_and(|machine| machine.metadata.tearing_down());
            if leaves || request.metadata.tearing_down() {
                give_up(cx, &request, machine.as_deref())?;
                continue;
            }
            if let Some(machine) = &machine {
                cx.hold::<MachineStatusLabels>(machine.id())?;
            }
            requests.push((rank(&request, machine.as_deref()), request, machine));
        }
        let wanted = usize::try_from(set.spec.machine_count).unwrap_or_default();
        for _ in requests.len()..wanted {
            create(cx, set)?;
        }
        requests.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        let surplus = requests.len().saturating_sub(wanted);
        for (_, request, machine) in requests.iter().take(surplus) {
            give_up(cx, request, machine.as_deref())?;
        }
        Ok(Verdict::DONE)
    }

    fn finalize(&self, cx: &Context<'_>, set: &Resource<Self::In>) -> Result<bool, Error> {
        let provider = cx.running::<InfraProvider>(&set.spec.provider_id)?;
        for request in requests_of(cx, set.id())? {
            cx.teardown_for::<MachineRequest>("", request.id())?;
            if provider.is_none() {
                take_off_holds(cx, &request)?;
            }
            cx.remove_for::<MachineRequest>("", request.id())?;
        }
        for machine in
            cx.list::<MachineStatusLabels>(&Query::label(labels::MACHINE_REQUEST_SET, set.id()))?
        {
            cx.release::<MachineStatusLabels>(machine.id())?;
        }
        Ok(requests_of(cx, set.id())?.is_empty())
    }
}

fn requests_of(cx: &Context<'_>, set: &str) -> Result<Vec<Request>, Error> {
    cx.list::<MachineRequest>(&Query::label(labels::MACHINE_REQUEST_SET, set))
}

/// The machine that was made for a request.
fn machine_of(
    cx: &Context<'_>,
    request: &str,
) -> Result<Option<Arc<Resource<MachineStatusLabels>>>, Error> {
    let made = cx.list::<MachineStatusLabels>(&Query::label(labels::MACHINE_REQUEST, request))?;
    Ok(made.into_iter().next())
}

/// How reluctantly a request is given up.
fn rank(
    request: &Request,
    machine: Option<&Resource<MachineStatusLabels>>,
) -> (bool, bool, i64, i32, Arc<str>) {
    let used = machine.filter(|machine| machine.metadata.label(labels::CLUSTER).is_some());
    let control_plane = used.is_some_and(|machine| is_control_plane(&machine.metadata));
    let created = request.metadata.created.unwrap_or_default();
    let id = request.metadata.id.clone();
    (
        used.is_some(),
        control_plane,
        created.seconds,
        created.nanos,
        id,
    )
}

fn give_up(
    cx: &Context<'_>,
    request: &Resource<MachineRequest>,
    machine: Option<&Resource<MachineStatusLabels>>,
) -> Result<(), Error> {
    let gone = cx.remove_for::<MachineRequest>("", request.id())?;
    if let Some(machine) = machine
        && (gone || machine.metadata.tearing_down())
    {
        cx.release::<MachineStatusLabels>(machine.id())?;
    }
    Ok(())
}

/// Creates a request under a free name.
fn create(cx: &Context<'_>, set: &Resource<MachineRequestSet>) -> Result<(), Error> {
    loop {
        let id = format!("{}-{}", set.id(), random_name());
        let mut request = Resource::<MachineRequest>::new(&id, request(&set.spec));
        let marks = &mut request.metadata.labels;
        marks.insert(
            labels::INFRA_PROVIDER_ID.into(),
            set.spec.provider_id.clone(),
        );
        marks.insert(labels::MACHINE_REQUEST_SET.into(), set.id().into());
        if cx.create_for_user(&request)? {
            return Ok(());
        }
    }
}

fn request(set: &MachineRequestSetSpec) -> MachineRequestSpec {
    MachineRequestSpec {
        talos_version: set.talos_version.clone(),
        extensions: set.extensions.clone(),
        kernel_args: set.kernel_args.clone(),
        meta_values: set.meta_values.clone(),
        provider_data: set.provider_data.clone(),
        grpc_tunnel: set.grpc_tunnel,
        ..MachineRequestSpec::default()
    }
}

fn take_off_holds(cx: &Context<'_>, request: &Resource<MachineRequest>) -> Result<(), Error> {
    for holder in &request.metadata.finalizers {
        if holder != cluster_machine_request_status::NAME {
            cx.release_as::<MachineRequest>(request.id(), holder)?;
        }
    }
    Ok(())
}

fn sets_of_provider(store: &Store, provider: &Metadata) -> Vec<Arc<str>> {
    let sets = store.peek_all::<MachineRequestSet>(&Query::all());
    let ours = sets
        .iter()
        .filter(|set| *set.spec.provider_id == *provider.id);
    ours.map(|set| set.metadata.id.clone()).collect()
}
