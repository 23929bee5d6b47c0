use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(name = "bed")]
struct Bed {
    /// The soil.
    #[attr(required)]
    soil: Attr<String>,
    /// The soil.
    #[attr(optional, name = "soil")]
    earth: Attr<String>,
}

fn main() {}
