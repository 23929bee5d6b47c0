//! Good input for each door, to begin with.
//!
//! Texts are files in `seeds/<door>/`. Calls and values are made here: a message of every call with every field filled, from its descriptor,
//! so that no call is forgotten.

use std::path::Path;

use omni_api::reflect;
use omni_api::{AnyResource, Kind, Resource, cosi, kind, labels};
use prost::Message as _;
use prost_reflect::{
    Cardinality, DynamicMessage, FieldDescriptor, Kind as FieldKind, MapKey, MessageDescriptor,
    Value,
};
use tfplugin::values::{self, Type, Value as Held, json, msgpack};

use crate::call::methods;
use crate::world;

/// How deep messages are filled.
const DEPTH: usize = 4;

/// The seeds of the door of this name.
///
/// # Panics
/// When a file of a seed cannot be read.
pub fn of(door: &str) -> Vec<Vec<u8>> {
    match door {
        "service" => [every_call(), writes()].concat(),
        "values" => values_of_all_types(),
        texts => files(texts),
    }
}

fn files(door: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(door);
    let entries = std::fs::read_dir(&folder).expect("a folder of seeds");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    let read = |path| std::fs::read(path).expect("a seed");
    paths.into_iter().map(read).collect()
}

/// Every call with a full message, by an Admin on a cluster.
fn every_call() -> Vec<Vec<u8>> {
    let full = |(number, path): (usize, &String)| {
        let message = input_of(path).map(|input| filled(&input, DEPTH).encode_to_vec());
        let number = u8::try_from(number).expect("fewer than 256 calls");
        [&[number, 8][..], &message.unwrap_or_default()].concat()
    };
    methods().iter().enumerate().map(full).collect()
}

/// The message that a call takes.
fn input_of(path: &str) -> Option<MessageDescriptor> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let service = reflect::pool().get_service_by_name(service)?;
    let found = service.methods().find(|one| one.name() == method)?;
    Some(found.input())
}

fn filled(message: &MessageDescriptor, depth: usize) -> DynamicMessage {
    let mut full = DynamicMessage::new(message.clone());
    // What is compressed is looked up in the sender's YAML, which these have not.
    let open = message
        .fields()
        .filter(|field| field.name() != "compressed_data");
    for field in open {
        if let Some(value) = value(&field, depth) {
            full.set_field(&field, value);
        }
    }
    full
}

fn value(field: &FieldDescriptor, depth: usize) -> Option<Value> {
    let one = match field.kind() {
        FieldKind::Message(message) if field.is_map() => {
            let key = match message.map_entry_key_field().kind() {
                FieldKind::Uint32 => MapKey::U32(12),
                _ => MapKey::String("a".to_owned()),
            };
            let entry = single(message.map_entry_value_field().kind(), depth)?;
            return Some(Value::Map([(key, entry)].into()));
        }
        kind => single(kind, depth)?,
    };
    Some(if field.cardinality() == Cardinality::Repeated {
        Value::List(vec![one])
    } else {
        one
    })
}

fn single(kind: FieldKind, depth: usize) -> Option<Value> {
    Some(match kind {
        FieldKind::Double => Value::F64(1.0),
        FieldKind::Float => Value::F32(1.0),
        FieldKind::Int32 | FieldKind::Sint32 | FieldKind::Sfixed32 => Value::I32(1),
        FieldKind::Int64 | FieldKind::Sint64 | FieldKind::Sfixed64 => Value::I64(1),
        FieldKind::Uint32 | FieldKind::Fixed32 => Value::U32(1),
        FieldKind::Uint64 | FieldKind::Fixed64 => Value::U64(1),
        FieldKind::Bool => Value::Bool(true),
        FieldKind::String => Value::String(world::CLUSTER.to_owned()),
        FieldKind::Bytes => Value::Bytes(world::CLUSTER.as_bytes().to_vec().into()),
        FieldKind::Enum(_) => Value::EnumNumber(1),
        FieldKind::Message(_) if depth == 0 => return None,
        FieldKind::Message(message) => Value::Message(filled(&message, depth - 1)),
    })
}

/// The creation of resources whose rules look deep.
fn writes() -> Vec<Vec<u8>> {
    vec![
        write::<kind::Cluster>("other"),
        write::<kind::MachineSet>("c-workers"),
        write::<kind::MachineSetNode>("00000000-0000-4000-a000-000000000002"),
        write::<kind::MachineClass>("class"),
        write::<kind::MachineRequestSet>("set"),
        write::<kind::ConfigPatch>("500-patch"),
        write::<kind::ExtensionsConfiguration>("extensions"),
        write::<kind::KernelArgs>("00000000-0000-4000-a000-000000000001"),
        write::<kind::MachineInstallDiskConfig>("00000000-0000-4000-a000-000000000001"),
        write::<kind::KubernetesManifestGroup>("group"),
        write::<kind::KubernetesHealthCheck>("check"),
        write::<kind::AccessPolicy>("access-policy"),
        write::<kind::SamlLabelRule>("rule"),
        write::<kind::InstallationMediaConfig>("media"),
        write::<kind::InfraMachineConfig>("00000000-0000-4000-a000-000000000001"),
        write::<kind::EtcdManualBackup>("c"),
        write::<kind::ImportedClusterSecrets>("imported"),
        write::<kind::JoinToken>("token"),
    ]
}

/// Creation and update of a resource of this kind with every field filled.
fn write<K: Kind>(id: &str) -> Vec<u8> {
    let mut resource = Resource::<K>::new(id, K::Spec::default());
    let marks = &mut resource.metadata.labels;
    for (key, value) in [
        (labels::CLUSTER, world::CLUSTER),
        (labels::MACHINE_SET, "c-control-planes"),
        (labels::WORKER_ROLE, ""),
    ] {
        marks.insert(key.to_owned(), value.to_owned());
    }
    let mut any = resource.to_any();
    let message = reflect::descriptor(K::FACTS.spec).expect("a kind has a message");
    any.spec = filled(&message, DEPTH).encode_to_vec();
    let message = cosi::CreateRequest {
        resource: Some(AnyResource::into(any)),
        options: None,
    };
    let create = "/cosi.resource.State/Create";
    let number = methods().iter().position(|method| method == create);
    let number = u8::try_from(number.expect("a call")).expect("fewer than 256 calls");
    [&[number, 0][..], &message.encode_to_vec()].concat()
}

/// Values in both encodings, each behind its type.
fn values_of_all_types() -> Vec<Vec<u8>> {
    let text = |text: &str| Held::from(text.to_owned());
    let samples = [
        (Type::String, text("text")),
        (
            Type::Number,
            Held::from("1.5e40".parse::<values::Number>().expect("a number")),
        ),
        (Type::Bool, Held::from(true)),
        (Type::list(Type::String), Held::list([text("a"), text("b")])),
        (Type::set(Type::String), Held::set([text("a"), text("b")])),
        (
            Type::object([("a", Type::map(Type::Bool)), ("b", Type::Dynamic)]),
            Held::object([
                ("a", Held::map([("k", Held::from(false))])),
                ("b", Held::dynamic(Type::String, text("d"))),
            ]),
        ),
    ];
    let encoded = |(ty, value): (Type, Held)| {
        let notation = ty.to_json().into_bytes();
        let wire = msgpack::encode(&value, &ty).expect("a value of its type");
        let plain = json::encode(&value, &ty).expect("a value of its type");
        [
            [&notation[..], b"\0", &wire].concat(),
            [&notation[..], b"\0", plain.as_bytes()].concat(),
        ]
    };
    samples.into_iter().flat_map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Call, Role};

    #[test]
    fn no_call_ends_at_the_signature() {
        for seed in every_call() {
            let call = Call::read(&seed).expect("a call");
            assert_eq!(call.role, Role::Admin);
            let status = world::fresh().answer(&call);
            assert_ne!(status, Some(16), "{}", call.method);
        }
    }

    #[test]
    fn a_caller_with_too_small_a_role_is_told_so() {
        for seed in writes() {
            let mut call = Call::read(&seed).expect("a call");
            call.role = Role::InfraProvider;
            let status = world::fresh().answer(&call);
            assert!(matches!(status, Some(7 | 3)), "{} {status:?}", call.method);
        }
    }
}
