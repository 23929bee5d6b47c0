//! `omni_user`: a person who may sign in to Omni.

mod convert;
mod data_source;
mod resource;
mod review;

use tfplugin::types::Timeouts;
use tfplugin::{Attr, Object};

pub use data_source::UserDataSource;
pub use resource::UserResource;

use crate::values::Email;

/// A user: a person who may sign in to Omni, and their role.
///
/// The account that Terraform itself signs in with cannot be changed or destroyed by it; Omni protects it.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "user", version = 1, identity(email))]
pub struct User {
    /// E-mail address of the user. Case makes no difference. Changing it replaces the user.
    #[attr(required, replace)]
    pub email: Attr<Email>,
    /// What the user may do: `None`, `InfraProvider`, `Reader`, `Auditor`, `Operator` or `Admin`. An access policy may allow more on
    /// single clusters.
    #[attr(required)]
    pub role: Attr<String>,
    /// How long each operation may take.
    #[attr(timeouts(create = "2m", read = "2m", update = "2m", delete = "5m"))]
    pub timeouts: Attr<Timeouts>,
    /// UUID of the user.
    #[attr(computed)]
    pub id: Attr<String>,
}
