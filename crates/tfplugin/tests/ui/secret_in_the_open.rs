use tfplugin::types::Secret;
use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(name = "bed")]
struct Bed {
    /// The soil.
    #[attr(required)]
    soil: Attr<Secret>,
}

fn main() {}
