//! Machines on request.
//!
//! Keeps true: every request to a played dynamic provider has a machine, or an error that says why not; a request that is on
//! its way out has none. Where a request stands follows from when it was made and from the timings, so that nothing but its
//! status needs to be remembered.

use omni_api::specs::GrpcTunnelMode;
use omni_api::specs::machine_request_status_spec::Stage;
use omni_api::{Metadata, Resource, kind, labels};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::Duration;

use crate::Moment;
use crate::engine::{Context, Controller, Error, Input, Next, Output};
use crate::infra::connection::unusable;
use crate::infra::faults::{FaultScript, RequestNumber, refusal};
use crate::infra::machine::{Build, MachineState, NewMachine, Timings, keep};
use crate::infra::provider::Play;
use crate::join::{self, Join, SIDEROLINK};
use crate::store::{Query, Store};

use super::schema;
use super::status::{announce, complete, fail};

/// A request for a machine.
pub(super) type Request = Arc<Resource<kind::MachineRequest>>;

/// Makes machines for requests.
#[derive(Debug, Clone, Copy, Default)]
pub struct Provision {
    timings: Timings,
}

/// Who acts for this provider: the name that Omni's library gives to it.
pub(crate) fn owner(provider: &str) -> String {
    format!("{provider}.ProvisionController")
}

// === impl Provision ===

impl Provision {
    /// Provisioning that takes as long as this.
    pub const fn new(timings: Timings) -> Self {
        Self { timings }
    }

    fn provision(
        &self,
        cx: &Context<'_>,
        provider: &str,
        request: &Request,
    ) -> Result<Next, Error> {
        let id = request.id();
        let now = cx.now();
        let made = request
            .metadata
            .created
            .map(Moment::from)
            .unwrap_or_default();
        let begins = made + self.timings.provider_notices;
        if now < begins {
            return Ok(Next::After(begins.since(now)));
        }
        let owner = owner(provider);
        cx.put_for_user::<kind::MachineRequest>(id, |request| {
            if !request.metadata.finalizers.contains(&owner) {
                request.metadata.finalizers.push(owner.clone());
            }
        })?;
        let status = cx.get::<kind::MachineRequestStatus>(id)?;
        let stage = status.as_ref().map(|status| status.spec.stage());
        if matches!(stage, Some(Stage::Failed)) {
            return Ok(Next::Done);
        }
        if stage.is_none()
            && let Some(reason) = refusal(cx, provider, request)?
        {
            return fail(cx, &owner, request, &reason);
        }
        let data = match understand(cx, provider, request)? {
            Ok(data) => data,
            Err(reason) => return fail(cx, &owner, request, &reason),
        };
        if let Some(waits) = self.work(cx, &owner, request, status.as_deref())? {
            return Ok(Next::After(waits));
        }
        let machine = machine_id(request);
        // A machine that has joined and is gone was taken away by somebody: it is not made a second time.
        if status.is_none_or(|status| status.spec.id.is_empty()) {
            let Some(args) = way(cx, provider, request)? else {
                return Ok(Next::Done);
            };
            self.make(cx, provider, request, &data, args)?;
        }
        complete(cx, &owner, request, &machine)?;
        Ok(Next::Done)
    }

    /// Goes through the stages before the machine is there, one after the other; how long until the next, none when done.
    fn work(
        &self,
        cx: &Context<'_>,
        owner: &str,
        request: &Request,
        status: Option<&Resource<kind::MachineRequestStatus>>,
    ) -> Result<Option<Duration>, Error> {
        let half = self.timings.provider_step / 2;
        let Some(status) = status else {
            announce(cx, owner, request, false)?;
            return Ok(Some(half));
        };
        if status.spec.stage() != Stage::Provisioning {
            return Ok(None);
        }
        let working = !status.spec.status.is_empty();
        let since = if working {
            status
                .metadata
                .labels
                .get(labels::MACHINE_INFRA_ID)
                .and(status.metadata.updated)
        } else {
            status.metadata.created
        };
        let left = (since.map(Moment::from).unwrap_or_default() + half).since(cx.now());
        if !left.is_zero() {
            return Ok(Some(left));
        }
        if working {
            return Ok(None);
        }
        announce(cx, owner, request, true)?;
        Ok(Some(half))
    }

    fn make(
        &self,
        cx: &Context<'_>,
        provider: &str,
        request: &Request,
        data: &serde_json::Value,
        args: Vec<String>,
    ) -> Result<(), Error> {
        let machine = &machine_id(request);
        if cx.get::<MachineState>(machine)?.is_some() {
            return Ok(());
        }
        let size = data["size"].as_str().unwrap_or_default();
        let build = Build {
            provider: provider.to_owned(),
            request: request.id().to_owned(),
            request_set: request
                .metadata
                .label(labels::MACHINE_REQUEST_SET)
                .unwrap_or_default()
                .to_owned(),
            ..Build::virtual_machine(size)
        };
        let labels = data["labels"].as_object().into_iter().flatten();
        let labels =
            labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        let mut state = NewMachine {
            id: machine.clone(),
            talos_version: request
                .spec
                .talos_version
                .trim_start_matches('v')
                .to_owned(),
            labels: labels.collect(),
            installed: false,
            join_args: [args, request.spec.kernel_args.clone()].concat(),
            extensions: request.spec.extensions.clone(),
            data_disk: false,
        }
        .made_of(build);
        state.joins_at = keep(cx.now() + self.timings.join);
        cx.put_for_user::<MachineState>(machine, |resource| {
            let key = labels::MACHINE_REQUEST.to_owned();
            resource
                .metadata
                .labels
                .insert(key, request.id().to_owned());
            resource.spec = state.clone();
        })?;
        Ok(())
    }

    fn deprovision(
        &self,
        cx: &Context<'_>,
        provider: &str,
        request: &Request,
    ) -> Result<Next, Error> {
        let id = request.id();
        let asked = request
            .metadata
            .updated
            .map(Moment::from)
            .unwrap_or_default();
        let begins = asked + self.timings.deprovision;
        let owner = owner(provider);
        let status = cx.get::<kind::MachineRequestStatus>(id)?;
        let begun = status.is_none_or(|status| status.metadata.tearing_down());
        if !begun && cx.now() < begins {
            return Ok(Next::After(begins.since(cx.now())));
        }
        // Whoever holds the status still needs the machine.
        if !cx.remove_for::<kind::MachineRequestStatus>(&owner, id)? {
            return Ok(Next::Done);
        }
        let machine = machine_id(request);
        if cx.get::<MachineState>(&machine)?.is_some() {
            cx.put_for_user::<MachineState>(&machine, |machine| machine.spec.removed = true)?;
        } else {
            cx.put_for_user::<kind::MachineRequest>(id, |request| {
                request.metadata.finalizers.retain(|name| *name != owner);
            })?;
            cx.remove::<RequestNumber>(id)?;
        }
        Ok(Next::Done)
    }
}

impl Controller for Provision {
    fn name(&self) -> &'static str {
        "EmulatedProvisionController"
    }

    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::by_id::<kind::MachineRequest>(),
            Input::by_id::<kind::MachineRequestStatus>(),
            Input::by_label::<kind::Link>(labels::MACHINE_REQUEST),
            Input::by_label::<MachineState>(labels::MACHINE_REQUEST),
            Input::mapped::<Play>(of_provider),
            Input::quiet::<kind::InfraProvider>(),
            Input::quiet::<kind::MachineRequestSet>(),
            Input::quiet::<FaultScript>(),
            Input::quiet::<kind::InfraProviderStatus>(),
            Input::quiet::<kind::SiderolinkApiConfig>(),
            Input::mapped::<kind::ProviderJoinConfig>(of_provider),
        ]
    }

    fn outputs(&self) -> Vec<Output> {
        vec![
            Output::shared::<kind::MachineRequest>(),
            Output::shared::<kind::MachineRequestStatus>(),
            Output::shared::<MachineState>(),
            Output::exclusive::<RequestNumber>(),
        ]
    }

    fn reconcile(&self, cx: &Context<'_>, id: &str) -> Result<Next, Error> {
        let Some(request) = cx.get::<kind::MachineRequest>(id)? else {
            return Ok(Next::Done);
        };
        let Some(provider) = request
            .metadata
            .label(labels::INFRA_PROVIDER_ID)
            .map(str::to_owned)
        else {
            return Ok(Next::Done);
        };
        let play = cx.running::<Play>(&provider)?;
        if play.is_none_or(|play| play.spec.aside || play.spec.fixed) {
            return Ok(Next::Done);
        }
        if !request.metadata.tearing_down() {
            return self.provision(cx, &provider, &request);
        }
        if request.metadata.finalizers.contains(&owner(&provider)) {
            return self.deprovision(cx, &provider, &request);
        }
        Ok(Next::Done)
    }
}

/// The kernel arguments with which the machine of a request joins: with the provider's token, which says whose it is and what for.
///
/// None for a provider that has no token yet. It gets one in a moment, which is then an event.
fn way(cx: &Context<'_>, provider: &str, request: &Request) -> Result<Option<Vec<String>>, Error> {
    let config = cx.get::<kind::ProviderJoinConfig>(provider)?;
    let account = cx.get::<kind::SiderolinkApiConfig>(SIDEROLINK)?;
    let (Some(config), Some(account)) = (config, account) else {
        return Ok(None);
    };
    let mut along = join::of_provider(provider);
    along.insert(labels::MACHINE_REQUEST.to_owned(), request.id().to_owned());
    let tunnel = request.spec.grpc_tunnel() == GrpcTunnelMode::Enabled;
    let way = Join::new(&account.spec, &config.spec.join_token, tunnel, &along);
    let way = way.map_err(|error| unusable(request.id(), &error))?;
    Ok(Some(way.kernel_args()))
}

/// The requests to the provider with this id.
fn of_provider(store: &Store, provider: &Metadata) -> Vec<Arc<str>> {
    let query = Query::label(labels::INFRA_PROVIDER_ID, &provider.id);
    let requests = store.peek_all::<kind::MachineRequest>(&query);
    requests
        .iter()
        .map(|request| request.metadata.id.clone())
        .collect()
}

/// What the request asks for, or why that makes no sense.
fn understand(
    cx: &Context<'_>,
    provider: &str,
    request: &Request,
) -> Result<Result<serde_json::Value, String>, Error> {
    let status = cx.get::<kind::InfraProviderStatus>(provider)?;
    let schema = status
        .map(|status| status.spec.schema.clone())
        .unwrap_or_default();
    Ok(schema::check(&schema, &request.spec.provider_data).map_err(|error| error.to_string()))
}

/// The machine of a request: a UUID that follows from the request and when it was made.
pub(super) fn machine_id(request: &Request) -> String {
    let made = request
        .metadata
        .created
        .map(Moment::from)
        .unwrap_or_default();
    let digest = Sha256::digest(format!("{}/{}", request.id(), keep(made)));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}
