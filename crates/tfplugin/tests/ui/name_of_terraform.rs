use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(name = "bed")]
struct Bed {
    /// The soil.
    #[attr(required)]
    count: Attr<String>,
}

fn main() {}
