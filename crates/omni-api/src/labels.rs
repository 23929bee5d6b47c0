//! Labels and annotations that Omni and its clients write.
//!
//! Labels are seen by queries, annotations are not. The first word of each line says which of the two it is, then who carries it.

/// Label; `MachineSet`, `MachineSetNode`, `ConfigPatch`, `ExtensionsConfiguration`, `KubernetesManifestGroup`, `KubernetesHealthCheck`, `KernelArgs`(not set by templates), `ClusterMachine*`, `MachineStatus`, `MachineSetStatus`, `ControlPlaneStatus`, `EtcdBackup`, ..
pub const CLUSTER: &str = "omni.sidero.dev/cluster";
/// Label; `MachineSetNode`, `ClusterMachine*`, `MachineStatus`, `ConfigPatch` (set level), `ExtensionsConfiguration` (set level), `EtcdAudit`..
pub const MACHINE_SET: &str = "omni.sidero.dev/machine-set";
/// Label; `ConfigPatch`, `ExtensionsConfiguration`.
pub const CLUSTER_MACHINE: &str = "omni.sidero.dev/cluster-machine";
/// Label; `ConfigPatch`.
pub const MACHINE: &str = "omni.sidero.dev/machine";
/// Label; `MachineSet`, `MachineSetNode`, `ClusterMachine*`, `MachineStatus`, `MachineSetStatus`.
pub const CONTROL_PLANE_ROLE: &str = "omni.sidero.dev/role-controlplane";
/// Label; same as above.
pub const WORKER_ROLE: &str = "omni.sidero.dev/role-worker";
/// Label; `ClusterUUID`, `EtcdBackup`.
pub const CLUSTER_UUID: &str = "omni.sidero.dev/cluster-uuid";
/// Label; `ClusterMachineStatus`, `MachineStatus`.
pub const HOSTNAME: &str = "omni.sidero.dev/hostname";
/// Label; `ConfigPatch`.
pub const SYSTEM_PATCH: &str = "omni.sidero.dev/system-patch";
/// Label; `ConfigPatch`.
pub const DISABLED: &str = "omni.sidero.dev/disabled";
/// Label; `KubernetesManifestGroup`.
pub const SYSTEM_MANIFEST: &str = "omni.sidero.dev/system-manifest";
/// Label; `ExposedService`.
pub const EXPOSED_SERVICE_ALIAS: &str = "omni.sidero.dev/exposed-service-alias";
/// Label; `ExposedService`.
pub const HAS_GENERATED_EXPOSED_SERVICE_ALIAS: &str =
    "omni.sidero.dev/has-generated-exposed-service-alias";
/// Label; `MachineRequest`, `MachineRequestStatus`, `InfraMachine*`, Machine, Link, `MachineStatus`, `ProviderJoinConfig`, `ConfigPatchRequest`, `InfraMachineRegistration`, `MachineRequestSetStatus`.
pub const INFRA_PROVIDER_ID: &str = "omni.sidero.dev/infra-provider-id";
/// Label; `InfraProviderStatus`.
pub const IS_STATIC_INFRA_PROVIDER: &str = "omni.sidero.dev/is-static-infra-provider";
/// Label; (nothing sets it now).
pub const MACHINE_CLASS_NAME: &str = "omni.sidero.dev/machine-class-name";
/// Label; Link, Machine, `MachineStatus`, `ConfigPatchRequest`, `ConfigPatch`.
pub const MACHINE_REQUEST: &str = "omni.sidero.dev/machine-request";
/// Label; `MachineRequest`, Link, Machine, `MachineStatus`, `MachineRequestStatus`.
pub const MACHINE_REQUEST_SET: &str = "omni.sidero.dev/machine-request-set";
/// Label; `MachineRequestStatus` (copied to `MachineRequest` by the provider library).
pub const MACHINE_INFRA_ID: &str = "omni.sidero.dev/infra-id";
/// Label; Link -> Machine -> `MachineStatus`.
pub const NO_MANUAL_ALLOCATION: &str = "omni.sidero.dev/no-manual-allocation";
/// Label; `MachineSetNode`.
pub const MANAGED_BY_MACHINE_SET_NODE_CONTROLLER: &str =
    "omni.sidero.dev/managed-by-machine-set-node-controller";
/// Label; Machine, `MachineStatus`, `ClusterMachineStatus`.
pub const IS_MANAGED_BY_STATIC_INFRA_PROVIDER: &str =
    "omni.sidero.dev/is-managed-by-static-infra-provider";
/// Label; `InfraMachine`.
pub const MACHINE_PENDING_ACCEPT: &str = "omni.sidero.dev/accept-pending";
/// Label; `ClusterStatus`.
pub const CLUSTER_TAINTED_BY_IMPORTING: &str = "omni.sidero.dev/tainted-by-importing";
/// Label; `ClusterStatus`.
pub const CLUSTER_TAINTED_BY_EXPORTING: &str = "omni.sidero.dev/tainted-by-exporting";
/// Label; `ClusterStatus`.
pub const CLUSTER_TAINTED_BY_BREAK_GLASS: &str = "omni.sidero.dev/tainted-by-break-glass";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_CONNECTED: &str = "omni.sidero.dev/connected";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_DISCONNECTED: &str = "omni.sidero.dev/disconnected";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_READY_TO_USE: &str = "omni.sidero.dev/ready-to-use";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_INVALID_STATE: &str = "omni.sidero.dev/invalid-state";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_REPORTING_EVENTS: &str = "omni.sidero.dev/reporting-events";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_AVAILABLE: &str = "omni.sidero.dev/available";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_ARCH: &str = "omni.sidero.dev/arch";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_CPU: &str = "omni.sidero.dev/cpu";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_CORES: &str = "omni.sidero.dev/cores";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_MEM: &str = "omni.sidero.dev/mem";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_STORAGE: &str = "omni.sidero.dev/storage";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_NET: &str = "omni.sidero.dev/net";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_PLATFORM: &str = "omni.sidero.dev/platform";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_REGION: &str = "omni.sidero.dev/region";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_ZONE: &str = "omni.sidero.dev/zone";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_INSTANCE: &str = "omni.sidero.dev/instance";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_TALOS_VERSION: &str = "omni.sidero.dev/talos-version";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_ENTERPRISE: &str = "omni.sidero.dev/enterprise";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_FIPS: &str = "omni.sidero.dev/fips";
/// Label; `MachineStatus` (and `MachineStatusLabels`.system copy); connected also on `ClusterMachineStatus`.
pub const MACHINE_INSTALLED: &str = "omni.sidero.dev/installed";
/// Label; `PendingMachine`.
pub const MACHINE_UUID: &str = "omni.sidero.dev/machine-uuid";
/// Label; `ClusterMachineStatus`.
pub const NODE_NAME: &str = "omni.sidero.dev/node-name";
/// Label; Machine.
pub const MACHINE_ADDRESS: &str = "omni.sidero.dev/address";
/// Label; `MachineExtensions`.
pub const EXTENSIONS_CONFIGURATION: &str = "omni.sidero.dev/root-configuration";
/// Label; `ClusterMachineRequestStatus`.
pub const MACHINE_REQUEST_IN_USE: &str = "omni.sidero.dev/machine-request-in-use";
/// Label; `MachineStatus` (via `MachineLabels` or machine labels).
pub const EVICTED: &str = "evicted";
/// Label; `PublicKey`, Identity.
pub const PUBLIC_KEY_USER_ID: &str = "user-id";
/// Label; Identity.
pub const IDENTITY_TYPE_SERVICE_ACCOUNT: &str = "type-service-account";
/// Label; `PublicKeyLastActive`.
pub const IDENTITY: &str = "identity";
/// Label; Identity, User, `PublicKey`.
pub const INFRA_PROVIDER: &str = "omni.sidero.dev/infra-provider";
/// Label; `JoinTokenStatus`.
pub const TOKEN_ACTIVE: &str = "omni.sidero.dev/active-join-token";
/// Annotation; `MachineSetNode` (copied to `ClusterMachine`, `ClusterMachineStatus`).
pub const MACHINE_LOCKED: &str = "omni.sidero.dev/locked";
/// Label; `ClusterMachineStatus`.
pub const UPDATE_LOCKED: &str = "omni.sidero.dev/locked-update";
/// Annotation; only Cluster, `KernelArgs`, `MachineInstallDiskConfig`.
pub const MANAGED_BY_CLUSTER_TEMPLATES: &str = "omni.sidero.dev/managed-by-cluster-templates";
/// Annotation; any.
pub const MANAGED_BY_GITOPS_TOOLS: &str = "omni.sidero.dev/managed-by-gitops-tools";
/// Annotation; `ConfigPatch` (also `KubernetesManifestGroup`, `KubernetesHealthCheck` through template).
pub const CONFIG_PATCH_NAME: &str = "name";
/// Annotation; `ConfigPatch`.
pub const CONFIG_PATCH_DESCRIPTION: &str = "description";
/// Annotation; `KubernetesManifestGroup`.
pub const KUBERNETES_MANIFEST_NAME: &str = "name";
/// Annotation; `ClusterMachine`.
pub const PRESERVE_DISK_QUOTA_SUPPORT: &str = "omni.sidero.dev/preserve-disk-quota-support";
/// Annotation; `ClusterMachine`.
pub const PRESERVE_APID_CHECK_EXT_KEY_USAGE: &str =
    "omni.sidero.dev/preserve-apid-check-ext-key-usage";
/// Annotation; Link -> Machine.
pub const CREATED_WITH_UNIQUE_TOKEN: &str = "omni.sidero.dev/created-with-unique-token";
/// Annotation; Cluster (copied to `ClusterStatus`).
pub const CLUSTER_LOCKED: &str = "omni.sidero.dev/cluster-locked";
/// Annotation; Cluster.
pub const CLUSTER_IMPORT_IS_IN_PROGRESS: &str = "omni.sidero.dev/cluster-import-is-in-progress";
/// Annotation; `MachineStatus`.
pub const KERNEL_ARGS_INITIALIZED: &str = "omni.sidero.dev/kernel-args-initialized";
/// Annotation; `MachineStatus`.
pub const PLATFORM_TAG_LABELS_INITIALIZED: &str = "omni.sidero.dev/platform-tag-labels-initialized";
/// Annotation; `ClusterStatus`.
pub const TAINTED_BY_BREAK_GLASS_TIMESTAMP: &str =
    "omni.sidero.dev/tainted-by-break-glass-timestamp";
/// Annotation; `ClusterSecretsRotationStatus`.
pub const ROTATE_TALOS_CA_VERSION: &str = "omni.sidero.dev/rotate-talos-ca-version";
/// Annotation; `ClusterSecretsRotationStatus`.
pub const ROTATE_KUBERNETES_CA_VERSION: &str = "omni.sidero.dev/rotate-kubernetes-ca-version";
/// Annotation; `ClusterSecrets`.
pub const ROTATE_TALOS_CA_TIMESTAMP: &str = "omni.sidero.dev/rotate-talos-ca-timestamp";
/// Annotation; `ClusterSecrets`.
pub const ROTATE_KUBERNETES_CA_TIMESTAMP: &str = "omni.sidero.dev/rotate-kubernetes-ca-timestamp";
/// Annotation; `ClusterSecrets`.
pub const SECRET_ROTATION_VERSION: &str = "omni.sidero.dev/secret-rotation-version";
/// Annotation; Kubernetes objects.
pub const KUBERNETES_MANIFEST_OWNER: &str = "omni.sidero.dev/owned-by-kubernetes-manifest";
/// Annotation; Kubernetes Node objects.
pub const KUBERNETES_NODE_AUDIT_SKIP: &str = "omni.sidero.dev/node-audit-skip";
/// Annotation; `KubernetesHealthCheckStatus`.
pub const HEALTH_CHECK_CONFIG_HASH: &str = "omni.sidero.dev/healthcheck-config-hash";
/// Annotation; `RedactedClusterMachineConfig`.
pub const MODIFIED_AT: &str = "omni.sidero.dev/modified-at";
/// Annotation; internal resources.
pub const SEQUENCED_STAGE_INDEX: &str = "omni.sidero.dev/sequenced-stage-index";
/// Annotation; `MachineRequestStatus`.
pub const INFRA_CURRENT_STEP: &str = "infra.omni.sidero.dev/step";
/// Annotation; `PendingMachine`.
pub const PENDING_MACHINE_UUID_CONFLICT: &str = "siderolink.omni.sidero.dev/uuid-conflict";
/// Annotation; Link.
pub const FORCE_VALID_NODE_UNIQUE_TOKEN: &str =
    "siderolink.omni.sidero.dev/force-valid-node-unique-token";
