use tfplugin::{Attr, Object};

/// A bed.
#[derive(Object)]
struct Bed<T> {
    /// The soil.
    #[attr(required)]
    soil: Attr<T>,
}

fn main() {}
