//! A struct is a schema.

#![allow(missing_docs, reason = "a test needs no documentation")]

use tfplugin::types::{Duration, Secret, Timeouts};
use tfplugin::{Attr, Object};

/// A cluster.
#[derive(Debug, Object)]
#[object(name = "cluster", version = 1, identity(name))]
struct Cluster {
    /// Name.
    #[attr(required, replace)]
    name: Attr<String>,
    /// Weight.
    #[attr(default = 400)]
    weight: Attr<i64>,
    /// Token.
    #[attr(optional, write_only)]
    token: Attr<Secret>,
    /// Interval.
    #[attr(optional, computed, default = "1h")]
    interval: Attr<Duration>,
    /// Features.
    #[attr(optional)]
    features: Attr<Features>,
    /// Machines.
    #[attr(computed)]
    machines: Attr<Vec<Machine>>,
    /// Times.
    #[attr(timeouts(create = "10m", delete = "20m"))]
    timeouts: Attr<Timeouts>,
}

/// Switches.
#[derive(Debug, Object)]
struct Features {
    /// Encrypt disks.
    #[attr(optional, computed)]
    disk_encryption: Attr<bool>,
}

/// A machine.
#[derive(Debug, Object)]
struct Machine {
    /// Id.
    #[attr(computed)]
    id: Attr<String>,
}

#[test]
fn a_struct_reads_what_it_writes() {
    use tfplugin::AttrType as _;
    let mut cluster = Cluster::empty().expect("every attribute may be null");
    cluster.name = "prod".into();
    cluster.features = Attr::Known(Features {
        disk_encryption: Attr::Unknown,
    });
    let value = cluster.encode();
    let again = Cluster::decode(&value).expect("what was written reads");
    assert_eq!(again.encode(), value);
    assert_eq!(again.name.as_str(), Some("prod"));
}
