use tfplugin::Object;

/// A bed.
#[derive(Object)]
#[object(name = "bed")]
struct Bed {
    /// The soil.
    #[attr(required)]
    soil: String,
}

fn main() {}
