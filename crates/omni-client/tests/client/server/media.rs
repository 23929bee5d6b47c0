//! The calls about installation media of the test server, which is an Omni of some age.

use omni_api::management as api;
use tonic::Status;

/// Which Omni the server is.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Age {
    /// Omni 1.8 to 1.10: no call tells where media are.
    Oldest,
    /// The older call does.
    BootAssets,
    /// The newer one does.
    #[default]
    Newest,
}

pub(super) fn schematic(request: &api::CreateSchematicRequest) -> api::CreateSchematicResponse {
    api::CreateSchematicResponse {
        schematic_id: request.extensions.join("+"),
        schematic_yml: format!("token: {}", request.join_token),
        grpc_tunnel_enabled: true,
        ..Default::default()
    }
}

pub(super) fn boot_asset(
    age: Age,
    request: &api::BootAssetUrlRequest,
) -> Result<api::BootAssetUrlResponse, Status> {
    if age != Age::BootAssets {
        return Err(Status::unimplemented("unknown method GetBootAssetURL"));
    }
    Ok(api::BootAssetUrlResponse {
        url: format!("{:?} {}", request.boot_asset_kind(), request.schematic_id),
        headers: [("Authorization".to_owned(), "Basic c2VjcmV0".to_owned())].into(),
        image_factory_host: "factory".to_owned(),
        storage_key: "key".to_owned(),
    })
}

pub(super) fn installation_media(
    age: Age,
    request: &api::InstallationMediaUrlRequest,
) -> Result<api::InstallationMediaUrlResponse, Status> {
    if age < Age::Newest {
        return Err(Status::unimplemented(
            "unknown method GetInstallationMediaURL",
        ));
    }
    let expires_at = request
        .download_token_ttl
        .map(|ttl| prost_types::Timestamp {
            seconds: 1_800_000_000 + ttl.seconds,
            nanos: 0,
        });
    Ok(api::InstallationMediaUrlResponse {
        url: format!(
            "{:?} {}?token=t",
            request.installation_media_kind(),
            request.schematic_id
        ),
        storage_key: "key".to_owned(),
        expires_at,
        ..Default::default()
    })
}
