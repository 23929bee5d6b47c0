//! Kinds of the plane's own, kept beside Omni's: nobody from outside reads or writes them.

use omni_api::kind::{ClusterScope, Facts, Read, Write, namespace};

/// The spec of a kind whose id and labels say everything.
pub(crate) const EMPTY: &str = "google.protobuf.Empty";

/// The facts of a kind that the file of state keeps.
pub(crate) const fn kind(type_name: &'static str, spec: &'static str) -> Facts {
    Facts {
        type_name,
        namespace: namespace::DEFAULT,
        spec,
        read: Read::Denied,
        write: Write::None,
        cluster: ClusterScope::None,
        user_managed: false,
        sensitive: false,
    }
}

/// The same with secrets in it.
pub(crate) const fn secret(type_name: &'static str, spec: &'static str) -> Facts {
    Facts {
        sensitive: true,
        ..kind(type_name, spec)
    }
}

/// The same for as long as the process lives.
pub(crate) const fn ephemeral(type_name: &'static str, spec: &'static str) -> Facts {
    Facts {
        namespace: namespace::EPHEMERAL,
        ..kind(type_name, spec)
    }
}
