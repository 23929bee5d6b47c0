use tfplugin::Object;

/// A bed.
#[derive(Object)]
enum Bed {
    Flat,
}

fn main() {}
