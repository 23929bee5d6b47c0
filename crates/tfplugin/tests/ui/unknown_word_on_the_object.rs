use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(title = "bed")]
struct Bed {
    /// The soil.
    #[attr(required)]
    soil: Attr<String>,
}

fn main() {}
