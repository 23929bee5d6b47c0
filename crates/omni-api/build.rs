//! Compiles Omni's messages without `protoc`, and keeps their descriptors for reflection.
use prost::Message as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = "../../proto/omni";
    println!("cargo:rerun-if-changed={root}");
    let files = protox::compile(
        [
            "auth/auth.proto",
            "common/common.proto",
            "cosi/resource/meta.proto",
            "cosi/resource/state.proto",
            "management/management.proto",
            "oidc/oidc.proto",
            "omni/resources/resources.proto",
            "specs/specs.proto",
        ],
        [root],
    )?;
    let out = std::path::PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("omni.binpb"), files.encode_to_vec())?;
    tonic_prost_build::configure()
        .btree_map(".")
        .compile_fds(files)?;
    Ok(())
}
