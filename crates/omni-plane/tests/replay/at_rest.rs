//! The plane at rest beside an Omni at rest: the same cluster on the same machines.
//!
//! Every resource that Omni has is there, owned by the same controller, with the same labels and the same fields set. What may
//! differ stands in two tables, and what stands there must differ.

use std::collections::BTreeSet;

use omni_api::{AnyResource, kind, reflect};
use serde_json::Value;

use crate::bed::Bed;
use crate::recording::{Line, Recording};

/// Kinds that belong to the recorded account alone: its people, keys and tokens, and leftovers of other sessions.
const THE_ACCOUNTS: &[&str] = &[
    "CurrentUsers",
    "EtcdManualBackups",
    "Identities",
    "IdentityLastActives",
    "IdentityStatuses",
    "JoinTokenStatuses",
    "JoinTokens",
    "JWTPublicKeys",
    "MachineConfigDiffs",
    "NodeForceDestroyRequests",
    "Permissions",
    "PublicKeyLastActives",
    "ServiceAccountStatuses",
    "Users",
];

/// Kind, then a field (`.path`) that only one side sets, or a label (`#key`) with another value.
const MAY_DIFFER: &[(&str, &[&str])] = &[
    (
        "AuthConfigs",
        &[".saml.enabled", ".saml.metadata", ".saml.name_id_format"],
    ),
    ("FeaturesConfigs", &[".audit_log_enabled"]),
    ("ClusterUUIDs", &["#omni.sidero.dev/cluster-uuid"]),
    // Written plain: a reader must take both.
    (
        "RedactedClusterMachineConfigs",
        &[".compressed_data", ".data"],
    ),
    (
        "ClusterMachineConfigStatuses",
        &[
            ".compressed_redacted_machine_config",
            ".redacted_current_machine_config",
            ".image_factory_host",
        ],
    ),
    // There is no discovery service to point to.
    (
        "ClusterMachineIdentities",
        &[
            ".discovery_service_endpoint",
            ".discovery_service_endpoints",
        ],
    ),
    (
        "ClusterMachineStatuses",
        &["#omni.sidero.dev/hostname", "#omni.sidero.dev/node-name"],
    ),
    ("Machines", &["#omni.sidero.dev/address"]),
    // The recorded account had tried to back up its cluster by hand.
    (
        "EtcdBackupOverallStatuses",
        &[
            ".last_backup_status.error",
            ".last_backup_status.last_backup_attempt",
            ".last_backup_status.status",
        ],
    ),
    // A free machine with a past as a member tells what it had been waiting for.
    (
        "MachineStatusSnapshots",
        &[
            ".machine_status.status.unmet_conditions.name",
            ".machine_status.status.unmet_conditions.reason",
        ],
    ),
    // The recorded account had two more clusters, one on its way up and one on its way out.
    (
        "ClusterStatusMetrics",
        &[".not_ready_count", ".phases.1", ".phases.4"],
    ),
    // A free machine with a past as a member keeps the image that it was installed from.
    (
        "MachineConfigGenOptions",
        &[
            ".install_image.image_factory_host",
            ".install_image.platform",
            ".install_image.schematic_id",
            ".install_image.schematic_initialized",
            ".install_image.talos_version",
        ],
    ),
    // What is said below of statuses and snapshots, in one; and there is no tunnel whose bytes could be counted.
    (
        "MachineStatusLinks",
        &[
            "#omni.sidero.dev/cores",
            "#omni.sidero.dev/cpu",
            "#omni.sidero.dev/net",
            "#omni.sidero.dev/storage",
            ".message_status.hardware.blockdevices.rotational",
            ".message_status.kernel_cmdline",
            ".message_status.network.network_links.description",
            ".message_status.network.network_links.speed_mbps",
            ".message_status.schematic.kernel_args",
            ".siderolink_counter.bytes_received",
            ".siderolink_counter.bytes_sent",
            ".siderolink_counter.last_alive",
            ".snapshot.machine_status.status.unmet_conditions.name",
            ".snapshot.machine_status.status.unmet_conditions.reason",
        ],
    ),
    // Other hardware, another image.
    ("KernelArgsStatuses", &[".current_cmdline"]),
    (
        "MachineStatuses",
        &[
            "#omni.sidero.dev/cores",
            "#omni.sidero.dev/cpu",
            "#omni.sidero.dev/net",
            "#omni.sidero.dev/storage",
            ".hardware.blockdevices.rotational",
            ".kernel_cmdline",
            ".network.network_links.description",
            ".network.network_links.speed_mbps",
            ".schematic.kernel_args",
        ],
    ),
];

#[test]
fn a_cluster_at_rest_looks_as_on_a_running_omni() {
    let recording = Recording::read("snapshot-running");
    let bed = Bed::prepare(&recording);
    let known: BTreeSet<&str> = recording
        .existing_of("MachineStatuses.omni.sidero.dev")
        .map(|line| line.id.as_str())
        .collect();
    let mut compared = 0;
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    let mut faults = Vec::new();
    for line in recording
        .existing
        .iter()
        .filter(|line| concerns(line, &known))
    {
        let facts = kind::find(&line.type_name).expect("a known kind");
        let Some(ours) = bed.store.get(facts.namespace, facts.type_name, &line.id) else {
            faults.push(format!("{} {} is missing", line.type_name, line.id));
            continue;
        };
        let kind = kind_of(line).to_owned();
        for difference in differences(line, &ours, facts.spec) {
            if may_differ(&kind, &difference) {
                found.insert((kind.clone(), difference));
            } else {
                faults.push(format!("{kind}/{}: {difference}", line.id));
            }
        }
        compared += 1;
    }
    let listed = MAY_DIFFER
        .iter()
        .flat_map(|(kind, all)| all.iter().map(move |one| (*kind, *one)));
    let stale =
        listed.filter(|(kind, one)| !found.contains(&((*kind).to_owned(), (*one).to_owned())));
    faults.extend(stale.map(|(kind, one)| format!("{kind}: {one} may differ, but does not")));
    println!(
        "{compared} resources at rest compared, {} faults",
        faults.len()
    );
    assert!(compared > 350, "only {compared} were compared");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether the plane must have this resource: of the test bed.
fn concerns(line: &Line, known: &BTreeSet<&str>) -> bool {
    let kind = kind_of(line);
    let stranger =
        line.id.len() == 36 && line.id.contains("1802-c798-") && !known.contains(line.id.as_str());
    let stranger = stranger || kind == "LinkStatuses" && !known.contains(&line.id[..36]);
    // Made for versions and people that are not on the test bed.
    let elsewhere = kind == "Quirks"
        && ["1.9.", "1.10.", "1.11."]
            .iter()
            .any(|minor| line.id.starts_with(minor));
    let spec = kind::find(&line.type_name).is_some_and(|facts| facts.spec.starts_with("specs."));
    spec && !stranger && !elsewhere && !THE_ACCOUNTS.contains(&kind)
}

fn kind_of(line: &Line) -> &str {
    line.type_name.split('.').next().unwrap_or_default()
}

fn may_differ(kind: &str, difference: &str) -> bool {
    let listed = MAY_DIFFER.iter().find(|(listed, _)| *listed == kind);
    listed.is_some_and(|(_, all)| all.contains(&difference))
}

/// The owner, labels and set fields in which both differ.
fn differences(line: &Line, ours: &AnyResource, message: &str) -> BTreeSet<String> {
    let mut differences = BTreeSet::new();
    if ours.metadata.owner != line.owner {
        differences.insert(format!(
            "owner {} instead of {}",
            ours.metadata.owner, line.owner
        ));
    }
    let theirs: omni_api::resource::Map =
        serde_json::from_value(line.labels.clone()).unwrap_or_default();
    let keys = theirs.keys().chain(ours.metadata.labels.keys());
    let differ = keys.filter(|key| theirs.get(*key) != ours.metadata.labels.get(*key));
    differences.extend(differ.map(|key| format!("#{key}")));
    let json = reflect::to_json(message, &ours.spec).expect("our own bytes");
    let (mut set_there, mut set_here) = (BTreeSet::new(), BTreeSet::new());
    fields("", &line.spec, &mut set_there);
    fields("", &json, &mut set_here);
    differences.extend(set_there.symmetric_difference(&set_here).cloned());
    differences
}

/// Paths of all fields that are set, places in lists left out.
fn fields(prefix: &str, value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(parts) => {
            for (key, value) in parts {
                fields(&format!("{prefix}.{key}"), value, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                fields(prefix, item, found);
            }
        }
        _ => {
            found.insert(prefix.to_owned());
        }
    }
}
