//! The account: who it is, who may enter, with which token machines join.
//!
//! Everything random is drawn here, once per plane. Ids, keys and tokens of one plane never appear in another.

use std::time::Duration;

use omni_api::kind::{self, Kind};
use omni_api::specs::{
    AuthConfigSpec, ConnectionParamsSpec, DefaultJoinTokenSpec, EtcdBackupSettings,
    EulaAcceptanceSpec, FeaturesConfigSpec, IdentityLastActiveSpec, IdentitySpec, JoinTokenSpec,
    PublicKeySpec, SiderolinkApiConfigSpec, SysVersionSpec, UserSpec, auth_config_spec,
    public_key_spec,
};
use omni_api::{AnyResource, Resource, Role, labels, specs};
use uuid::Uuid;

use super::account_key::PublicHalf;
use super::catalog::IMAGE_FACTORY;
use crate::Instance;
use crate::join::{Extra, Join};
use crate::release::Release;

/// Id of the one [`kind::FeaturesConfig`]; it holds the account's id.
pub(crate) const FEATURES: &str = "features-config";

/// Id of the one [`kind::DefaultJoinToken`].
const DEFAULT_TOKEN: &str = "default";

/// Id of [`kind::ConnectionParams`] and of [`kind::SiderolinkApiConfig`].
const SIDEROLINK: &str = "siderolink-config";

const EVENTS_PORT: i32 = 8091;
const LOGS_PORT: i32 = 8092;

/// Who the plane is, in the words of a release.
pub(super) fn version(account: &str, release: Release) -> AnyResource {
    let version = SysVersionSpec {
        backend_version: release.version().to_owned(),
        instance_name: account.to_owned(),
        // What clients compare before they speak.
        backend_api_version: release.api_version(),
    };
    any::<kind::SysVersion>("", "current", version)
}

/// What is there in every plane, the same each time, as it is set up.
pub(super) fn constants(instance: &Instance) -> Vec<AnyResource> {
    let auth = AuthConfigSpec {
        auth0: Some(auth_config_spec::Auth0::default()),
        saml: Some(auth_config_spec::Saml::default()),
        oidc: Some(auth_config_spec::Oidc::default()),
        webauthn: Some(auth_config_spec::Webauthn::default()),
        suspended: instance.suspended,
        ..AuthConfigSpec::default()
    };
    let eula = EulaAcceptanceSpec {
        accepted_by_name: "Embedded plane".to_owned(),
        accepted_by_email: "plane@localhost".to_owned(),
    };
    vec![
        any::<kind::AuthConfig>("", "auth-config", auth),
        any::<kind::EulaAcceptance>("", "eula", eula),
        any::<kind::SiderolinkApiConfig>("SiderolinkAPIConfigController", SIDEROLINK, siderolink()),
    ]
}

/// What is drawn once: the account's id and the token of its machines.
pub(super) fn fresh(account: &str) -> Vec<AnyResource> {
    let token = crate::join::generate();
    let initial = JoinTokenSpec {
        name: "initial token".to_owned(),
        ..JoinTokenSpec::default()
    };
    let default = DefaultJoinTokenSpec {
        token_id: token.clone(),
    };
    vec![
        any::<kind::FeaturesConfig>("", FEATURES, features(account)),
        any::<kind::JoinToken>("", &token, initial),
        any::<kind::DefaultJoinToken>("", DEFAULT_TOKEN, default),
        any::<kind::ConnectionParams>("ConnectionParamsController", SIDEROLINK, connection(&token)),
    ]
}

/// A service account with full rights and this key.
pub(super) fn administrator(key: &PublicHalf) -> Vec<AnyResource> {
    let user_id = Uuid::new_v4().to_string();
    let mut identity = Resource::<kind::Identity>::new(
        &key.identity,
        IdentitySpec {
            user_id: user_id.clone(),
        },
    );
    let marks = &mut identity.metadata.labels;
    marks.insert(labels::PUBLIC_KEY_USER_ID.to_owned(), user_id.clone());
    marks.insert(
        labels::IDENTITY_TYPE_SERVICE_ACCOUNT.to_owned(),
        String::new(),
    );
    let user = UserSpec {
        role: Role::Admin.as_str().to_owned(),
        ..UserSpec::default()
    };
    vec![
        public_key(key, &user_id),
        identity.to_any(),
        any::<kind::User>("", &user_id, user),
        any::<kind::IdentityLastActive>("", &key.identity, IdentityLastActiveSpec::default()),
    ]
}

/// A confirmed key of the user.
pub(super) fn public_key(key: &PublicHalf, user_id: &str) -> AnyResource {
    let spec = PublicKeySpec {
        public_key: key.armored.clone().into_bytes(),
        expiration: Some(stamp(key.expires)),
        confirmed: true,
        identity: Some(specs::Identity {
            email: key.identity.clone(),
        }),
        role: Role::Admin.as_str().to_owned(),
        r#type: public_key_spec::Type::Unknown.into(),
        ..PublicKeySpec::default()
    };
    let mut resource = Resource::<kind::PublicKey>::new(&key.fingerprint, spec);
    let marks = &mut resource.metadata.labels;
    marks.insert(labels::PUBLIC_KEY_USER_ID.to_owned(), user_id.to_owned());
    resource.to_any()
}

fn features(account: &str) -> FeaturesConfigSpec {
    let hours = |count: i64| prost_types::Duration {
        seconds: count * 3_600,
        nanos: 0,
    };
    FeaturesConfigSpec {
        enable_workload_proxying: true,
        embedded_discovery_service: true,
        etcd_backup_settings: Some(EtcdBackupSettings {
            tick_interval: Some(prost_types::Duration {
                seconds: 60,
                nanos: 0,
            }),
            min_interval: Some(hours(1)),
            max_interval: Some(hours(24)),
        }),
        image_factory_base_url: IMAGE_FACTORY.to_owned(),
        image_factory_pxe_base_url: "https://pxe.factory.talos.dev".to_owned(),
        account: Some(specs::Account {
            id: Uuid::new_v4().to_string(),
            name: account.to_owned(),
        }),
        user_pilot_settings: Some(specs::UserPilotSettings::default()),
        stripe_settings: Some(specs::StripeSettings::default()),
        posthog_settings: Some(specs::PosthogSettings::default()),
        ..FeaturesConfigSpec::default()
    }
}

fn siderolink() -> SiderolinkApiConfigSpec {
    SiderolinkApiConfigSpec {
        machine_api_advertised_url: "grpc://127.0.0.1:8090".to_owned(),
        wireguard_advertised_endpoint: "127.0.0.1:50180".to_owned(),
        events_port: EVENTS_PORT,
        logs_port: LOGS_PORT,
        ..SiderolinkApiConfigSpec::default()
    }
}

fn connection(token: &str) -> ConnectionParamsSpec {
    let link = siderolink();
    let join = Join::new(&link, token, false, &Extra::new());
    let args = join.map(|join| join.kernel_args().join(" "));
    ConnectionParamsSpec {
        args: args.unwrap_or_default(),
        api_endpoint: link.machine_api_advertised_url,
        wireguard_endpoint: link.wireguard_advertised_endpoint,
        join_token: token.to_owned(),
        events_port: EVENTS_PORT,
        logs_port: LOGS_PORT,
        ..ConnectionParamsSpec::default()
    }
}

fn stamp(since_epoch: Duration) -> prost_types::Timestamp {
    crate::Moment::from_unix(since_epoch).into()
}

fn any<K: Kind>(owner: &str, id: &str, spec: K::Spec) -> AnyResource {
    let mut resource = Resource::<K>::new(id, spec);
    owner.clone_into(&mut resource.metadata.owner);
    resource.to_any()
}
