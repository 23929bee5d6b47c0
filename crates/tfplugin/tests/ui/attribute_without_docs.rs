use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
#[object(name = "bed")]
struct Bed {
    #[attr(required)]
    soil: Attr<String>,
}

fn main() {}
