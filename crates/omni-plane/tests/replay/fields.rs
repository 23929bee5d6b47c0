//! What matters of each kind.
//!
//! One table says which fields of which kinds are compared. Everything else (versions of resources, finalizers, hashes,
//! addresses, times) may differ.

/// `created`, `running`, `tearingDown` and `destroyed`, as one more field of every kind.
pub(crate) const LIFE: &str = "life";

/// Kind, and the fields that matter: of the spec, or after `#` a label. `life` always matters.
pub(crate) const FIELDS: &[(&str, &[&str])] = &[
    ("Clusters", &[]),
    ("MachineSets", &[]),
    ("MachineSetNodes", &[]),
    ("ClusterMachines", &[]),
    ("MachineRequests", &[]),
    ("Links", &[]),
    ("Machines", &[]),
    ("ClusterConfigVersions", &["version"]),
    (
        "ClusterStatuses",
        &[
            "phase",
            "ready",
            "available",
            "controlplaneReady",
            "kubernetesAPIReady",
            "has_connected_control_planes",
            "machines.requested",
            "machines.total",
            "machines.connected",
            "machines.healthy",
            "talos_version",
            "kubernetes_version",
        ],
    ),
    (
        "MachineSetStatuses",
        &[
            "phase",
            "ready",
            "error",
            "machines.requested",
            "machines.total",
            "machines.connected",
            "machines.healthy",
            "locked_updates",
        ],
    ),
    ("ControlPlaneStatuses", &["conditions"]),
    (
        "ClusterMachineStatuses",
        &[
            "stage",
            "ready",
            "config_apply_status",
            "config_up_to_date",
            "#omni.sidero.dev/connected",
            "#omni.sidero.dev/locked-update",
        ],
    ),
    (
        "MachineStatuses",
        &[
            "cluster",
            "role",
            "talos_version",
            "#omni.sidero.dev/available",
            "#omni.sidero.dev/cluster",
            "#omni.sidero.dev/machine-set",
            "#omni.sidero.dev/installed",
            "#omni.sidero.dev/connected",
            "#rack",
            "#zone",
            "schematic.extensions",
        ],
    ),
    ("ExtensionsConfigurations", &["extensions"]),
    ("MachineExtensions", &["extensions"]),
    ("MachineExtensionsStatuses", &["extensions"]),
    ("KernelArgs", &["args"]),
    ("KernelArgsStatuses", &["args", "current_args"]),
    ("MachineUpgradeStatuses", &["phase", "status"]),
    ("MachineLabels", &["#rack", "#zone"]),
    ("MachineInstallDiskConfigs", &["disk", "disk_selector"]),
    (
        "MachineInstallDiskStatuses",
        &["disk", "message", "selection_hash"],
    ),
    ("ClusterMachineTalosVersions", &["talos_version"]),
    ("ClusterBootstrapStatuses", &["bootstrapped"]),
    ("LoadBalancerStatuses", &["healthy", "stopped"]),
    (
        "TalosUpgradeStatuses",
        &[
            "phase",
            "status",
            "step",
            "current_upgrade_version",
            "last_upgrade_version",
        ],
    ),
    (
        "KubernetesUpgradeStatuses",
        &[
            "phase",
            "status",
            "step",
            "current_upgrade_version",
            "last_upgrade_version",
        ],
    ),
    ("MachineRequestSets", &["machine_count", "provider_id"]),
    ("MachineRequestStatuses", &["stage", "status", "id"]),
    (
        "ClusterMachineRequestStatuses",
        &[
            "stage",
            "status",
            "machine_uuid",
            "#omni.sidero.dev/machine-request-in-use",
        ],
    ),
    ("ClusterDestroyStatuses", &["phase"]),
    ("MachineSetDestroyStatuses", &["phase"]),
    ("OngoingTasks", &["title"]),
    ("EtcdManualBackups", &[]),
    ("EtcdBackupStatuses", &["status"]),
    ("EtcdBackupStoreStatuses", &["configuration_name"]),
    ("InfraProviders", &[]),
    ("InfraProviderCombinedStatuses", &[]),
    ("ProviderJoinConfigs", &[]),
    ("Identities", &[]),
    ("Users", &["role"]),
    ("IdentityStatuses", &["role"]),
    ("ServiceAccountStatuses", &["role"]),
    ("JoinTokens", &["name", "revoked"]),
    (
        "JoinTokenStatuses",
        &["name", "state", "#omni.sidero.dev/active-join-token"],
    ),
];

/// Kinds whose watches had ended before a recording began: nothing of them is in it.
pub(crate) const NOT_WATCHED: &[(&str, &[&str])] = &[(
    "16b",
    &[
        "ControlPlaneStatuses",
        "KubernetesUpgradeStatuses",
        "LoadBalancerStatuses",
        "MachineSetStatuses",
        "MachineSets",
    ],
)];
