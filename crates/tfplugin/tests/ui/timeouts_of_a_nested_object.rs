use tfplugin::types::Timeouts;
use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]

struct Bed {
    /// The soil.
    #[attr(timeouts(create = "1m"))]
    timeouts: Attr<Timeouts>,
}

fn main() {}
