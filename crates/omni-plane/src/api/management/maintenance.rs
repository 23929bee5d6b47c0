//! Installing and upgrading Talos on machines that belong to no cluster.

use std::pin::Pin;

use futures::stream::{self, Stream, StreamExt as _};
use omni_api::management as api;
use omni_api::management::maintenance_lifecycle_request::Operation;
use omni_api::{Kind as _, Resource, Role, kind, labels};
use semver::Version;
use tonic::{Request, Status};

use super::power::required;
use super::{Management, refused};
use crate::api::caller::Caller;
use crate::audit::AuditLog;
use crate::infra::machine::{MachineState, MachineStateSpec, Stage};
use crate::store::{WatchEvent, WatchOptions};

/// The first Talos whose machines are installed and upgraded by a call.
const FIRST: (u64, u64) = (1, 13);

type Machine = Resource<kind::MachineStatus>;
type Messages =
    Pin<Box<dyn Stream<Item = Result<api::MaintenanceLifecycleResponse, Status>> + Send>>;

impl Management {
    /// Orders an upgrade; the machine does it by itself.
    pub(super) async fn upgrade_in_maintenance(
        &self,
        request: Request<api::MaintenanceUpgradeRequest>,
    ) -> Result<api::MaintenanceUpgradeResponse, Status> {
        let api::MaintenanceUpgradeRequest {
            machine_id,
            version,
        } = request.get_ref();
        required(machine_id)?;
        if version.is_empty() {
            return Err(Status::invalid_argument("talos version is required"));
        }
        let (caller, cluster) = self.on_machine(&request, machine_id, Role::Operator)?;
        let machine = self.in_maintenance(machine_id)?;
        self.target(version, &machine.spec.talos_version, false)?;
        ready(&machine, "maintenance upgrade")?;
        let platform = machine.spec.platform_metadata.clone().unwrap_or_default();
        let missing =
            |what: &str| Status::failed_precondition(format!("machine {what} is not known yet"));
        if platform.platform.is_empty() {
            return Err(missing("platform"));
        }
        if machine.spec.security_state.is_none() {
            return Err(missing("security state"));
        }
        self.accessed(
            &caller,
            &["machine.MachineService/Upgrade"],
            &cluster,
            machine_id,
        )?;
        self.order(machine_id, version)?;
        self.acknowledge().await?;
        Ok(api::MaintenanceUpgradeResponse {})
    }

    /// Orders an installation or an upgrade, and tells how it goes until the machine reboots.
    pub(super) async fn change_in_maintenance(
        &self,
        request: Request<api::MaintenanceLifecycleRequest>,
    ) -> Result<Messages, Status> {
        let asked = request.get_ref();
        let id = asked.machine_id.clone();
        let (caller, _) = self.on_machine(&request, &id, Role::Operator)?;
        required(&id)?;
        well_formed(asked)?;
        let machine = self.in_maintenance(&id)?;
        self.fits(asked, &machine)?;
        let version = if asked.version.is_empty() {
            &machine.spec.talos_version
        } else {
            &asked.version
        };
        let messages = self.progress(&id)?;
        self.accessed(&caller, &calls(asked.operation()), "", &id)?;
        self.order(&id, version)?;
        self.acknowledge().await?;
        Ok(messages)
    }

    /// Notes the calls of the machine's own API.
    fn accessed(
        &self,
        caller: &Caller,
        calls: &[&str],
        cluster: &str,
        machine: &str,
    ) -> Result<(), Status> {
        let log = AuditLog::new(self.store.clone());
        let note = |call: &&str| log.talos_access(&caller.author(), call, cluster, machine);
        calls
            .iter()
            .try_for_each(note)
            .map_err(|error| refused(&error))
    }

    /// Whether the machine is one to which this can be done.
    fn fits(
        &self,
        asked: &api::MaintenanceLifecycleRequest,
        machine: &Machine,
    ) -> Result<(), Status> {
        if machine.metadata.label(labels::CLUSTER).is_some() {
            return Err(Status::failed_precondition(
                "machine is allocated to a cluster; its Talos lifecycle is managed by Omni",
            ));
        }
        supported(&machine.spec.talos_version)?;
        let installs = asked.operation() == Operation::Install;
        if !asked.version.is_empty() {
            self.target(&asked.version, &machine.spec.talos_version, installs)?;
        }
        ready(machine, "maintenance lifecycle")?;
        let installed = machine.metadata.label(labels::MACHINE_INSTALLED).is_some();
        if installs && installed {
            return Err(Status::failed_precondition(
                "Talos is already installed on this machine; use OPERATION_UPGRADE",
            ));
        }
        if !installs && !installed {
            return Err(Status::failed_precondition(
                "Talos is not installed on this machine; use OPERATION_INSTALL",
            ));
        }
        if installs {
            has_disk(machine, &asked.disk)?;
        }
        Ok(())
    }

    fn in_maintenance(&self, id: &str) -> Result<std::sync::Arc<Machine>, Status> {
        let machine = self.store.peek::<kind::MachineStatus>(id);
        let machine = machine.ok_or_else(|| Status::not_found("machine not found"))?;
        if !machine.spec.maintenance {
            return Err(Status::failed_precondition(
                "machine is not in maintenance mode",
            ));
        }
        Ok(machine)
    }

    /// Whether the machine may be brought to this version.
    fn target(&self, wanted: &str, running: &str, same: bool) -> Result<(), Status> {
        let refuse = |text: String| Err(Status::failed_precondition(text));
        let plain = |version: &str| version.trim_start_matches('v').to_owned();
        let Some(target) = self.store.peek::<kind::TalosVersion>(&plain(wanted)) else {
            return refuse(format!(
                "requested Talos version {wanted:?} is not tracked by this Omni release"
            ));
        };
        if target.spec.unsupported {
            return refuse(format!(
                "requested Talos version {wanted:?} is not supported by this Omni release"
            ));
        }
        if same && plain(wanted) == plain(running) {
            return Ok(());
        }
        let Some(source) = self.store.peek::<kind::TalosVersion>(&plain(running)) else {
            return refuse(format!(
                "no upgrade targets available: machine is running an untracked Talos version {running:?}"
            ));
        };
        if source
            .spec
            .upgradable_talos_versions
            .contains(&plain(wanted))
        {
            return Ok(());
        }
        refuse(format!(
            "requested Talos version {wanted:?} is not a supported target from the version running in memory ({running:?})"
        ))
    }

    /// Tells the machine, unless it is busy.
    fn order(&self, id: &str, version: &str) -> Result<(), Status> {
        let machine = self.store.peek::<MachineState>(id);
        let machine = machine.ok_or_else(|| {
            Status::unknown("failed to get talos client: no emulated machine is behind this one")
        })?;
        if machine.spec.stage() != Stage::Maintenance || !machine.spec.by_hand.is_empty() {
            return Err(Status::failed_precondition(format!(
                "a maintenance lifecycle operation is already in progress for machine {id:?}"
            )));
        }
        let version = version.trim_start_matches('v');
        let ordered = self.store.put::<MachineState>("", id, |machine| {
            version.clone_into(&mut machine.spec.by_hand);
        });
        ordered.map(|_| ()).map_err(|error| refused(&error))
    }

    /// What the machine does, from now until it reboots.
    fn progress(&self, id: &str) -> Result<Messages, Status> {
        let options = WatchOptions::default();
        let watcher = self
            .store
            .watch(MachineState::NAMESPACE, MachineState::TYPE, id, &options);
        let watcher = watcher.map_err(crate::api::status::of_watch)?;
        let events = stream::unfold(watcher, |mut watcher| async move {
            let events = watcher.next().await?;
            Some((stream::iter(events), watcher))
        });
        let machines = events.flatten().filter_map(|event| async move {
            let WatchEvent::Resource(event, _) = event else {
                return None;
            };
            Some(event.resource.typed::<MachineState>().ok()?.spec)
        });
        let stages = machines.scan((Stage::Maintenance, false), |(before, over), machine| {
            let over = std::mem::replace(over, machine.stage() == Stage::Rebooting);
            let changed = std::mem::replace(before, machine.stage()) != machine.stage();
            let message = changed.then(|| message(&machine)).flatten();
            async move { (!over).then_some(message) }
        });
        let messages = stages.filter_map(|message| async move {
            let message = message?;
            Some(Ok(api::MaintenanceLifecycleResponse { message }))
        });
        Ok(Box::pin(messages))
    }
}

fn message(machine: &MachineStateSpec) -> Option<String> {
    let next = machine.next_image.clone().unwrap_or_default();
    Some(match machine.stage() {
        Stage::Installing => format!("[emulator] installing Talos v{}", next.version),
        Stage::Upgrading => format!("[emulator] upgrading to Talos v{}", next.version),
        Stage::Rebooting => "[omni] rebooting machine to boot into installed Talos".to_owned(),
        _ => return None,
    })
}

/// What is called of the machine, in order. The plane's machine does all of it at the first call, so that all is noted then.
const fn calls(operation: Operation) -> [&'static str; 3] {
    let write = match operation {
        Operation::Install => "machine.LifecycleService/Install",
        _ => "machine.LifecycleService/Upgrade",
    };
    [
        "machine.ImageService/Pull",
        write,
        "machine.MachineService/Reboot",
    ]
}

fn well_formed(request: &api::MaintenanceLifecycleRequest) -> Result<(), Status> {
    let text = match request.operation() {
        Operation::Install if request.disk.is_empty() => "disk is required for INSTALL",
        Operation::Upgrade if !request.disk.is_empty() => "disk must not be set for UPGRADE",
        Operation::Upgrade if request.version.is_empty() => "version is required for UPGRADE",
        Operation::Install | Operation::Upgrade => return Ok(()),
        Operation::Unspecified => "operation must be OPERATION_INSTALL or OPERATION_UPGRADE",
    };
    Err(Status::invalid_argument(text))
}

fn supported(running: &str) -> Result<(), Status> {
    let version = Version::parse(running.trim_start_matches('v'));
    if version.is_ok_and(|version| (version.major, version.minor) >= FIRST) {
        return Ok(());
    }
    Err(Status::failed_precondition(format!(
        "machine Talos version {running:?} is not supported: the lifecycle API requires Talos {}.{} or newer",
        FIRST.0, FIRST.1
    )))
}

fn ready(machine: &Machine, what: &str) -> Result<(), Status> {
    let schematic = machine.spec.schematic.as_ref();
    if schematic.is_some_and(|schematic| schematic.in_agent_mode) {
        return Err(Status::failed_precondition(format!(
            "{what} is not allowed on machines in agent mode"
        )));
    }
    if schematic.is_none() {
        return Err(Status::failed_precondition(
            "machine schematic is not ready yet",
        ));
    }
    Ok(())
}

/// Talos refuses a disk that is not there.
fn has_disk(machine: &Machine, disk: &str) -> Result<(), Status> {
    let hardware = machine.spec.hardware.clone().unwrap_or_default();
    let disks: Vec<_> = hardware
        .blockdevices
        .iter()
        .map(|device| device.linux_name.as_str())
        .collect();
    if disks.contains(&disk) {
        return Ok(());
    }
    Err(Status::failed_precondition(format!(
        "the machine has no disk {disk:?}, only {}",
        disks.join(", ")
    )))
}
