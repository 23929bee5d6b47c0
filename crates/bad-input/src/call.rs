//! A call of the plane, made of bytes.

use std::sync::OnceLock;

use omni_api::reflect;

/// Packages whose services the plane has.
const PACKAGES: [&str; 4] = ["auth", "cosi.resource", "management", "omni.resources"];

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Everything is allowed.
    Admin,
    /// Clusters are.
    Operator,
    /// Looking is.
    Reader,
    /// The account of an infrastructure provider.
    InfraProvider,
    /// Nobody has signed.
    Nobody,
}

/// What a call looks like on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Path of the method.
    pub(crate) method: String,
    /// Who signs it.
    pub(crate) role: Role,
    /// Names of a cluster and of a runtime, in headers that the signature covers.
    pub(crate) on_cluster: bool,
    /// The frame as it goes over the wire, well formed or not.
    pub(crate) body: Vec<u8>,
    /// Whether the header says that frames may be compressed.
    pub(crate) gzip: bool,
}

/// The paths of all calls, in order.
pub(crate) fn methods() -> &'static [String] {
    static METHODS: OnceLock<Vec<String>> = OnceLock::new();
    METHODS.get_or_init(|| {
        let services = reflect::pool().services();
        let ours = services.filter(|service| PACKAGES.contains(&service.package_name()));
        let mut paths: Vec<_> = ours
            .flat_map(|service| {
                let name = service.full_name().to_owned();
                let methods: Vec<_> = service.methods().collect();
                let path = move |method: prost_reflect::MethodDescriptor| {
                    format!("/{name}/{}", method.name())
                };
                methods.into_iter().map(path)
            })
            .collect();
        paths.push("/management.ManagementService/NoSuchCall".to_owned());
        paths.sort();
        paths
    })
}

/// Whether the call waits by its nature: for something to happen, or for somebody to let go.
pub(crate) fn waits(method: &str) -> bool {
    matches!(
        method.rsplit('/').next(),
        Some(
            "Watch"
                | "TeardownAndDestroy"
                | "Delete"
                | "AwaitPublicKeyConfirmation"
                | "MachineLogs"
                | "ReadAuditLog"
        )
    )
}

// === impl Role ===

impl Role {
    /// Those who have a key.
    pub(crate) const SIGNING: [Self; 4] = [
        Self::Admin,
        Self::Operator,
        Self::Reader,
        Self::InfraProvider,
    ];

    const fn of(byte: u8) -> Self {
        match byte & 7 {
            1 => Self::Operator,
            2 => Self::Reader,
            3 => Self::InfraProvider,
            4 => Self::Nobody,
            _ => Self::Admin,
        }
    }

    /// Omni's word for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::Operator => "Operator",
            Self::Reader => "Reader",
            Self::InfraProvider => "InfraProvider",
            Self::Nobody => "None",
        }
    }
}

// === impl Call ===

impl Call {
    /// The call of these bytes. Of the second byte, three bits are the caller, 8 adds headers that name a cluster and a runtime, 16 sends the
    /// message without a frame, 32 says that it is compressed.
    pub(crate) fn read(data: &[u8]) -> Option<Self> {
        let [method, form, message @ ..] = data else {
            return None;
        };
        let methods = methods();
        let method = &methods[usize::from(*method) % methods.len()];
        let has = |bit: u8| form & bit != 0;
        let gzip = has(32);
        let body = if has(16) {
            message.to_vec()
        } else {
            framed(message, gzip)
        };
        Some(Self {
            method: method.clone(),
            role: Role::of(*form),
            on_cluster: has(8),
            body,
            gzip,
        })
    }

    /// A well-formed call.
    pub(crate) fn of(role: Role, method: &str, message: impl AsRef<[u8]>) -> Self {
        Self {
            method: method.to_owned(),
            role,
            on_cluster: false,
            body: framed(message.as_ref(), false),
            gzip: false,
        }
    }
}

fn framed(message: &[u8], compressed: bool) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[u8::from(compressed)], &length.to_be_bytes()[..], message].concat()
}
