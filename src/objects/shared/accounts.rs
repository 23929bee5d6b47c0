//! Accounts as Omni keeps them, whether people's or services': an identity, a user with a role behind it.
//!
//! Contract: whether an account exists is asked of its identity, which Omni writes within the call that makes the account.
//! Statuses are the work of controllers and may come later; they are never taken for existence.

use omni_api::{Kind, Resource, kind};
use omni_client::{Client, Error};
use tfplugin::Diagnostic;

/// An account: its identity, and the user with the role.
#[derive(Clone, Debug)]
pub struct Account {
    /// The identity; its id is the e-mail address or the full id of a service account.
    pub identity: Resource<kind::Identity>,
    /// The user behind it; missing for a moment while an account is made or removed.
    pub user: Option<Resource<kind::User>>,
}

/// Reads an account with few calls; `None` when there is none.
///
/// # Errors
/// Those of the reads.
pub async fn read(client: &Client, id: &str) -> Result<Option<Account>, Error> {
    let cache = client.cache();
    let Some(identity) = cache.get::<kind::Identity>(id, None).await? else {
        return Ok(None);
    };
    let user = cache
        .get::<kind::User>(&identity.spec.user_id, None)
        .await?;
    Ok(Some(Account { identity, user }))
}

/// Reads an account past every cache. For the moment after a write, when Omni's own cache still answers what was before.
///
/// # Errors
/// Those of the reads.
pub async fn read_now(client: &Client, id: &str) -> Result<Option<Account>, Error> {
    let Some(identity) = stored::<kind::Identity>(client, id).await? else {
        return Ok(None);
    };
    let user = stored::<kind::User>(client, &identity.spec.user_id).await?;
    Ok(Some(Account { identity, user }))
}

/// What is stored now, by the first event of a watch.
async fn stored<K: Kind>(client: &Client, id: &str) -> Result<Option<Resource<K>>, Error> {
    let mut mirror = client.state().watch_one::<K>(id).mirror();
    mirror
        .wait_for(|world| Some(world.get(id).map(|found| Resource::clone(found))))
        .await
}

/// Who the server says that we are.
///
/// # Errors
/// Those of the read.
pub async fn ourselves(client: &Client) -> Result<Option<Resource<kind::CurrentUser>>, Error> {
    client.state().find::<kind::CurrentUser>("current").await
}

/// Whether an identity is the one that Terraform itself signs in with.
///
/// # Errors
/// Those of the read.
pub async fn is_own(client: &Client, id: &str) -> Result<bool, Error> {
    let ourselves = ourselves(client).await?;
    Ok(ourselves.is_some_and(|own| own.spec.identity.eq_ignore_ascii_case(id)))
}

/// The refusal to change the account in use, which the server would refuse, too; `verb` completes "cannot …".
pub fn own(id: &str, verb: &str, attribute: &str) -> Diagnostic {
    Diagnostic::error(format!("{id} is the account that Terraform itself uses"))
        .detail(format!(
            "Omni lets nobody {verb} the account in use: its next call would be refused."
        ))
        .remedy(
            "Apply with the key of another Admin, or take the object out of the configuration and of the state (`removed` block with \
             `destroy = false`).",
        )
        .at_attribute(attribute)
}
