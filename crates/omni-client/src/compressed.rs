//! Configuration data that travels compressed.
//!
//! Omni stores large texts in a field of their own, compressed with a dictionary, and sends the same text plain in the YAML
//! rendering of the resource. The plain text is taken from there and put where it belongs, so that whoever reads a spec
//! finds the text in one place; what we write is always plain. A text that cannot be had is an error, never an empty text.

use omni_api::{AnyResource, Kind as _, kind, yaml_spec};
use prost::Message as _;
use serde::Deserialize;

use crate::error::Error;

/// The rendering of the one spec that compresses a list.
#[derive(Deserialize)]
struct Patches {
    patches: Vec<String>,
}

/// Makes the compressed fields of a resource plain. A resource without any stays as it is.
///
/// # Errors
/// [`Error::Unreadable`] when there is a compressed field and no plain rendering of it.
pub fn expand(resource: &mut AnyResource) -> Result<(), Error> {
    let kind = &*resource.metadata.type_name;
    let plain = if kind == kind::ClusterMachineConfigPatches::TYPE {
        patches(resource)
    } else {
        let Some(facts) = kind::find(kind) else {
            return Ok(());
        };
        // The reader's words could quote the text, which may hold secrets.
        match yaml_spec::plain(facts.spec, &resource.spec, &resource.yaml) {
            Ok(std::borrow::Cow::Borrowed(_)) => return Ok(()),
            Ok(std::borrow::Cow::Owned(spec)) => Ok(Some(spec)),
            Err(_) => Err("it is compressed, and the server sent no plain rendering of it"),
        }
    };
    match plain {
        Ok(None) => Ok(()),
        Ok(Some(spec)) => {
            resource.spec = spec;
            Ok(())
        }
        Err(reason) => Err(Error::Unreadable {
            resource: resource.metadata.to_string(),
            reason: reason.to_owned(),
        }),
    }
}

/// The plain form of a list of patches; `None` when it is plain already.
fn patches(resource: &AnyResource) -> Result<Option<Vec<u8>>, &'static str> {
    let mut spec =
        omni_api::specs::ClusterMachineConfigPatchesSpec::decode(resource.spec.as_slice())
            .map_err(|_| "it is no list of patches")?;
    if spec.compressed_patches.is_empty() {
        return Ok(None);
    }
    let plain: Patches = serde_saphyr::from_str(&resource.yaml)
        .map_err(|_| "it is compressed, and the server sent no plain rendering of it")?;
    spec.patches = plain.patches;
    spec.compressed_patches.clear();
    Ok(Some(spec.encode_to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use omni_api::{Resource, specs};

    fn compressed_patch(yaml: &str) -> AnyResource {
        let spec = specs::ConfigPatchSpec {
            data: String::new(),
            compressed_data: b"(zstd)".to_vec(),
        };
        let mut any = Resource::<kind::ConfigPatch>::new("400-a", spec).to_any();
        any.yaml = yaml.to_owned();
        any
    }

    #[test]
    fn a_compressed_patch_is_read_from_its_plain_rendering() {
        let text = "machine:\n  network:\n    kubespan:\n      enabled: true\n";
        let yaml = "data: |\n    machine:\n      network:\n        kubespan:\n          enabled: true\ncompresseddata: []\n";
        let mut any = compressed_patch(yaml);
        expand(&mut any).expect("readable");
        let spec = any.typed::<kind::ConfigPatch>().expect("a patch").spec;
        assert_eq!((spec.data.as_str(), spec.compressed_data.len()), (text, 0));
    }

    #[test]
    fn texts_that_look_like_numbers_and_large_ones_stay_texts() {
        for text in ["1.10", "true", "null", "", &"x: é\n".repeat(200_000)] {
            let source = specs::ConfigPatchSpec {
                data: text.to_owned(),
                compressed_data: Vec::new(),
            };
            let yaml =
                omni_api::yaml_spec::render("specs.ConfigPatchSpec", &source.encode_to_vec())
                    .expect("it renders");
            let mut any = compressed_patch(&yaml);
            expand(&mut any).expect("readable");
            assert_eq!(
                any.typed::<kind::ConfigPatch>().expect("a patch").spec.data,
                text
            );
        }
    }

    #[test]
    fn a_compressed_text_without_a_plain_one_is_an_error_and_never_an_empty_text() {
        for yaml in ["", "{}", "compresseddata: [1]", "data: [", "data: ~"] {
            let mut any = compressed_patch(yaml);
            let error = expand(&mut any).expect_err("unreadable");
            assert!(
                matches!(error, Error::Unreadable { .. }),
                "{yaml:?}: {error}"
            );
        }
    }

    #[test]
    fn several_compressed_patches_are_read_together() {
        let spec = specs::ClusterMachineConfigPatchesSpec {
            patches: Vec::new(),
            compressed_patches: vec![vec![1], vec![2]],
        };
        let mut any = Resource::<kind::ClusterMachineConfigPatches>::new("m", spec).to_any();
        any.yaml = "patches: [\"a: 1\\n\", 'b: 2']\n".to_owned();
        expand(&mut any).expect("readable");
        let spec = any
            .typed::<kind::ClusterMachineConfigPatches>()
            .expect("patches")
            .spec;
        assert_eq!(spec.patches, ["a: 1\n", "b: 2"]);
        assert!(spec.compressed_patches.is_empty());
    }

    #[test]
    fn plain_and_other_resources_stay_as_they_are() {
        let plain = specs::ConfigPatchSpec {
            data: "a: 1".to_owned(),
            compressed_data: Vec::new(),
        };
        let mut any = Resource::<kind::ConfigPatch>::new("p", plain).to_any();
        let before = any.clone();
        expand(&mut any).expect("nothing to do");
        assert_eq!(any, before);
    }
}
