//! Compiles the plugin protocol and the services beside it without `protoc`.
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = "../../proto";
    let files = [
        "tfplugin6/tfplugin6.proto",
        "plugin/grpc_broker.proto",
        "plugin/grpc_controller.proto",
        "plugin/grpc_stdio.proto",
    ];
    println!("cargo:rerun-if-changed={root}/tfplugin6");
    println!("cargo:rerun-if-changed={root}/plugin");
    tonic_prost_build::configure()
        .bytes(".")
        .compile_fds(protox::compile(files, [root])?)?;
    Ok(())
}
