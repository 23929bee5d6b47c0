use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(name = "bed")]
struct Bed {
    /// The soil.
    #[attr(optional, computed, write_only)]
    soil: Attr<String>,
}

fn main() {}
