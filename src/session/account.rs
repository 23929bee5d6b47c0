//! Which account an object belongs to, kept in its private state.
//!
//! An endpoint that now leads to another account does not know the objects of the old one. Without this check every one of them
//! would look gone, and the next apply would create them all again in the wrong place.

use omni_client::Client;
use tfplugin::objects::Cx;
use tfplugin::{Diagnostic, Diagnostics};

use super::Session;

/// The key in the private state.
const KEY: &str = "account";

// === impl Session ===

impl Session {
    /// Remembers the account with an object that is being created or imported.
    pub async fn remember_account(&self, cx: &Cx<Self>) {
        if let Some(account) = self.account().await {
            cx.set_private(KEY, account.into_bytes());
        }
    }

    /// Checks that an object is read from the account it was created in; remembers the account where the object has none.
    ///
    /// # Errors
    /// Both accounts, unless the provider block allows the change.
    pub async fn check_account(&self, cx: &Cx<Self>, client: &Client) -> Result<(), Diagnostics> {
        let Some(here) = self.account().await else {
            return Ok(());
        };
        let there = cx
            .private(KEY)
            .and_then(|bytes| String::from_utf8(bytes).ok());
        match there {
            Some(there) if there != here && !self.allows_account_change() => {
                Err(changed(&there, &here, client.endpoint()).into())
            }
            _ => {
                cx.set_private(KEY, here.into_bytes());
                Ok(())
            }
        }
    }

    async fn account(&self) -> Option<String> {
        let client = self.client().await.ok()?;
        client.server().await.ok()?.account_id.clone()
    }
}

fn changed(there: &str, here: &str, endpoint: &str) -> Diagnostic {
    Diagnostic::error("Another account")
        .detail(format!(
            "This object was created in the account {there}, but {endpoint} now belongs to the account {here}. Nothing was changed."
        ))
        .remedy(
            "Set the endpoint (or, with `embedded`, the path) back to where the object is. If the old account is gone for good, set \
             `allow_account_change = true`: objects that the new account does not have are then created again.",
        )
}
