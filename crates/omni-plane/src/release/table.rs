//! When what came: facts of Omni's source at v1.8.2, v1.9.3, v1.10.4 and main of August 2026.
//!
//! What no table names is in all of them. Messages of kinds and calls that came later have no lines of their own.

use omni_api::Role;

use super::Release::{self, Next, V1_9, V1_10};

/// A rule that not every release keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Ids, labels and annotations have limits.
    Metadata,
    /// Texts of users, such as kernel arguments, have limits and no control characters.
    Texts,
    /// Extensions must be in the catalogue of their Talos version.
    Extensions,
    /// Snapshots of backups are named by relative paths.
    SnapshotPaths,
    /// The Talos version of a preset must be one that Omni offers.
    PresetVersion,
    /// Imported secrets of clusters are written once.
    SecretsOnce,
    /// Talos has an end of what a release supports.
    TalosCap,
    /// Names of infrastructure providers are DNS labels.
    ProviderNames,
    /// The image factory of a preset must be one of the account's.
    PresetFactory,
    /// What a control plane was restored from may be taken out once it runs.
    BootstrapRemoval,
    /// Policies may not assign roles that are not for people.
    PolicyRoles,
    /// A call for which only some roles will do is refused with their names.
    ExactRoles,
}

/// Kinds by their types.
pub(super) const KINDS: [(&str, Release); 7] = [
    ("ImageFactoryAuths.omni.sidero.dev", V1_9),
    ("KubernetesHealthChecks.omni.sidero.dev", V1_9),
    ("MachineConfigExtractionStatuses.omni.sidero.dev", V1_9),
    ("VersionContract.omni.sidero.dev", V1_10),
    ("KubernetesHealthCheckStatuses.omni.sidero.dev", Next),
    ("MachineInstallDiskConfigs.omni.sidero.dev", Next),
    ("MachineInstallDiskStatuses.omni.sidero.dev", Next),
];

/// Calls of the management service.
pub(super) const CALLS: [(&str, Release); 3] = [
    ("MaintenanceLifecycle", V1_9),
    ("GetBootAssetURL", Next),
    ("GetInstallationMediaURL", Next),
];

/// Roles.
pub(super) const ROLES: [(Role, Release); 1] = [(Role::Auditor, V1_10)];

/// Rules.
pub(super) const RULES: [(Rule, Release); 12] = [
    (Rule::Metadata, V1_9),
    (Rule::Texts, V1_9),
    (Rule::Extensions, V1_9),
    (Rule::SnapshotPaths, V1_9),
    (Rule::PresetVersion, V1_9),
    (Rule::SecretsOnce, V1_9),
    (Rule::TalosCap, V1_9),
    (Rule::ProviderNames, V1_10),
    (Rule::PresetFactory, V1_10),
    (Rule::BootstrapRemoval, V1_10),
    (Rule::PolicyRoles, V1_10),
    (Rule::ExactRoles, V1_10),
];

/// Fields, by their messages' full names.
pub(super) const FIELDS: [((&str, &str), Release); 58] = [
    (
        ("management.CreateSchematicFromRawRequest", "talos_version"),
        V1_10,
    ),
    (
        (
            "management.CreateSchematicRequest",
            "embedded_machine_config",
        ),
        V1_9,
    ),
    (
        ("management.CreateSchematicRequest", "image_factory_url"),
        V1_10,
    ),
    (("management.GetSupportBundleRequest", "encrypt"), V1_10),
    (
        (
            "management.GetSupportBundleRequest",
            "encryption_no_default_recipients",
        ),
        V1_10,
    ),
    (
        (
            "management.GetSupportBundleRequest",
            "encryption_recipients",
        ),
        V1_10,
    ),
    (
        (
            "management.GetSupportBundleResponse",
            "encryption_recipients",
        ),
        V1_10,
    ),
    (("management.ReadAuditLogRequest", "follow"), V1_10),
    (("management.ReadAuditLogRequest", "from_id"), V1_10),
    (("management.ReadAuditLogRequest", "start_ts_ms"), V1_10),
    (("management.ReadAuditLogResponse", "id"), V1_10),
    (("specs.AuthConfigSpec", "has_initial_user"), V1_10),
    (("specs.ClusterMachineConfigSpec", "install_disk"), Next),
    (
        (
            "specs.ClusterMachineConfigStatusSpec",
            "applied_high_priority_config_hash",
        ),
        V1_10,
    ),
    (
        ("specs.ClusterMachineConfigStatusSpec", "image_factory_host"),
        V1_10,
    ),
    (
        ("specs.ClusterMachineConfigStatusSpec", "pre_reboot_boot_id"),
        V1_10,
    ),
    (
        (
            "specs.ClusterMachineIdentitySpec",
            "discovery_service_endpoints",
        ),
        V1_10,
    ),
    (
        (
            "specs.ClusterPermissionsSpec",
            "can_read_kubernetes_manifests",
        ),
        V1_9,
    ),
    (
        (
            "specs.ClusterSpec.Features",
            "disable_public_discovery_service",
        ),
        V1_10,
    ),
    (
        ("specs.ClusterSpec.Features", "enable_node_audit_skip"),
        V1_9,
    ),
    (
        (
            "specs.ClusterStatusSpec",
            "disable_public_discovery_service",
        ),
        V1_10,
    ),
    (("specs.ClusterStatusSpec", "initial_talos_version"), V1_10),
    (
        (
            "specs.DiscoveryAffiliateDeleteTaskSpec",
            "discovery_service_endpoints",
        ),
        V1_10,
    ),
    (
        ("specs.FeaturesConfigSpec", "is_enterprise_image_factory"),
        V1_9,
    ),
    (("specs.FeaturesConfigSpec", "posthog_settings"), V1_9),
    (
        (
            "specs.FeaturesConfigSpec",
            "secondary_image_factory_base_url",
        ),
        V1_10,
    ),
    (
        (
            "specs.FeaturesConfigSpec",
            "secondary_image_factory_pxe_base_url",
        ),
        V1_10,
    ),
    (("specs.InfraProviderCombinedStatusSpec", "version"), V1_10),
    (("specs.InfraProviderStatusSpec", "version"), V1_10),
    (
        (
            "specs.InstallationMediaConfigSpec",
            "embedded_machine_config",
        ),
        V1_9,
    ),
    (
        ("specs.InstallationMediaConfigSpec", "image_factory_url"),
        V1_10,
    ),
    (
        ("specs.KubernetesStatusSpec.NodeStatus", "skip_audit"),
        V1_9,
    ),
    (("specs.MachineConfigDiffSpec", "compressed_diff"), V1_10),
    (
        (
            "specs.MachineConfigGenOptionsSpec.InstallImage",
            "image_factory_host",
        ),
        V1_10,
    ),
    (
        ("specs.MachinePendingUpdatesSpec", "compressed_config_diff"),
        V1_10,
    ),
    (("specs.MachineStatusLinkSpec", "snapshot"), V1_9),
    (("specs.MachineStatusMetricsSpec", "cores_count"), V1_9),
    (("specs.MachineStatusSnapshotSpec", "boot_id"), V1_10),
    (("specs.MachineStatusSpec", "talos_version_name"), V1_10),
    (
        (
            "specs.MachineStatusSpec.HardwareStatus.BlockDevice",
            "cdrom",
        ),
        Next,
    ),
    (
        (
            "specs.MachineStatusSpec.HardwareStatus.BlockDevice",
            "dev_path",
        ),
        Next,
    ),
    (
        (
            "specs.MachineStatusSpec.HardwareStatus.BlockDevice",
            "firmware_version",
        ),
        Next,
    ),
    (
        (
            "specs.MachineStatusSpec.HardwareStatus.BlockDevice",
            "io_size",
        ),
        Next,
    ),
    (
        (
            "specs.MachineStatusSpec.HardwareStatus.BlockDevice",
            "modalias",
        ),
        Next,
    ),
    (
        (
            "specs.MachineStatusSpec.HardwareStatus.BlockDevice",
            "pretty_size",
        ),
        Next,
    ),
    (
        (
            "specs.MachineStatusSpec.HardwareStatus.BlockDevice",
            "rotational",
        ),
        Next,
    ),
    (
        (
            "specs.MachineStatusSpec.HardwareStatus.BlockDevice",
            "secondary_disks",
        ),
        Next,
    ),
    (
        (
            "specs.MachineStatusSpec.HardwareStatus.BlockDevice",
            "sector_size",
        ),
        Next,
    ),
    (
        (
            "specs.MachineStatusSpec.HardwareStatus.BlockDevice",
            "sub_system",
        ),
        Next,
    ),
    (
        (
            "specs.MachineStatusSpec.HardwareStatus.BlockDevice",
            "symlinks",
        ),
        Next,
    ),
    (("specs.MachineStatusSpec.PlatformMetadata", "tags"), V1_9),
    (
        (
            "specs.MaintenanceConfigStatusSpec",
            "last_applied_config_hash",
        ),
        V1_9,
    ),
    (("specs.QuirksSpec", "supports_embedded_config"), V1_9),
    (("specs.SecurityState", "fips_state"), V1_10),
    (("specs.TalosVersionSpec", "image_factory_url"), V1_10),
    (("specs.TalosVersionSpec", "is_enterprise"), V1_10),
    (("specs.TalosVersionSpec", "unsupported"), V1_9),
    (
        ("specs.TalosVersionSpec", "upgradable_talos_versions"),
        V1_9,
    ),
];
