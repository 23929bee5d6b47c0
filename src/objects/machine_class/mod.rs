//! `omni_machine_class`: which machines a machine set may take.

mod convert;
mod resource;
mod review;

use tfplugin::types::Timeouts;
use tfplugin::{Attr, Object};

pub use resource::MachineClassResource;

use crate::values::{Selector, Yaml};

/// A machine class: it selects free machines by label, or lets an infrastructure provider make new ones.
///
/// Exactly one of `match_labels` and `auto_provision` is set.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "machine_class", version = 1, identity(name))]
pub struct MachineClass {
    /// Name of the machine class, unique in the account. Changing it replaces the class.
    #[attr(required, replace)]
    pub name: Attr<String>,
    /// Selectors, one of which must match. Each is a list of conditions joined by commas, all of which must hold:
    /// `omni.sidero.dev/arch = amd64, rack in (r1, r2)`. Conditions are `a`, `!a`, `a = b`, `a != b`, `a in (b, c)`,
    /// `a notin (b, c)`, `a < 4`, `a >= 8GiB`.
    #[attr(optional)]
    pub match_labels: Attr<Vec<Attr<Selector>>>,
    /// Lets an infrastructure provider make the machines.
    #[attr(optional)]
    pub auto_provision: Attr<AutoProvision>,
    /// How long each operation may take.
    #[attr(timeouts(create = "5m", read = "2m", update = "5m", delete = "5m"))]
    pub timeouts: Attr<Timeouts>,
    /// How many machines of the account the selectors match, free or not. As last read.
    #[attr(computed)]
    pub matched_machines: Attr<i64>,
}

/// Machines made by an infrastructure provider.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct AutoProvision {
    /// Id of the infrastructure provider.
    #[attr(required)]
    pub provider_id: Attr<String>,
    /// What the provider needs to know to make a machine, as YAML or JSON. It is checked against the schema that the provider
    /// publishes (`omni_infra_provider.….schema`).
    #[attr(optional)]
    pub provider_data: Attr<Yaml>,
    /// Kernel arguments of the machines, at most 64.
    #[attr(optional)]
    pub kernel_args: Attr<Vec<Attr<String>>>,
    /// Values that are written to the META partition of the machines.
    #[attr(optional)]
    pub meta_values: Attr<Vec<MetaValue>>,
    /// Whether the machines reach Omni through gRPC instead of WireGuard. Where it is not set, the account decides.
    #[attr(optional)]
    pub grpc_tunnel: Attr<bool>,
}

/// A value in the META partition.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct MetaValue {
    /// Key of the value, from 0 to 255.
    #[attr(required)]
    pub key: Attr<u8>,
    /// The value.
    #[attr(required)]
    pub value: Attr<String>,
}
