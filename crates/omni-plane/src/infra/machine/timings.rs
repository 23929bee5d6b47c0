//! How long things take on an emulated machine, in emulated time.
//!
//! One table, so that nobody has to search for a number. [`Timings::talos`] is what a person sees: the stages of a small Talos
//! machine on fast hardware, each long enough to be shown. [`Timings::lab`] is the test bed on which Omni was recorded: its
//! machines install and reboot without telling (recordings 01, 02, 08: CONFIGURING is followed by RUNNING), so that those
//! spans pass silently there.

use std::time::Duration;

/// How long something lasts, and whether the machine reports its stage meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// How long it lasts.
    pub lasts: Duration,
    /// Whether anybody sees the stage.
    pub shown: bool,
}

/// How long things take on a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timings {
    /// From power on to the first word to Omni.
    pub join: Duration,
    /// From the first word until Omni has read what a machine is made of.
    pub introduce: Duration,
    /// Talos is written to the disk.
    pub install: Span,
    /// From an installation that failed to the next attempt.
    pub install_retry: Duration,
    /// A new Talos is written beside the running one.
    pub upgrade: Span,
    /// The machine goes down and comes up again.
    pub reboot: Span,
    /// The same of a member, whose work ends before it goes down.
    pub reboot_member: Span,
    /// Talos starts, until it has read its configuration.
    pub boot: Span,
    /// A configuration that needs no reboot takes effect.
    pub apply: Duration,
    /// A control plane is wiped.
    pub reset_control_plane: Span,
    /// A control plane leaves an etcd that goes on without it, before it is wiped.
    pub leave_etcd: Duration,
    /// A worker is wiped.
    pub reset_worker: Span,
    /// From running to a working etcd, once there is one to join or the machine is told to begin it.
    pub etcd: Duration,
    /// From etcd to a first API server of the cluster.
    pub api_first: Duration,
    /// From etcd to one more API server.
    pub api_more: Duration,
    /// From etcd until Talos finds all services of a control plane healthy.
    pub services_control_plane: Duration,
    /// From running until Talos finds all services of a worker healthy.
    pub services_worker: Duration,
    /// The same after a reboot of a machine that was a member before.
    pub services_again: Duration,
    /// From the first working API server to a node that Kubernetes knows.
    pub node: Duration,
    /// A static pod takes up a new version.
    pub static_pod: Duration,
    /// The kubelet takes up a new version.
    pub kubelet: Duration,
    /// A static pod counts as not ready while it changes its version.
    pub static_pod_shown: bool,
    /// A machine that was refused asks again.
    pub asks_again: Duration,
    /// A machine whose tunnel was cut comes anew (Talos: 4 minutes 35 seconds without a word).
    pub comes_anew: Duration,
    /// How long a machine that fell silent still counts as connected (recording 16b: 287 s).
    pub unnoticed: Duration,
    /// A provider starts to work on a request.
    pub provider_notices: Duration,
    /// One step of a provider.
    pub provider_step: Duration,
    /// A provider takes a machine away.
    pub deprovision: Duration,
    /// A provider wipes a machine.
    pub wipe: Duration,
}

const fn shown(seconds: u64) -> Span {
    Span {
        lasts: Duration::from_secs(seconds),
        shown: true,
    }
}

const fn silent(milliseconds: u64) -> Span {
    Span {
        lasts: Duration::from_millis(milliseconds),
        shown: false,
    }
}

// === impl Timings ===

impl Timings {
    /// A small Talos machine on fast hardware.
    pub const fn talos() -> Self {
        Self {
            join: Duration::from_secs(4),
            introduce: Duration::from_millis(500),
            install: shown(8),
            install_retry: Duration::from_secs(30),
            upgrade: shown(8),
            reboot: shown(5),
            reboot_member: shown(5),
            boot: shown(4),
            apply: Duration::from_millis(200),
            reset_control_plane: shown(4),
            leave_etcd: Duration::from_secs(3),
            reset_worker: shown(3),
            etcd: Duration::from_secs(3),
            api_first: Duration::from_secs(12),
            api_more: Duration::from_secs(4),
            services_control_plane: Duration::from_secs(8),
            services_worker: Duration::from_secs(4),
            services_again: Duration::from_secs(4),
            node: Duration::from_secs(2),
            static_pod: Duration::from_secs(3),
            kubelet: Duration::from_secs(1),
            static_pod_shown: true,
            asks_again: Duration::from_secs(10),
            comes_anew: Duration::from_secs(275),
            unnoticed: Duration::from_secs(287),
            provider_notices: Duration::from_millis(200),
            provider_step: Duration::from_secs(2),
            deprovision: Duration::from_secs(2),
            wipe: Duration::from_secs(10),
        }
    }

    /// The test bed on which Omni was recorded; the numbers are read from the recordings named beside them.
    pub const fn lab() -> Self {
        Self {
            join: Duration::from_millis(1_100), // 11: provisioned at 2.25 s, link at 3.36 s
            introduce: Duration::from_millis(150), // 11: joined at 4.13 s, known at 4.28 s
            install: silent(3_000),             // 02: told at 2.4 s, installed at 5.4 s
            install_retry: Duration::from_secs(30), // Omni's own pace
            upgrade: silent(150),               // 08: told at 1.9 s, new version at 2.02 s
            reboot: silent(0),                  // 08: never shown
            reboot_member: silent(0),           // the same; 10: seen of two machines, for 4 s
            boot: silent(300),                  // 01: configured at 2.3 s, running at 2.7 s
            apply: Duration::from_millis(60),   // 06: pending at 1.44 s, applied at 1.51 s
            reset_control_plane: Span {
                lasts: Duration::from_millis(100), // 14: not ready at 68.61 s, ready at 68.70 s
                shown: true,
            },
            leave_etcd: Duration::from_secs(10), // 03: 45.97 s to 55.92 s; 14: 59.64 s to 70.89 s
            reset_worker: silent(400),           // 14: told at 52.75 s, maintenance at 53.16 s
            etcd: Duration::from_millis(20),     // 01: in the same second as running
            api_first: Duration::from_secs(66),  // 01: 69.6 s
            api_more: Duration::from_millis(2_500), // 03: running at 2.5 s, pods at 4.9 s
            services_control_plane: Duration::from_secs(30), // 01: ready at 32.96 s
            services_worker: Duration::ZERO,     // 01: a worker is ready at once
            services_again: Duration::ZERO,      // 08: ready stays
            node: Duration::ZERO,                // 02: with running
            static_pod: Duration::from_millis(2_500), // 06: 0.5 s, 2.9 s, 4.4 s
            kubelet: Duration::ZERO, // 06: at 9.76 s, before the configuration counts as applied at 9.77 s
            static_pod_shown: false, // 06: ready stays
            asks_again: Duration::from_secs(10), // not recorded
            comes_anew: Duration::from_secs(275), // not recorded
            unnoticed: Duration::from_secs(287), // 16b
            provider_notices: Duration::from_millis(300), // 11: asked at 1.60 s, begun at 2.09 s
            provider_step: Duration::from_millis(30), // 11: 2.22 s to 2.25 s
            wipe: Duration::from_secs(1), // not recorded
            deprovision: Duration::from_millis(150), // 11: 69.74 s to 69.90 s
        }
    }
}

impl Default for Timings {
    fn default() -> Self {
        Self::talos()
    }
}
