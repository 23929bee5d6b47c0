//! The generated messages and services.
//!
//! What stands in `proto/tfplugin6` and `proto/plugin` is here, name for name and number for number.

/// Plugin protocol 6: the interface between Terraform's core and a provider.
pub mod tfplugin6 {
    #![allow(
        missing_docs,
        clippy::all,
        clippy::pedantic,
        unreachable_pub,
        reason = "generated from proto/tfplugin6"
    )]
    tonic::include_proto!("tfplugin6");
}

/// The services that every plugin offers beside its own: shutdown, broker, standard streams.
pub mod plugin {
    #![allow(
        missing_docs,
        clippy::all,
        clippy::pedantic,
        unreachable_pub,
        reason = "generated from proto/plugin"
    )]
    tonic::include_proto!("plugin");
}

pub use tfplugin6::*;
