use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(name = "bed", identity(name))]
struct Bed {
    /// The soil.
    #[attr(required)]
    soil: Attr<String>,
}

fn main() {}
