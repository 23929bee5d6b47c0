//! The doors themselves: one function for each, thin over what the crates offer.
#![allow(
    clippy::missing_panics_doc,
    reason = "to panic is how a door says that something is wrong behind it"
)]

use disk_selector::DiskSelector;
use omni_api::specs::machine_status_spec::hardware_status::BlockDevice;
use omni_api::{AnyResource, Kind, Resource, cosi, kind, labels, management, resource, selector};
use omni_client::omniconfig::Omniconfig;
use omni_plane::api::signature::PublicKey;
use omni_plane::infra::faults::Script;
use omni_plane::schematic::Schematic;
use prost::Message as _;
use tfplugin::values::{Type, json, msgpack};

use crate::call::{Call, Role};
use crate::world;

/// A door: its name, which is that of its fuzz target, and what goes through it.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    /// Name of the fuzz target and of the folder of its seeds.
    pub name: &'static str,
    /// Lets bytes through.
    pub enter: fn(&[u8]),
}

/// All doors.
pub const DOORS: [Door; 7] = [
    Door {
        name: "service",
        enter: service,
    },
    Door {
        name: "signature",
        enter: signature,
    },
    Door {
        name: "public_key",
        enter: public_key,
    },
    Door {
        name: "selector",
        enter: selector,
    },
    Door {
        name: "disk_selector",
        enter: disk_selector,
    },
    Door {
        name: "documents",
        enter: documents,
    },
    Door {
        name: "values",
        enter: values,
    },
];

/// Any call of the plane: the first two bytes say which and in what form ([`Call::read`]), the others are the message.
pub fn service(data: &[u8]) {
    if let Some(call) = Call::read(data) {
        world::fresh().answer(&call);
    }
}

/// The three headers of a signature, one a line: signature, payload, time. `KEY` stands for the fingerprint of a key that is known.
pub fn signature(data: &[u8]) {
    let mut lines = data.splitn(3, |byte| *byte == b'\n');
    let mut next = || lines.next().unwrap_or_default();
    let headers = [next(), next(), next()];
    let status = world::fresh().signed_by_hand(headers);
    assert_eq!(status, Some(16), "nobody has signed this");
}

/// An armored OpenPGP key, as accounts and users bring theirs; and a service account's key, as clients read it.
pub fn public_key(data: &[u8]) {
    let _ = PublicKey::parse(data);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let _ = omni_client::Key::parse(text);
    let _ = omni_client::Key::from_armored("somebody", text);
    let _ = omni_client::Key::lifetime_of_public(text);
}

/// A label selector as people write it, which survives the wire and judges labels.
pub fn selector(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let _ = selector::parse_quantity(text);
    let Ok(query) = selector::parse(text) else {
        return;
    };
    let parsed = selector::Selector(vec![query]);
    let wire: Vec<cosi::LabelQuery> = (&parsed).into();
    let back = selector::Selector::try_from(wire.as_slice());
    assert_eq!(
        back.as_ref(),
        Ok(&parsed),
        "a selector changes on the wire: {text:?}"
    );
    let labels = resource::Map::from([("a".into(), "1".into()), ("b".into(), "16GiB".into())]);
    let _ = parsed.matches(&labels);
}

/// A disk selector, judged for a disk.
pub fn disk_selector(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(selector) = DiskSelector::parse(text) {
        let disk = BlockDevice {
            size: 64 << 30,
            model: "QEMU HARDDISK".to_owned(),
            linux_name: "/dev/vda".to_owned(),
            r#type: "SSD".to_owned(),
            ..BlockDevice::default()
        };
        let _ = selector.matches(&disk);
    }
}

/// A text in each place where a client or a user writes YAML.
pub fn documents(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let _ = Script::parse(text);
    let _ = Omniconfig::parse(text);
    if let Ok(schematic) = Schematic::parse(text) {
        let again = Schematic::parse(&schematic.to_yaml()).map(|again| again.id());
        assert_eq!(again.ok(), Some(schematic.id()), "a schematic changes");
    }
    let world = world::fresh();
    for message in written(text) {
        world.answer(&Call::of(
            Role::Admin,
            "/cosi.resource.State/Create",
            message,
        ));
    }
    let config = management::ValidateConfigRequest {
        config: text.to_owned(),
    };
    let schematic = management::CreateSchematicFromRawRequest {
        raw_schematic: text.as_bytes().to_vec(),
        talos_version: world::TALOS.to_owned(),
    };
    for (method, message) in [
        ("ValidateConfig", config.encode_to_vec()),
        ("CreateSchematicFromRaw", schematic.encode_to_vec()),
    ] {
        let method = format!("/management.ManagementService/{method}");
        world.answer(&Call::of(Role::Admin, &method, message));
    }
}

/// The creation of each resource that holds YAML.
fn written(text: &str) -> Vec<Vec<u8>> {
    let text = || text.to_owned();
    vec![
        creation::<kind::ConfigPatch>("500-fuzz", |patch| {
            patch.spec.data = text();
        }),
        creation::<kind::KubernetesManifestGroup>("fuzz", |group| {
            group.spec.data = text();
            group.spec.mode = 1;
        }),
        creation::<kind::KubernetesHealthCheck>("fuzz", |check| {
            check.spec.job = text();
        }),
        creation::<kind::ImportedClusterSecrets>("fuzz", |secrets| {
            secrets.spec.data = text();
        }),
        creation::<kind::MachineRequestSet>("fuzz", |set| {
            set.spec.provider_id = world::PROVIDER.into();
            set.spec.talos_version = world::TALOS.into();
            set.spec.provider_data = text();
        }),
    ]
}

fn creation<K: Kind>(id: &str, fill: impl FnOnce(&mut Resource<K>)) -> Vec<u8> {
    let mut resource = Resource::<K>::new(id, K::Spec::default());
    let marks = &mut resource.metadata.labels;
    marks.insert(labels::CLUSTER.to_owned(), world::CLUSTER.to_owned());
    fill(&mut resource);
    let message = cosi::CreateRequest {
        resource: Some(AnyResource::into(resource.to_any())),
        options: None,
    };
    message.encode_to_vec()
}

/// A value of the plugin protocol: the first bytes, up to a zero, are the notation of its type, the others its MessagePack and its JSON.
pub fn values(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let (Some(notation), Some(bytes)) = (parts.next(), parts.next()) else {
        return;
    };
    let Ok(ty) = Type::from_json(notation) else {
        return;
    };
    if let Ok(value) = msgpack::decode(bytes, &ty) {
        let again = msgpack::encode(&value, &ty).expect("it was read with this type");
        let again = msgpack::decode(&again, &ty).expect("we wrote it");
        assert!(again == value, "a value changes on the wire");
    }
    if let Ok(value) = json::decode(bytes, &ty) {
        let again = json::encode(&value, &ty).expect("it was read with this type");
        let again = json::decode(again.as_bytes(), &ty).expect("we wrote it");
        assert!(again == value, "a value changes as JSON");
    }
    let _ = json::adapt(bytes, &ty);
}
