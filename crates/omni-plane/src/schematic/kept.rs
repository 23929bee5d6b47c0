//! The schematics that the plane's image factory keeps: whoever knows the id of one gets its contents.
//!
//! An internal kind; its id is the schematic's. What is kept once stays, as at an image factory: the same contents are the same
//! resource, and an image that nobody runs any more can be asked for again.

use omni_api::Kind;
use omni_api::kind::Facts;

use super::Schematic;
use crate::Store;
use crate::engine::{Context, Error};
use crate::internal;
use crate::store::StoreError;

/// The kind of [`KeptSchematicSpec`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptSchematic {}

/// A schematic that is kept.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct KeptSchematicSpec {
    /// Its canonical YAML.
    #[prost(string, tag = "1")]
    pub yaml: String,
}

/// Keeps a schematic; answers its id. Again is fine.
///
/// # Errors
/// Those of the store.
pub fn keep(store: &Store, schematic: &Schematic) -> Result<String, StoreError> {
    let (id, yaml) = (schematic.id(), schematic.to_yaml());
    if store.peek::<KeptSchematic>(&id).is_none() {
        store.put::<KeptSchematic>("", &id, |kept| kept.spec.yaml.clone_from(&yaml))?;
    }
    Ok(id)
}

/// The same for controllers, which declare [`KeptSchematic`] as an output that they share.
///
/// # Errors
/// Those of the context.
pub fn keep_as(cx: &Context<'_>, schematic: &Schematic) -> Result<String, Error> {
    let (id, yaml) = (schematic.id(), schematic.to_yaml());
    if cx.get::<KeptSchematic>(&id)?.is_none() {
        cx.put_for_user::<KeptSchematic>(&id, |kept| kept.spec.yaml.clone_from(&yaml))?;
    }
    Ok(id)
}

impl Kind for KeptSchematic {
    type Spec = KeptSchematicSpec;
    const FACTS: &'static Facts = &internal::secret("Schematics.plane.internal", "plane.Schematic");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Clock;

    #[test]
    fn the_same_contents_are_kept_once() {
        let store = Store::in_memory(Clock::manual());
        let schematic = Schematic::default().with(vec!["siderolabs/x".into()], Vec::new());
        let id = keep(&store, &schematic).expect("kept");
        assert_eq!(keep(&store, &schematic).expect("kept"), id);
        let kept = store.peek::<KeptSchematic>(&id).expect("it is there");
        assert_eq!(kept.metadata.version.to_string(), "1");
        assert_eq!(
            Schematic::parse(&kept.spec.yaml).expect("its own form"),
            schematic
        );
    }
}
