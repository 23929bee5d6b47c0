//! What others do on the server, behind Terraform's back.

use omni_api::{Kind, Resource};

use crate::lab::Lab;

/// Somebody removes a resource, as Omni's own clients do: it is gone when nothing holds it any more.
pub(crate) fn remove<K: Kind>(lab: &Lab, id: &str) {
    lab.omni(async |client| {
        let removed = client.state().teardown_and_destroy::<K>(id).await;
        removed.expect("removed");
    });
}

/// Somebody changes a resource.
pub(crate) fn change<K: Kind>(lab: &Lab, id: &str, change: impl FnMut(&mut Resource<K>) + Send) {
    lab.omni(async |client| {
        let changed = client.state().modify(id, change).await;
        changed.map(drop).expect("changed");
    });
}
