//! Users: people, as opposed to service accounts.
//!
//! An e-mail address is compared without case by the server; it keeps the lower-case form. Users are read as resources
//! (`Identity`, `User`); only changes are calls.

use omni_api::Role;
use omni_api::management as api;

use super::Management;
use crate::error::{Call, Error};

// === impl Management ===

impl Management {
    /// Registers a user; answers the user's id.
    ///
    /// # Errors
    /// [`Error::Other`] when the e-mail address is in use: the call has no code of its own for it. [`Error::Validation`] for
    /// what is no e-mail address, [`Error::PermissionDenied`] below Admin, and those of any call.
    pub async fn create_user(&self, email: &str, role: Role) -> Result<String, Error> {
        let request = api::CreateUserRequest {
            email: email.to_owned(),
            role: role.to_string(),
        };
        let call = || async {
            let mut service = self.core.management_client();
            let call = service.create_user(self.core.request(request.clone()));
            self.core.once(Call::Management, call).await
        };
        Ok(self.core.repeat_unsent(call).await?.user_id)
    }

    /// Gives a user another role.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Validation`] for the caller's own account, [`Error::PermissionDenied`] below Admin, and
    /// those of any call.
    pub async fn update_user(&self, email: &str, role: Role) -> Result<(), Error> {
        let request = api::UpdateUserRequest {
            email: email.to_owned(),
            role: role.to_string(),
        };
        let call = || async {
            let mut service = self.core.management_client();
            let call = service.update_user(self.core.request(request.clone()));
            self.core.once(Call::Management, call).await
        };
        self.core.repeat(call).await
    }

    /// Removes a user with all their keys.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Validation`] for the caller's own account and for service accounts,
    /// [`Error::PermissionDenied`] below Admin, and those of any call.
    pub async fn destroy_user(&self, email: &str) -> Result<(), Error> {
        let request = api::DestroyUserRequest {
            email: email.to_owned(),
        };
        let call = || async {
            let mut service = self.core.management_client();
            let call = service.destroy_user(self.core.request(request.clone()));
            self.core.once(Call::Management, call).await
        };
        self.core.repeat_unsent(call).await
    }
}
