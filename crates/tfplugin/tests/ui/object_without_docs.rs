use tfplugin::{Attr, Object};

#[derive(Object)]
#[object(name = "bed")]
struct Bed {
    /// The soil.
    #[attr(required)]
    soil: Attr<String>,
}

fn main() {}
