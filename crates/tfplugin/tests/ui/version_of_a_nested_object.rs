use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(version = 2)]
struct Bed {
    /// The soil.
    #[attr(required)]
    soil: Attr<String>,
}

fn main() {}
