use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(identity(soil))]
struct Bed {
    /// The soil.
    #[attr(required)]
    soil: Attr<String>,
}

fn main() {}
