//! The notifications that follow from the figures: there as long as what they say is true.

use omni_api::kind::Notification;
use omni_api::specs::MachineStatusMetricsSpec;
use omni_api::specs::notification_spec::Type;

use super::census::OLDEST;
use crate::engine::{Context, Error};

const DOCS: &str = "https://docs.siderolabs.com/omni/getting-started/talos-version-support-policy";

/// What people should know, or need not know at the moment.
struct Notice {
    id: &'static str,
    title: &'static str,
    /// Nothing when it is not so.
    body: Option<String>,
}

/// Writes the notifications, and takes away what is true no more.
pub(super) fn keep(cx: &Context<'_>, counted: &MachineStatusMetricsSpec) -> Result<(), Error> {
    for notice in [full(counted), outdated_soon(counted), outdated(counted)] {
        let Some(body) = notice.body else {
            if cx.get::<Notification>(notice.id)?.is_some() {
                cx.remove::<Notification>(notice.id)?;
            }
            continue;
        };
        cx.put::<Notification>(notice.id, |notification| {
            let spec = &mut notification.spec;
            notice.title.clone_into(&mut spec.title);
            spec.body.clone_from(&body);
            spec.set_type(Type::Warning);
        })?;
    }
    Ok(())
}

fn full(counted: &MachineStatusMetricsSpec) -> Notice {
    let body = format!(
        "{}/{} machines registered. New machines will be rejected.",
        counted.registered_machines_count, counted.registered_machines_limit
    );
    Notice {
        id: "machine-registration-limit",
        title: "Machine Registration Limit Reached",
        body: counted.registration_limit_reached.then_some(body),
    }
}

fn outdated_soon(counted: &MachineStatusMetricsSpec) -> Notice {
    let machines = counted.approaching_talos_version_end_of_support_machines_count;
    let body = format!(
        "{machines} machine(s) are running a Talos version that will lose Omni support soon. The minimum supported version is \
         {OLDEST}. Please upgrade: {DOCS}"
    );
    Notice {
        id: "approaching-talos-version-end-of-support",
        title: "Talos Version Approaching End of Support",
        body: (machines > 0).then_some(body),
    }
}

fn outdated(counted: &MachineStatusMetricsSpec) -> Notice {
    let machines = counted.talos_version_end_of_support_machines_count;
    let body = format!(
        "{machines} machine(s) are running unsupported Talos versions (below {OLDEST}). Please upgrade immediately: {DOCS}"
    );
    Notice {
        id: "talos-version-end-of-support",
        title: "Unsupported Talos Version Detected",
        body: (machines > 0).then_some(body),
    }
}
