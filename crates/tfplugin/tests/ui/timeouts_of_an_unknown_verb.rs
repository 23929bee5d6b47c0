use tfplugin::types::Timeouts;
use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(name = "bed")]
struct Bed {
    /// The soil.
    #[attr(timeouts(destroy = "1m"))]
    timeouts: Attr<Timeouts>,
}

fn main() {}
