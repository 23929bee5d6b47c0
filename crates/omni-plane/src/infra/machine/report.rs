//! What a machine reports of itself.
//!
//! A pure view of what it remembers at a moment: the facts for the controllers, and the event that Omni keeps as a snapshot.
//! Names, ids and addresses follow from the machine's UUID and its counters, so that they are the same in every run and new
//! where a real machine's would be new: the boot id with every boot, the name of the node with every membership.

use omni_api::machine::machine_status_event::{MachineStage, MachineStatus};
use omni_api::machine::{MachineStatusEvent, machine_status_event::machine_status::UnmetCondition};
use omni_api::specs::machine_status_snapshot_spec::PowerStage;
use omni_api::specs::machine_status_spec as status;
use omni_api::specs::{MachineStatusSnapshotSpec, MachineStatusSpec, SecurityState};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use crate::Moment;
use crate::infra::address;
use crate::machines::observed::{Member, ObservedSpec, StaticPod};

use super::hardware;
use super::state::{Image, MachineStateSpec, MemberState, Stage, kept, reached};
use super::timings::Timings;

/// The moment, and what counts as shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) id: &'a str,
    pub(crate) now: Moment,
    pub(crate) timings: &'a Timings,
}

impl View<'_> {
    /// The facts that controllers read.
    pub(crate) fn observed(self, machine: &MachineStateSpec) -> ObservedSpec {
        let image = machine.image.clone().unwrap_or_default();
        let member = machine.member.as_ref();
        ObservedSpec {
            report: self.is_known(machine).then(|| self.status(machine, &image)),
            connected: self.connected(machine),
            config_sha256: member
                .map(|member| member.config_sha256.clone())
                .unwrap_or_default(),
            installed: machine.installed,
            disk_boots: machine.disk_boots,
            boot_id: self.boot_id(machine),
            config_error: machine.install_error.clone(),
            member: member.map(|member| self.member(machine, member)),
            talos_version: image.version,
            schematic: image.schematic,
        }
    }

    /// The last event of the machine, with what its provider says about its power.
    pub(crate) fn snapshot(self, machine: &MachineStateSpec) -> MachineStatusSnapshotSpec {
        let ready = self.ready(machine);
        let unmet_conditions = if ready { Vec::new() } else { unmet(machine) };
        let status = MachineStatus {
            ready,
            unmet_conditions,
        };
        let mut event = MachineStatusEvent {
            status: Some(status),
            ..MachineStatusEvent::default()
        };
        event.set_stage(talos_stage(machine.shown()));
        let mut snapshot = MachineStatusSnapshotSpec {
            machine_status: Some(event),
            boot_id: self.boot_id(machine),
            ..MachineStatusSnapshotSpec::default()
        };
        snapshot.set_power_stage(match machine.stage() {
            Stage::Off => PowerStage::PoweredOff,
            _ => PowerStage::None,
        });
        snapshot
    }

    /// Whether the tunnel counts as up: a silent machine is noticed late, one without power at once.
    pub(crate) fn connected(self, machine: &MachineStateSpec) -> bool {
        let unnoticed = machine.silent_since == 0
            || kept(machine.silent_since) + self.timings.unnoticed > self.now;
        machine.joined && unnoticed && machine.stage() != Stage::Off
    }

    /// Whether Omni has had the time to read what the machine is made of.
    fn is_known(self, machine: &MachineStateSpec) -> bool {
        machine.introduced_at == 0 || reached(machine.introduced_at, self.now)
    }

    fn ready(self, machine: &MachineStateSpec) -> bool {
        match machine.shown() {
            // Of a machine that waits or goes down nothing is asked.
            Stage::Maintenance | Stage::Rebooting => true,
            Stage::Running => {
                let member = machine.member.as_ref();
                member.is_none_or(|member| reached(member.services_at, self.now))
            }
            _ => false,
        }
    }

    fn status(self, machine: &MachineStateSpec, image: &Image) -> MachineStatusSpec {
        let build = machine.build();
        let initial = build.initial.clone().unwrap_or_default();
        let hostname = self.hostname(machine);
        let mut report = MachineStatusSpec {
            talos_version: format!("v{}", image.version),
            talos_version_name: "Talos".to_owned(),
            hardware: Some(hardware::status(self.id, &build, system_disk(machine))),
            network: Some(self.network(machine, &hostname)),
            management_address: address::management(self.id).to_string(),
            maintenance: machine.member.is_none(),
            platform_metadata: Some(hardware::platform(self.id, &build)),
            image_labels: build.labels.clone(),
            schematic: Some(schematic(
                &build.join_args,
                image,
                &initial,
                build.fixed && !machine.installed,
            )),
            initial_talos_version: format!("v{}", initial.version),
            security_state: Some(SecurityState::default()),
            kernel_cmdline: hardware::schematic(&build.join_args, image)
                .customization
                .extra_kernel_args
                .join(" "),
            ..MachineStatusSpec::default()
        };
        report.set_power_state(match machine.stage() {
            Stage::Off => status::PowerState::Off,
            _ => status::PowerState::On,
        });
        report
    }

    fn network(self, machine: &MachineStateSpec, hostname: &str) -> status::NetworkStatus {
        let local = address::local(self.id, machine.memberships);
        status::NetworkStatus {
            hostname: hostname.to_owned(),
            addresses: vec![format!("{local}/64")],
            default_gateways: vec!["192.168.0.1".to_owned()],
            network_links: vec![hardware::link(self.id)],
            ..status::NetworkStatus::default()
        }
    }

    fn member(self, machine: &MachineStateSpec, member: &MemberState) -> Member {
        let up = machine.shown() == Stage::Running && machine.silent_since == 0;
        let since = |moment| up && reached(moment, self.now);
        let etcd_healthy = member.control_plane && since(member.etcd_at);
        let kubelet = member
            .kubelet
            .as_ref()
            .filter(|_| reached(member.node_at, self.now));
        Member {
            node_identity: hex::encode(self.hash(&format!("identity {}", machine.memberships))),
            nodename: self.nodename(machine),
            node_ips: vec![address::management(self.id).to_string()],
            etcd_member_id: if etcd_healthy
                || member.etcd_at != 0 && reached(member.etcd_at, self.now)
            {
                self.etcd_member_id()
            } else {
                0
            },
            etcd_healthy,
            api_ready: member.control_plane && since(member.api_at),
            kubelet_version: kubelet
                .map(|kubelet| kubelet.version.clone())
                .unwrap_or_default(),
            node_ready: kubelet.is_some() && up,
            static_pods: member
                .pods
                .iter()
                .map(|pod| StaticPod {
                    app: pod.app.clone(),
                    version: pod.version.clone(),
                    ready: up && (pod.next.is_empty() || !self.timings.static_pod_shown),
                })
                .collect(),
        }
    }

    fn hostname(self, machine: &MachineStateSpec) -> String {
        match machine.member {
            Some(_) => self.nodename(machine),
            None => self.id.to_owned(),
        }
    }

    /// `talos-` and two groups of three characters, as Talos makes its names.
    fn nodename(self, machine: &MachineStateSpec) -> String {
        const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        let hash = self.hash(&format!("node {}", machine.memberships));
        let text: String = hash[..6]
            .iter()
            .map(|byte| char::from(DIGITS[usize::from(*byte) % 36]))
            .collect();
        format!("talos-{}-{}", &text[..3], &text[3..])
    }

    fn boot_id(self, machine: &MachineStateSpec) -> String {
        let hash = self.hash(&format!("boot {}", machine.boots));
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&hash[..16]);
        let uuid: Uuid = Builder::from_random_bytes(bytes).into_uuid();
        uuid.to_string()
    }

    /// The same for life, as recordings 01 and 14 show; never 0.
    fn etcd_member_id(self) -> u64 {
        let hash = self.hash("etcd");
        let mut bytes = [0_u8; 8];
        bytes.copy_from_slice(&hash[..8]);
        u64::from_be_bytes(bytes).max(1)
    }

    fn hash(self, purpose: &str) -> [u8; 32] {
        Sha256::digest(format!("{purpose}/{}", self.id)).into()
    }
}

/// The disk that Talos is on.
fn system_disk(machine: &MachineStateSpec) -> Option<&str> {
    let path = match machine.system_disk.as_str() {
        "" => hardware::FIRST_DISK,
        path => path,
    };
    machine.installed.then_some(path)
}

fn schematic(
    join_args: &[String],
    image: &Image,
    initial: &Image,
    agent: bool,
) -> status::Schematic {
    let contents = hardware::schematic(join_args, image);
    status::Schematic {
        raw: contents.to_yaml(),
        extensions: contents.customization.system_extensions.official_extensions,
        initial_schematic: initial.schematic.clone(),
        kernel_args: contents.customization.extra_kernel_args,
        full_id: image.schematic.clone(),
        in_agent_mode: agent,
        initial_state: Some(status::schematic::InitialState {
            extensions: initial.extensions.clone(),
        }),
        ..status::Schematic::default()
    }
}

fn talos_stage(stage: Stage) -> MachineStage {
    match stage {
        Stage::Maintenance => MachineStage::Maintenance,
        Stage::Installing => MachineStage::Installing,
        Stage::Upgrading => MachineStage::Upgrading,
        Stage::Rebooting => MachineStage::Rebooting,
        Stage::Booting => MachineStage::Booting,
        Stage::Running => MachineStage::Running,
        Stage::Resetting => MachineStage::Resetting,
        Stage::Off => MachineStage::ShuttingDown,
    }
}

/// What Talos would name as the reason for not being ready.
fn unmet(machine: &MachineStateSpec) -> Vec<UnmetCondition> {
    let services = match &machine.member {
        Some(member) if machine.shown() == Stage::Running => {
            if member.control_plane {
                "apid, etcd, kubelet"
            } else {
                "apid, kubelet"
            }
        }
        _ => return Vec::new(),
    };
    vec![UnmetCondition {
        name: "services".to_owned(),
        reason: format!("{services} not healthy"),
    }]
}
