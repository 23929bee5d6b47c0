use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(name = "bed")]
struct Bed {
    /// The soil.
    #[attr(write_only, default = "clay")]
    soil: Attr<String>,
}

fn main() {}
