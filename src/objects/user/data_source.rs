//! The data source `omni_user`: a user as they are now.

use tfplugin::objects::{Cx, DataSource};
use tfplugin::{Attr, Diagnostic, Diagnostics, Object};

use super::{convert, review};
use crate::objects::shared::accounts;
use crate::session::{Session, defer, explain};
use crate::values::Email;

/// A user as they are now.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "user")]
pub struct UserData {
    /// E-mail address of the user. Case makes no difference.
    #[attr(required)]
    pub email: Attr<Email>,
    /// UUID of the user.
    #[attr(computed)]
    pub id: Attr<String>,
    /// What the user may do.
    #[attr(computed)]
    pub role: Attr<String>,
}

/// The data source `omni_user`.
#[derive(Debug, Default)]
pub struct UserDataSource;

// === impl UserDataSource ===

impl DataSource for UserDataSource {
    type Session = Session;
    type Model = UserData;

    async fn read(&self, cx: &Cx<Session>, config: UserData) -> Result<UserData, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(config);
        }
        let client = cx.session().client().await?;
        let email = config.email.as_known().map(Email::canonical);
        let email = email.unwrap_or_default();
        let failed = |error| explain::failed(&format!("read the user {email:?}"), &error);
        let account = accounts::read_now(client, &email).await.map_err(failed)?;
        let account = account.ok_or_else(|| missing(&email))?;
        if convert::is_service_account(&account) {
            return Err(review::service_account(&email).into());
        }
        Ok(UserData {
            id: Attr::Known(account.identity.spec.user_id),
            role: Attr::from(account.user.map(|user| user.spec.role)),
            ..config
        })
    }
}

fn missing(email: &str) -> Diagnostic {
    Diagnostic::error("No such user")
        .detail(format!("There is no user {email:?} in this account."))
        .remedy("Check the address, or read it from the resource that creates the user so that Terraform waits for it.")
        .at_attribute("email")
}
