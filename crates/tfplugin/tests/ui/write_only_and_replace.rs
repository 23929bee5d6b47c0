use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(name = "bed")]
struct Bed {
    /// The soil.
    #[attr(required, write_only, replace)]
    soil: Attr<String>,
}

fn main() {}
