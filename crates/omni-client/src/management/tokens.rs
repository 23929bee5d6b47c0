//! Join tokens: the texts with which machines enter an account.

use jiff::Timestamp;
use omni_api::management as api;

use super::Management;
use crate::error::{Call, Error};
use crate::secret::Secret;

impl Management {
    /// Makes a join token; answers it, which is its id as well. Without a moment it does not expire.
    ///
    /// # Errors
    /// [`Error::Validation`] for a name that is empty or longer than 16 bytes, [`Error::PermissionDenied`] below Admin, and those of
    /// any call.
    pub async fn create_join_token(
        &self,
        name: &str,
        expires: Option<Timestamp>,
    ) -> Result<Secret, Error> {
        let request = api::CreateJoinTokenRequest {
            name: name.to_owned(),
            expiration_time: expires.map(|moment| prost_types::Timestamp {
                seconds: moment.as_second(),
                nanos: moment.subsec_nanosecond(),
            }),
        };
        let call = || async {
            let mut service = self.core.management_client();
            let call = service.create_join_token(self.core.request(request.clone()));
            self.core.once(Call::Management, call).await
        };
        let made = self.core.repeat_unsent(call).await?;
        Ok(Secret::new(made.id))
    }
}
