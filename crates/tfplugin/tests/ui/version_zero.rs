use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(name = "bed", version = 0)]
struct Bed {
    /// The soil.
    #[attr(required)]
    soil: Attr<String>,
}

fn main() {}
