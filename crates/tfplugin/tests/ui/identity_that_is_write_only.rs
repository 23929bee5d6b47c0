use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(name = "bed", identity(soil))]
struct Bed {
    /// The soil.
    #[attr(required, write_only)]
    soil: Attr<String>,
}

fn main() {}
