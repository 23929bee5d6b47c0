//! The image factory inside the plane: what images are made of.
//!
//! A schematic is kept for good, under the id that any image factory would give it. No image is ever made of it: addresses of images
//! ([`super::media`]) are those of the factory that the account names, where the plane has nothing.

use omni_api::management::create_schematic_request::SiderolinkGrpcTunnelMode;
use omni_api::management::{self as api, SchematicBootloader};
use omni_api::{Kind, Role, Version, kind};
use serde_json::Value;
use tonic::{Request, Status};

use super::{Management, context, refused};
use crate::api::validation::parse_tolerant;
use crate::join::{Extra, Join, SIDEROLINK};
use crate::release::Release;
use crate::schematic::{self, Bootloader, Customization, MetaValue, Overlay, Schematic};
use crate::store::Key;
use crate::yaml;

/// Keys of the META partition that an image may bring along: the network of bare metal, labels, and two that are the user's.
const FREE_KEYS: [u32; 4] = [10, LABELS, 13, 14];
const LABELS: u32 = 12;

/// Who may make images: what an account that makes machines may do.
pub(super) const MAKERS: [Role; 3] = [Role::InfraProvider, Role::Operator, Role::Admin];

impl Management {
    pub(super) async fn make_schematic(
        &self,
        request: Request<api::CreateSchematicRequest>,
    ) -> Result<api::CreateSchematicResponse, Status> {
        context::with_role(&request, Role::Operator)?;
        let request = request.into_inner();
        let tunnel = request.siderolink_grpc_tunnel_mode() == SiderolinkGrpcTunnelMode::Enabled;
        let kernel_args = self.join_args(&request.join_token, tunnel)?;
        let schematic = Schematic {
            customization: customization(kernel_args, &request)?,
            overlay: self.overlay(&request)?,
            ..Schematic::default()
        };
        self.check_factory(&request.image_factory_url)?;
        Ok(api::CreateSchematicResponse {
            schematic_id: self.keep(&schematic).await?,
            schematic_yml: schematic.to_yaml(),
            grpc_tunnel_enabled: tunnel,
            ..Default::default()
        })
    }

    pub(super) async fn make_raw_schematic(
        &self,
        request: Request<api::CreateSchematicFromRawRequest>,
    ) -> Result<api::CreateSchematicResponse, Status> {
        context::with_one_of(Release::of(&self.store), &request, &MAKERS)?;
        let raw = request.into_inner().raw_schematic;
        let wrong = |why: &dyn std::fmt::Display| {
            Status::unknown(format!("failed to unmarshal raw schematic: {why}"))
        };
        let text = String::from_utf8(raw).map_err(|error| wrong(&error))?;
        if text.trim().is_empty() {
            return Err(wrong(&"EOF"));
        }
        let mut schematic = Schematic::parse(&text).map_err(|error| wrong(&error))?;
        // Only factories that are paid for know owners.
        schematic.owner.clear();
        Ok(api::CreateSchematicResponse {
            schematic_id: self.keep(&schematic).await?,
            ..Default::default()
        })
    }

    async fn keep(&self, schematic: &Schematic) -> Result<String, Status> {
        let id = schematic::keep(&self.store, schematic).map_err(|error| refused(&error))?;
        self.acknowledge().await?;
        Ok(id)
    }

    /// The kernel arguments with which machines of an image join; without a token those of the default one.
    fn join_args(&self, token: &str, tunnel: bool) -> Result<Vec<String>, Status> {
        const WHAT: &str = "Omni connection params for the extra kernel arguments";
        let account = self.demand::<kind::SiderolinkApiConfig>(SIDEROLINK, WHAT)?;
        let token = self.token_or_default(token, WHAT)?;
        let join = Join::new(&account.spec, &token, tunnel, &Extra::new());
        let join = join.map_err(|error| Status::unknown(error.to_string()))?;
        Ok(join.kernel_args())
    }

    /// What a board needs: as the request says, or by the medium that it names. Old versions of Talos know no overlays.
    fn overlay(&self, request: &api::CreateSchematicRequest) -> Result<Overlay, Status> {
        if !has_overlays(&request.talos_version)? {
            return Ok(Overlay::default());
        }
        if let Some(overlay) = &request.overlay {
            return Ok(Overlay {
                image: overlay.image.clone(),
                name: overlay.name.clone(),
                options: options(&overlay.options)?,
            });
        }
        if request.media_id.is_empty() {
            return Ok(Overlay::default());
        }
        let media = self
            .store
            .peek::<kind::InstallationMedia>(&request.media_id);
        let media = media.ok_or_else(|| {
            Status::unknown(missing::<kind::InstallationMedia>(&request.media_id))
        })?;
        let name = &media.spec.overlay;
        if name.is_empty() {
            return Ok(Overlay::default());
        }
        let board = self.store.peek::<kind::SbcConfig>(name);
        let board = board
            .ok_or_else(|| Status::unknown(format!("failed to find overlay with name {name:?}")))?;
        Ok(Overlay {
            image: board.spec.overlay_image.clone(),
            name: board.spec.overlay_name.clone(),
            ..Overlay::default()
        })
    }

    /// A factory that is asked for by its address must be one of the account's.
    fn check_factory(&self, url: &str) -> Result<(), Status> {
        let plain = |url: &str| url.trim_end_matches('/').to_owned();
        let features = self.store.peek::<kind::FeaturesConfig>("features-config");
        let spec = features.map(|features| features.spec.clone());
        let known = spec.is_some_and(|spec| {
            let second = &spec.secondary_image_factory_base_url;
            let own = plain(&spec.image_factory_base_url) == plain(url);
            own || (!second.is_empty() && plain(second) == plain(url))
        });
        if url.is_empty() || known {
            return Ok(());
        }
        Err(Status::unknown(format!(
            "no image factory client configured for the given URL {url:?}"
        )))
    }

    /// The token that is named, else the account's default.
    pub(super) fn token_or_default(&self, token: &str, what: &str) -> Result<String, Status> {
        if !token.is_empty() {
            return Ok(token.to_owned());
        }
        let default = self.demand::<kind::DefaultJoinToken>("default", what)?;
        Ok(default.spec.token_id.clone())
    }

    /// A resource without which the call makes no sense.
    pub(super) fn demand<K: Kind>(
        &self,
        id: &str,
        what: &str,
    ) -> Result<std::sync::Arc<omni_api::Resource<K>>, Status> {
        let found = self.store.peek::<K>(id);
        found.ok_or_else(|| Status::unknown(format!("failed to get {what}: {}", missing::<K>(id))))
    }
}

fn missing<K: Kind>(id: &str) -> String {
    let key = Key::of::<K>(id).at(Version::UNDEFINED);
    format!("failed to get: resource {key} doesn't exist")
}

fn customization(
    mut kernel_args: Vec<String>,
    request: &api::CreateSchematicRequest,
) -> Result<Customization, Status> {
    let mut made = Customization {
        embedded_machine_configuration: request.embedded_machine_config.clone(),
        bootloader: bootloader(request.bootloader)?,
        meta: meta(request)?,
        ..Customization::default()
    };
    kernel_args.extend(request.extra_kernel_args.iter().cloned());
    made.extra_kernel_args = kernel_args;
    let extensions = &mut made.system_extensions.official_extensions;
    extensions.extend(request.extensions.iter().cloned());
    extensions.sort();
    extensions.dedup();
    Ok(made)
}

fn bootloader(wanted: i32) -> Result<Bootloader, Status> {
    match SchematicBootloader::try_from(wanted) {
        Ok(SchematicBootloader::BootAuto) => Ok(Bootloader::None),
        Ok(SchematicBootloader::BootDual) => Ok(Bootloader::DualBoot),
        Ok(SchematicBootloader::BootSd) => Ok(Bootloader::SdBoot),
        Ok(SchematicBootloader::BootGrub) => Ok(Bootloader::Grub),
        Err(_) => Err(Status::unknown(format!(
            "failed to ensure schematic: BootloaderKind({wanted}) does not belong to BootloaderKind values"
        ))),
    }
}

/// Values of the META partition; the one with the highest key comes first.
fn meta(request: &api::CreateSchematicRequest) -> Result<Vec<MetaValue>, Status> {
    let mut values = Vec::new();
    for (key, value) in request.meta_values.iter().rev() {
        let free = FREE_KEYS.contains(key).then(|| u8::try_from(*key).ok());
        let Some(key) = free.flatten() else {
            // Talos' keys have one byte: the rest is cut off, as it is there.
            let [.., low] = key.to_be_bytes();
            let text = format!(
                "meta key 0x{low:02x} is not allowed to be set in the schematic, as it's reserved by Talos"
            );
            return Err(Status::invalid_argument(text));
        };
        if u32::from(key) == LABELS {
            check_labels(value)?;
        }
        values.push(MetaValue {
            key,
            value: value.clone(),
        });
    }
    Ok(values)
}

/// Labels have a form of their own: a map under `machineLabels`.
fn check_labels(text: &str) -> Result<(), Status> {
    let wrong = |why: &dyn std::fmt::Display| {
        Status::invalid_argument(format!("failed to parse machine labels: {why}"))
    };
    let document = yaml::read(text).map_err(|error| wrong(&error))?;
    let part = |name: &str| match &document {
        Value::Null => Ok(None),
        Value::Object(parts) => match parts.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(labels)) => Ok(Some(labels)),
            Some(_) => Err(wrong(&format!("{name} is not a map of texts"))),
        },
        _ => Err(wrong(&"not a map")),
    };
    let (labels, legacy) = (part("machineLabels")?, part("machineInitialLabels")?);
    let all = labels.into_iter().chain(legacy).flatten();
    for (key, value) in all {
        if value.is_object() || value.is_array() {
            return Err(wrong(&format!("the label {key:?} is not a text")));
        }
    }
    if labels.or(legacy).is_none() {
        return Err(Status::invalid_argument("machine labels are empty"));
    }
    if legacy.is_some() {
        return Err(Status::invalid_argument(
            "'initialMachineLabels' is deprecated",
        ));
    }
    Ok(())
}

fn has_overlays(talos: &str) -> Result<bool, Status> {
    if talos.is_empty() {
        return Ok(true);
    }
    let version =
        parse_tolerant(talos).map_err(|_| Status::invalid_argument("invalid Talos version"))?;
    Ok((version.major, version.minor) >= (1, 7))
}

fn options(text: &str) -> Result<serde_json::Map<String, Value>, Status> {
    match yaml::read(text).map_err(|error| Status::unknown(error.to_string()))? {
        Value::Null => Ok(serde_json::Map::new()),
        Value::Object(options) => Ok(options),
        _ => Err(Status::unknown("the overlay's options are not a map")),
    }
}
