//! Between the model and Omni's `MachineSet`: pure, both ways.

use omni_api::specs::MachineSetSpec;
use omni_api::specs::machine_set_spec::{
    BootstrapSpec as BootstrapSpecMessage, MachineAllocation, RollingUpdateStrategyConfig,
    UpdateStrategy, UpdateStrategyConfig, machine_allocation,
};
use omni_api::{Resource, kind, labels};
use tfplugin::Attr;

use super::{Allocation, BootstrapSpec, MachineSet, Strategy};
use crate::objects::cluster::counts;
use crate::objects::shared::metadata;

/// Role of a control plane in the configuration.
pub const CONTROL_PLANE: &str = "controlplane";
/// Role of workers in the configuration.
pub const WORKERS: &str = "workers";

const CONTROL_PLANE_NAME: &str = "control-planes";
const DEFAULT_WORKERS_NAME: &str = "workers";

/// The short name of a set: the user's, or what its role implies.
pub fn short_name<'a>(role: &str, name: Option<&'a str>) -> &'a str {
    match name {
        Some(name) => name,
        None if role == CONTROL_PLANE => CONTROL_PLANE_NAME,
        None => DEFAULT_WORKERS_NAME,
    }
}

/// The id of a set. It is not its name: the cluster's name comes first.
pub fn set_id(cluster: &str, role: &str, name: Option<&str>) -> String {
    format!("{cluster}-{}", short_name(role, name))
}

/// What a set starts from: machines are updated one after the other unless the user says otherwise, as with Omni's own clients.
pub fn new_spec() -> MachineSetSpec {
    MachineSetSpec {
        update_strategy: UpdateStrategy::Rolling.into(),
        ..Default::default()
    }
}

/// Writes what the configuration sets into the resource. `prior` is the state before.
pub fn write(
    config: &MachineSet,
    prior: Option<&MachineSet>,
    set: &mut Resource<kind::MachineSet>,
) {
    let own = &mut set.metadata.labels;
    if let Attr::Known(cluster) = &config.cluster {
        own.insert(labels::CLUSTER.to_owned(), cluster.clone());
    }
    if let Attr::Known(role) = &config.role {
        let role = if role == CONTROL_PLANE {
            labels::CONTROL_PLANE_ROLE
        } else {
            labels::WORKER_ROLE
        };
        own.insert(role.to_owned(), String::new());
    }
    metadata::write_map(&config.labels, prior.map(|prior| &prior.labels), own);
    metadata::write_map(
        &config.annotations,
        prior.map(|prior| &prior.annotations),
        &mut set.metadata.annotations,
    );
    metadata::mark_managed(&mut set.metadata);
    let spec = &mut set.spec;
    spec.machine_allocation = config.machine_class.as_known().map(allocation);
    spec.bootstrap_spec = config.bootstrap_spec.as_known().map(bootstrap);
    write_strategy(
        &config.update_strategy,
        &mut spec.update_strategy,
        &mut spec.update_strategy_config,
    );
    write_strategy(
        &config.delete_strategy,
        &mut spec.delete_strategy,
        &mut spec.delete_strategy_config,
    );
    write_strategy(
        &config.upgrade_strategy,
        &mut spec.upgrade_strategy,
        &mut spec.upgrade_strategy_config,
    );
}

/// Fills the state with what the server says.
pub fn read(set: &Resource<kind::MachineSet>, state: &mut MachineSet) {
    let importing = state.role.is_null();
    let cluster = set.metadata.label(labels::CLUSTER).unwrap_or_default();
    let control_plane = set.metadata.labels.contains_key(labels::CONTROL_PLANE_ROLE);
    state.id = Attr::Known(set.id().to_owned());
    state.cluster = Attr::Known(cluster.to_owned());
    state.role = Attr::from(if control_plane {
        CONTROL_PLANE
    } else {
        WORKERS
    });
    let short = set
        .id()
        .strip_prefix(cluster)
        .and_then(|rest| rest.strip_prefix('-'))
        .unwrap_or(set.id());
    state.name = Attr::from(short);
    state.labels = metadata::read_map(&state.labels, importing, &set.metadata.labels);
    state.annotations =
        metadata::read_map(&state.annotations, importing, &set.metadata.annotations);
    let spec = &set.spec;
    state.machine_class = Attr::from(spec.machine_allocation.as_ref().map(read_allocation));
    state.bootstrap_spec =
        Attr::from(spec.bootstrap_spec.as_ref().map(|bootstrap| BootstrapSpec {
            cluster_uuid: Attr::Known(bootstrap.cluster_uuid.clone()),
            snapshot: Attr::Known(bootstrap.snapshot.clone()),
        }));
    state.update_strategy =
        read_strategy(spec.update_strategy(), spec.update_strategy_config.as_ref());
    state.delete_strategy =
        read_strategy(spec.delete_strategy(), spec.delete_strategy_config.as_ref());
    state.upgrade_strategy = read_strategy(
        spec.upgrade_strategy(),
        spec.upgrade_strategy_config.as_ref(),
    );
}

/// Fills in what the server has observed.
pub fn read_status(status: Option<&Resource<kind::MachineSetStatus>>, state: &mut MachineSet) {
    let spec = status.map(|status| status.spec.clone()).unwrap_or_default();
    state.phase = Attr::from(spec.phase().as_str_name());
    state.ready = Attr::Known(spec.ready);
    state.machines = Attr::Known(counts(spec.machines.unwrap_or_default()));
    state.config_hash = Attr::Known(spec.config_hash);
}

fn allocation(class: &Allocation) -> MachineAllocation {
    let unlimited = class.allocation_type.as_str() == Some("Unlimited");
    let kind = if unlimited {
        machine_allocation::Type::Unlimited
    } else {
        machine_allocation::Type::Static
    };
    MachineAllocation {
        name: class.name.as_str().unwrap_or_default().to_owned(),
        machine_count: class.size.known_or(0),
        allocation_type: kind.into(),
    }
}

fn read_allocation(spec: &MachineAllocation) -> Allocation {
    let unlimited = spec.allocation_type() == machine_allocation::Type::Unlimited;
    Allocation {
        name: Attr::Known(spec.name.clone()),
        allocation_type: Attr::from(if unlimited { "Unlimited" } else { "Static" }),
        size: if unlimited {
            Attr::Null
        } else {
            Attr::Known(spec.machine_count)
        },
    }
}

fn bootstrap(spec: &BootstrapSpec) -> BootstrapSpecMessage {
    BootstrapSpecMessage {
        cluster_uuid: spec.cluster_uuid.as_str().unwrap_or_default().to_owned(),
        snapshot: spec.snapshot.as_str().unwrap_or_default().to_owned(),
    }
}

/// An explicit zero would block a rolling strategy for ever, so a number is sent only where the user gave one.
fn write_strategy(
    plan: &Attr<Strategy>,
    strategy: &mut i32,
    config: &mut Option<UpdateStrategyConfig>,
) {
    let Attr::Known(plan) = plan else { return };
    let rolling = plan.r#type.as_str() == Some("Rolling");
    *strategy = if rolling {
        UpdateStrategy::Rolling
    } else {
        UpdateStrategy::Unset
    }
    .into();
    *config = plan
        .max_parallelism
        .as_known()
        .map(|parallelism| UpdateStrategyConfig {
            rolling: Some(RollingUpdateStrategyConfig {
                max_parallelism: *parallelism,
            }),
        });
}

fn read_strategy(
    strategy: UpdateStrategy,
    config: Option<&UpdateStrategyConfig>,
) -> Attr<Strategy> {
    let parallelism = config
        .and_then(|config| config.rolling)
        .map(|rolling| rolling.max_parallelism);
    Attr::Known(Strategy {
        r#type: Attr::from(strategy.as_str_name()),
        max_parallelism: Attr::from(parallelism),
    })
}

#[cfg(test)]
mod tests;
