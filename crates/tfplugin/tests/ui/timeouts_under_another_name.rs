use tfplugin::types::Timeouts;
use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(name = "bed")]
struct Bed {
    /// The soil.
    #[attr(timeouts(create = "1m"))]
    limits: Attr<Timeouts>,
}

fn main() {}
