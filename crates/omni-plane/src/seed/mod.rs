//! What a fresh plane holds before anybody speaks to it, and what a newer binary refreshes.
//!
//! A fresh plane has its own account id, one service account with full rights, one join token, the EULA accepted and no SAML;
//! resource definitions; and the versions, platforms and media of a table ([`Versions`]). [`seed`] may run at every start: what
//! was drawn at random stays as it is, constants are brought up to date, and the table replaces an older one.

mod account;
mod account_key;
mod catalog;
mod definitions;
mod key_file;
#[cfg(test)]
mod testing;
mod versions;

use std::sync::Arc;
use std::time::Duration;

use omni_api::kind;
use omni_api::specs::DbVersionSpec;
use omni_api::{AnyResource, Resource, labels};

use crate::release::Release;
use crate::store::{Key, Query, Store, StoreError, Transaction};
use crate::{Instance, instance};

pub use account_key::{AccountKey, AccountKeyError, PublicHalf};
pub use catalog::MisfitError;
pub(crate) use catalog::{IMAGE_FACTORY, default_talos};
pub use key_file::key_file_is_valid;
pub use versions::{Versions, VersionsError};

/// Name of the service account that a fresh plane has, as Omni calls its own.
pub const ACCOUNT: &str = "automation";

/// How long its key is valid: the longest that Omni's clients accept.
const KEY_LIFETIME: Duration = Duration::from_hours(365 * 24);

/// Where the revision of the table that stands in the store is kept.
const REVISION: &str = "versions-table";

/// How to seed.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Name of the account: part of contexts, file names and titles.
    pub account: String,
    /// The table to use, whatever stands in the store; `None` uses the built-in one where it is newer.
    pub versions: Option<Versions>,
}

/// Why the plane could not be seeded.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The store refused.
    #[error("the store refused the first resources")]
    Store(#[from] StoreError),
    /// No key could be made.
    #[error("no key for the first service account")]
    Key(#[from] AccountKeyError),
    /// The table has a spec that does not fit its kind.
    #[error("the versions table cannot be used")]
    Misfit(#[from] MisfitError),
}

/// Brings the store to where a plane starts. Answers whether the store was fresh.
///
/// # Errors
/// [`SeedError`]; then nothing was written.
pub fn seed(store: &Store, seed: &Seed) -> Result<bool, SeedError> {
    let built_in = Versions::built_in();
    let table = match &seed.versions {
        Some(given) => Some(given),
        None => (revision(store) < Some(built_in.revision)).then_some(&built_in),
    };
    let table = table
        .map(|table| {
            Ok::<_, MisfitError>((catalog::resources(table, &seed.account)?, table.revision))
        })
        .transpose()?;
    let instance =
        instance::stored(store).unwrap_or_else(|| Instance::default().of_release(Release::Next));
    let mut constants = account::constants(&instance);
    constants.push(account::version(&seed.account, instance.release()));
    constants.extend(definitions::resources(instance.release()));
    if table.is_none() {
        constants.extend(catalog::fleeting(&built_in, &seed.account, store)?);
    }
    let fresh = store.transaction(|tx| {
        let fresh = tx.read::<kind::FeaturesConfig>(account::FEATURES).is_none();
        if fresh {
            put_all(tx, account::fresh(&seed.account))?;
        }
        put_all(tx, constants)?;
        if let Some((catalog, revision)) = table {
            replace(tx, catalog, revision)?;
        }
        Ok(fresh)
    })?;
    Ok(fresh)
}

/// Has a plane that is seeded tell that it is of a release.
///
/// # Errors
/// Those of the store.
pub(crate) fn tell_release(store: &Store, release: Release) -> Result<(), StoreError> {
    let version = store.peek::<kind::SysVersion>("current");
    let account = version.map_or_else(String::new, |version| version.spec.instance_name.clone());
    store.transaction(|tx| {
        put(tx, account::version(&account, release))?;
        put_all(tx, definitions::resources(release))?;
        for id in definitions::missing(release) {
            let key = Key::of::<kind::ResourceDefinition>(&id);
            if let Some(stale) = tx.get(&key.namespace, &key.type_name, &key.id) {
                tx.destroy(&key, &stale.metadata.owner)?;
            }
        }
        Ok(())
    })
}

/// Makes a key for the first service account, creates the account where it is missing, and registers the key's public half.
/// Older keys stay valid until they expire.
///
/// # Errors
/// [`SeedError::Key`], [`SeedError::Store`].
pub fn issue_key(store: &Store) -> Result<AccountKey, SeedError> {
    let key = AccountKey::generate(ACCOUNT, store.clock().wall(), KEY_LIFETIME)?;
    store.transaction(|tx| match tx.read::<kind::Identity>(&key.public.identity) {
        Some(identity) => put(tx, account::public_key(&key.public, &identity.spec.user_id)),
        None => put_all(tx, account::administrator(&key.public)),
    })?;
    Ok(key)
}

/// Whether the key with this fingerprint would be let in now.
pub fn key_is_valid(store: &Store, fingerprint: &str) -> bool {
    let Some(key) = store.peek::<kind::PublicKey>(fingerprint) else {
        return false;
    };
    let expires = key.spec.expiration.map(crate::Moment::from);
    let has_user = key.metadata.label(labels::PUBLIC_KEY_USER_ID).is_some();
    has_user && expires.is_some_and(|expires| expires.since_unix() > store.clock().wall())
}

/// The revision of the table that stands in the store.
fn revision(store: &Store) -> Option<u64> {
    Some(store.peek::<kind::DbVersion>(REVISION)?.spec.version)
}

/// Puts the table in the place of the one that is there.
fn replace(
    tx: &mut Transaction<'_>,
    catalog: Vec<AnyResource>,
    revision: u64,
) -> Result<(), StoreError> {
    for (namespace, type_name) in catalog::KINDS {
        for old in tx.list(namespace, type_name, &Query::all()) {
            let key = Key::from(&*old);
            let stays = catalog.iter().any(|new| Key::from(new) == key);
            if !stays {
                release(tx, &old)?;
                tx.destroy(&key, &old.metadata.owner)?;
            }
        }
    }
    put_all(tx, catalog)?;
    let mark = Resource::<kind::DbVersion>::new(REVISION, DbVersionSpec { version: revision });
    put(tx, mark.to_any())
}

/// A version that the table no longer has goes, whoever holds it.
fn release(tx: &mut Transaction<'_>, held: &Arc<AnyResource>) -> Result<(), StoreError> {
    if held.metadata.finalizers.is_empty() {
        return Ok(());
    }
    let mut free = AnyResource::clone(held);
    free.metadata.finalizers.clear();
    let owner = free.metadata.owner.clone();
    tx.update(free, &owner, None).map(drop)
}

fn put_all(
    tx: &mut Transaction<'_>,
    resources: impl IntoIterator<Item = AnyResource>,
) -> Result<(), StoreError> {
    resources
        .into_iter()
        .try_for_each(|resource| put(tx, resource))
}

/// Creates the resource, or gives the stored one this spec and these labels.
fn put(tx: &mut Transaction<'_>, wanted: AnyResource) -> Result<(), StoreError> {
    let metadata = &wanted.metadata;
    let owner = metadata.owner.clone();
    let Some(stored) = tx.get(&metadata.namespace, &metadata.type_name, &metadata.id) else {
        return tx.create(wanted, &owner).map(drop);
    };
    if stored.spec == wanted.spec && stored.metadata.labels == metadata.labels {
        return Ok(());
    }
    let mut changed = AnyResource::clone(&stored);
    changed.spec = wanted.spec;
    changed.yaml = wanted.yaml;
    changed.metadata.labels = wanted.metadata.labels;
    let owner = changed.metadata.owner.clone();
    tx.update(changed, &owner, None).map(drop)
}

#[cfg(test)]
mod tests {
    use omni_api::Kind as _;

    use super::*;
    use crate::Clock;

    fn defaults() -> Seed {
        Seed {
            account: "lab".to_owned(),
            versions: None,
        }
    }

    fn token(store: &Store) -> String {
        let default = store
            .peek::<kind::DefaultJoinToken>("default")
            .expect("seeded");
        default.spec.token_id.clone()
    }

    #[test]
    fn a_fresh_plane_has_its_own_account_and_token() {
        let (one, other) = (
            Store::in_memory(Clock::manual()),
            Store::in_memory(Clock::manual()),
        );
        assert!(seed(&one, &defaults()).expect("seeded"));
        assert!(seed(&other, &defaults()).expect("seeded"));
        let account = |store: &Store| {
            let features = store
                .peek::<kind::FeaturesConfig>("features-config")
                .expect("seeded");
            features.spec.account.clone().expect("an account")
        };
        assert_ne!(account(&one).id, account(&other).id);
        assert_eq!(account(&one).name, "lab");
        assert_ne!(token(&one), token(&other));
        assert!(one.peek::<kind::JoinToken>(&token(&one)).is_some());
        assert!(one.peek::<kind::EulaAcceptance>("eula").is_some());
        let auth = one.peek::<kind::AuthConfig>("auth-config").expect("seeded");
        assert!(!auth.spec.saml.as_ref().expect("a part").enabled);
        let version = one.peek::<kind::SysVersion>("current").expect("seeded");
        assert_eq!(version.spec.backend_api_version, 3);
    }

    #[test]
    fn a_plane_of_a_release_tells_its_version_and_defines_its_kinds() {
        let defined = |store: &Store, kind: &str| {
            store
                .peek::<kind::ResourceDefinition>(&kind.to_lowercase())
                .is_some()
        };
        let disks = kind::MachineInstallDiskConfig::TYPE;
        let store = Store::in_memory(Clock::manual());
        instance::install(&store, &Instance::default()).expect("installed");
        seed(&store, &defaults()).expect("seeded");
        let version = store.peek::<kind::SysVersion>("current").expect("seeded");
        let told = (
            version.spec.backend_version.as_str(),
            version.spec.backend_api_version,
        );
        assert_eq!(told, ("v1.10.4", 2));
        assert!(!defined(&store, disks) && defined(&store, kind::KubernetesHealthCheck::TYPE));

        let next = Instance::default().of_release(Release::Next);
        instance::install(&store, &next).expect("installed");
        assert!(defined(&store, disks));
        let oldest = Instance::default().of_release(Release::V1_8);
        instance::install(&store, &oldest).expect("installed");
        assert!(!defined(&store, kind::KubernetesHealthCheck::TYPE));
        let version = store.peek::<kind::SysVersion>("current").expect("seeded");
        assert_eq!(version.spec.backend_version, "v1.8.2");
    }

    #[tokio::test]
    async fn after_a_restart_everything_is_there_that_a_fresh_plane_has() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("state");
        let holdings = || {
            let store = Store::open(&path, Clock::manual()).expect("a file");
            seed(&store, &defaults()).expect("seeded");
            store.holdings()
        };
        let fresh = holdings();
        assert!(fresh.iter().any(|held| &*held.namespace == "virtual"));
        assert_eq!(holdings(), fresh);
    }

    #[test]
    fn seeding_again_changes_nothing() {
        let store = Store::in_memory(Clock::manual());
        seed(&store, &defaults()).expect("seeded");
        let mut events = store.subscribe(crate::store::Filter::all());
        assert!(!seed(&store, &defaults()).expect("seeded again"));
        assert!(events.try_recv().is_err());
    }

    #[test]
    fn a_table_from_a_file_replaces_what_is_there() {
        let store = Store::in_memory(Clock::manual());
        seed(&store, &defaults()).expect("seeded");
        let text = r#"{"revision": 9, "kubernetes": ["1.35.0"],
            "talos": [{"version": "1.13.0", "kubernetes": "1.35 - 1.35"}]}"#;
        let mut other = defaults();
        other.versions = Some(Versions::parse(text).expect("a table"));
        seed(&store, &other).expect("seeded");
        let talos = store.read_all::<kind::TalosVersion>(&Query::all());
        let ids: Vec<_> = talos.iter().map(Resource::id).collect();
        assert_eq!(ids, ["1.13.0"]);
        assert_eq!(talos[0].spec.compatible_kubernetes_versions, ["1.35.0"]);
        assert!(talos[0].spec.upgradable_talos_versions.is_empty());

        seed(&store, &defaults()).expect("seeded");
        assert!(
            store.peek::<kind::TalosVersion>("1.13.8").is_none(),
            "the built-in table is older than the file's"
        );
    }

    #[test]
    fn an_older_table_is_refreshed() {
        let store = Store::in_memory(Clock::manual());
        seed(&store, &defaults()).expect("seeded");
        store
            .put::<kind::DbVersion>("", REVISION, |mark| mark.spec.version = 0)
            .expect("written");
        store
            .remove::<kind::TalosVersion>("VersionsController", "1.13.8")
            .expect("removed");
        seed(&store, &defaults()).expect("seeded");
        assert!(store.peek::<kind::TalosVersion>("1.13.8").is_some());
    }

    #[test]
    fn a_key_opens_the_account_until_it_expires() {
        let store = Store::in_memory(Clock::manual());
        let first = issue_key(&store).expect("a key");
        let second = issue_key(&store).expect("another key");
        assert_eq!(store.read_all::<kind::User>(&Query::all()).len(), 1);
        assert_ne!(first.public.fingerprint, second.public.fingerprint);
        assert!(key_is_valid(&store, &first.public.fingerprint));
        store.clock().advance(KEY_LIFETIME);
        assert!(!key_is_valid(&store, &first.public.fingerprint));
        assert!(!key_is_valid(&store, "unknown"));
    }
}
